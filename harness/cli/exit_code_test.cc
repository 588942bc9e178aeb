// Each exit code of a run, and what the record holds and where it may be written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::HandrailOptions;
using ::handrail::testing::Outcome;
using ::handrail::testing::ReadFile;
using ::handrail::testing::ReadRecord;
using ::handrail::testing::TemporaryFolder;
using ::handrail::testing::Words;
using ::testing::HasSubstr;

class ExitCodes : public ::testing::Test {
 protected:
  Outcome Run(Words words, const std::string& report = "", const HandrailOptions& options = {}) {
    words.insert(words.begin(), "run");
    for (const std::string& word : Words{"--engine", "libnode", "--no-selftest", "--report",
                                         "json=" + (report.empty() ? record_ : report)}) {
      words.push_back(word);
    }
    return Handrail(words, options);
  }

  TemporaryFolder folder_;
  std::string record_ = folder_ / "sub/folder/run.json";
};

TEST_F(ExitCodes, Is0WhenAllIsAsDeclared) {
  const Outcome outcome = Run({"canary/selftest/exit-3", "canary/empty"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
}

TEST_F(ExitCodes, Is1WhenBrokenCodeIsMissed) {
  const Outcome outcome = Run({"canary/selftest/stale-local", "--instrument", "no-oracle"});
  EXPECT_EQ(outcome.status, 1) << outcome.Told();
}

TEST_F(ExitCodes, Is2ForAWordThatMeansNothing) {
  EXPECT_EQ(Run({"canary/nothing"}).status, 2);
  EXPECT_FALSE(std::filesystem::exists(record_)) << "no run, no record";
}

TEST_F(ExitCodes, Is3WhenTheReportCannotBeWritten) {
  const Outcome outcome = Run({"canary/empty"}, "/dev/null/run.json");
  EXPECT_EQ(outcome.status, 3) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("cannot write /dev/null/run.json"));
  EXPECT_THAT(outcome.out, HasSubstr("1 of 1 as declared")) << "the result is shown all the same";
}

TEST_F(ExitCodes, Is3OnAFullDisk) {
  const Outcome outcome = Run({"canary/empty"}, "/dev/full");
  EXPECT_EQ(outcome.status, 3) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("No space left"));
}

TEST_F(ExitCodes, Is4WhenNothingRan) {
  const Outcome outcome = Run({"canary/selftest/asan-error"});
  if (outcome.status == 0) GTEST_SKIP() << "this build watches with ASan: it does run";
  EXPECT_EQ(outcome.status, 4) << outcome.Told();
  const RunRecord record = ReadRecord(record_);
  EXPECT_TRUE(record.trials.empty());
  ASSERT_EQ(record.results.size(), 1u) << "what was skipped is told";
  EXPECT_EQ(record.results[0].verdict, Verdict::kSkipped);
}

TEST_F(ExitCodes, KeepsTheWorseOfTwoWhenAFailingRunCannotBeWrittenEither) {
  const Outcome outcome =
      Run({"canary/selftest/stale-local", "--instrument", "no-oracle"}, "/dev/null/run.json");
  EXPECT_EQ(outcome.status, 1) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("cannot write"));
}

TEST_F(ExitCodes, WritesTheOtherReportsWhenOneCannotBeWritten) {
  const Outcome outcome = Run({"canary/empty", "--report", "json=/dev/null/run.json"});
  EXPECT_EQ(outcome.status, 3) << outcome.Told();
  EXPECT_EQ(ReadRecord(record_).trials.size(), 3u);
  EXPECT_THAT(outcome.out, HasSubstr("record: " + record_));
}

// Every trial prints, so that the record is larger than what may be written.
TEST_F(ExitCodes, LeavesTheEarlierFileWhenTheNewOneDoesNotFit) {
  const std::string path = folder_ / "run.json";
  std::ofstream(path) << "the earlier file";
  HandrailOptions small;
  small.largest_file = size_t{2} << 20;
  std::string seeds = "1";
  for (int i = 2; i <= 500; ++i) seeds += "," + std::to_string(i);
  const Outcome outcome =
      Run({"canary/faults/writes-1-gb", "--output-limit", "64KiB", "--seeds", seeds}, path, small);
  EXPECT_EQ(outcome.status, 3) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("cannot write " + path));
  EXPECT_EQ(ReadFile(path), "the earlier file");
}

TEST_F(ExitCodes, RecordHoldsWhatRanAndHowToRunItAgain) {
  const Outcome outcome = Run({"canary/selftest/crash", "canary/empty", "--seeds", "5,6"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  const RunRecord record = ReadRecord(record_);
  EXPECT_FALSE(record.context.interrupted);
  EXPECT_FALSE(record.selftest_ran);
  EXPECT_THAT(record.context.command, HasSubstr("handrail run canary/selftest/crash"));
  EXPECT_EQ(record.context.engines.at(0).id, "libnode");
  EXPECT_EQ(record.trials.size(), 4u);
  EXPECT_EQ(record.results.size(), 2u);
  for (const TrialRecord& trial : record.trials) {
    EXPECT_EQ(trial.verdict, Verdict::kAsExpected) << trial.reason;
    EXPECT_TRUE(trial.seed == 5 || trial.seed == 6);
    EXPECT_THAT(trial.repeat,
                HasSubstr("handrail replay " + trial.scenario + "/" + trial.strategy));
    const bool crash = trial.strategy == "crash";
    EXPECT_EQ(trial.kind, crash ? StrategyKind::kBroken : StrategyKind::kCorrect);
    EXPECT_EQ(trial.evidence.exit.kind == ExitKind::kClean, !crash);
    EXPECT_GT(trial.evidence.duration_ms, 0);
  }
}

TEST_F(ExitCodes, SelftestBeforeARunIsTold) {
  const Outcome outcome =
      Handrail({"run", "canary/empty", "--engine", "libnode", "--report", "json=" + record_});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  const RunRecord record = ReadRecord(record_);
  EXPECT_TRUE(record.selftest_ran);
  EXPECT_EQ(record.selftest_problem, "");
}

}  // namespace
}  // namespace handrail
