// Ctrl-C and worse: the record is written and says so, and no process is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <thread>

#include "harness/cli/handrail_process.h"
#include "harness/runner/leftovers.h"

namespace handrail {
namespace {

using ::handrail::testing::CommandOf;
using ::handrail::testing::HandrailProcess;
using ::handrail::testing::Leftovers;
using ::handrail::testing::Outcome;
using ::handrail::testing::ReadFile;
using ::handrail::testing::ReadRecord;
using ::handrail::testing::TemporaryFolder;
using ::handrail::testing::Words;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class Interrupt : public ::testing::TestWithParam<const char*> {
 protected:
  // A run of a quick trial and then some that never end by themselves, on the engine of the test.
  Words Arguments() const {
    return {"run",
            "canary/empty",
            "canary/faults/spins",
            "--engine",
            GetParam(),
            "--seeds",
            "1,2,3,4",
            "--jobs",
            "2",
            "--time-limit-ms",
            "100000",
            "--no-selftest",
            "--report",
            "json=" + path_};
  }

  // Whether two trials run: children that will not end by themselves.
  bool AllBusy() const {
    int trials = 0;
    for (const pid_t pid : leftovers_.Alive()) {
      const std::string command = CommandOf(pid);
      trials += command.find("worker") != std::string::npos &&
                command.find("--catalog") == std::string::npos;
    }
    return trials >= (std::string(GetParam()) == "libnode" ? 3 : 2);  // with the zygote
  }

  // Starts the run and waits until it has judged the quick trials and hangs.
  std::unique_ptr<HandrailProcess> Hanging() {
    auto process = std::make_unique<HandrailProcess>(Arguments(), testing::HandrailOptions());
    EXPECT_TRUE(process->WaitUntil([&](const Outcome& outcome) {
      return outcome.err.find("trials") != std::string::npos && AllBusy();
    })) << "the run never came to its hanging trials";
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return process;
  }

  void ExpectPartialRecord() const {
    const RunRecord record = ReadRecord(path_);
    EXPECT_TRUE(record.context.interrupted) << "the record must say that the run was cut off";
    for (const TrialRecord& trial : record.trials) {
      EXPECT_EQ(trial.scenario, "canary/empty") << "what was under way must not be judged";
    }
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "run.json";
  Leftovers leftovers_;
};

TEST_P(Interrupt, ByCtrlCWritesWhatWasDoneAndLeavesNoProcess) {
  const auto process = Hanging();
  kill(process->pid(), SIGINT);
  const Outcome outcome = process->Wait();
  EXPECT_EQ(outcome.status, 130) << outcome.Told();
  EXPECT_EQ(leftovers_.Told(), "");
  ExpectPartialRecord();
  EXPECT_EQ(ReadRecord(path_).trials.size(), 4u) << "the quick trials had ended before";
  EXPECT_THAT(outcome.out, HasSubstr("interrupted"));
}

TEST_P(Interrupt, OfTheWholeGroupAsATerminalSendsItIsNoDifferent) {
  const auto process = Hanging();
  kill(-process->pid(), SIGINT);
  EXPECT_EQ(process->Wait().status, 130);
  EXPECT_EQ(leftovers_.Told(), "");
  ExpectPartialRecord();
}

TEST_P(Interrupt, BySigtermOrAClosedTerminalDoesTheSame) {
  for (const int signal : {SIGTERM, SIGHUP}) {
    const auto process = Hanging();
    kill(process->pid(), signal);
    EXPECT_EQ(process->Wait().status, 130) << "after signal " << signal;
    EXPECT_EQ(leftovers_.Told(), "");
    ExpectPartialRecord();
  }
}

TEST_P(Interrupt, ByAnImpatientUserLeavesAWholeRecordOrTheEarlierOne) {
  std::ofstream(path_) << "the earlier file";
  const auto process = Hanging();
  for (int i = 0; i < 50; ++i) {
    kill(process->pid(), SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const Outcome outcome = process->Wait();
  EXPECT_EQ(outcome.status, 130) << outcome.Told();
  EXPECT_EQ(leftovers_.Told(), "");
  if (ReadFile(path_) != "the earlier file") ExpectPartialRecord();
}

TEST_P(Interrupt, InTheSelftestIsNotTakenForItsFailure) {
  HandrailProcess process(
      {"run", "canary/empty", "--engine", GetParam(), "--report", "json=" + path_}, {});
  EXPECT_TRUE(process.WaitUntil([&](const Outcome&) { return AllBusy(); }));
  kill(process.pid(), SIGINT);
  const Outcome outcome = process.Wait();
  EXPECT_EQ(outcome.status, 130) << outcome.Told();
  EXPECT_EQ(leftovers_.Told(), "");
  const RunRecord record = ReadRecord(path_);
  EXPECT_TRUE(record.context.interrupted);
  EXPECT_EQ(record.selftest_problem, "");
}

TEST_P(Interrupt, BySigkillLeavesNoWorkerBehind) {
  const auto process = Hanging();
  kill(process->pid(), SIGKILL);
  process->Wait();
  EXPECT_EQ(leftovers_.Told(), "") << "workers must end when handrail is gone";
}

INSTANTIATE_TEST_SUITE_P(OnEachKindOfEngine, Interrupt, ::testing::Values(HANDRAIL_TEST_ENGINES),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace handrail
