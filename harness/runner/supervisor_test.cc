// The supervisor when its zygote or its own means fail: no trial is lost, nothing is left behind.
#include "harness/runner/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "harness/runner/real_worker.h"

namespace handrail {
namespace {

using ::handrail::testing::CommandOf;
using ::handrail::testing::RealWorker;
using ::handrail::testing::Told;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

PlannedTrial Within(PlannedTrial trial, int64_t time_ms) {
  trial.limits.time_ms = time_ms;
  return trial;
}

class SupervisorTest : public RealWorker {
 protected:
  // The zygote of this test; 0 while there is none.
  pid_t Zygote() const {
    for (const pid_t pid : testing::Children()) {
      if (CommandOf(pid).ends_with("--zygote")) return pid;
    }
    return 0;
  }

  // Sends `signal` to the zygote, once, on the first tick at which a trial of it runs.
  std::function<void()> SendToZygote(int signal) {
    return [this, signal, sent = false]() mutable {
      if (sent || leftovers().Alive().size() < 2) return;  // the zygote and a trial
      kill(Zygote(), signal);
      sent = true;
    };
  }
};

TEST_F(SupervisorTest, HandsOnOneEvidenceForEachTrialOnSeveralJobs) {
  Supervisor supervisor(Engines(), 3);
  const auto all = Run(supervisor, std::vector<PlannedTrial>(20, Clean()));
  for (const Evidence& one : all) EXPECT_EQ(one.exit.kind, ExitKind::kClean) << Told(one);
}

TEST_F(SupervisorTest, CanRunOnePlanAfterAnother) {
  Supervisor supervisor(Engines(), 1);
  for (int i = 0; i < 3; ++i) {
    const auto all = Run(supervisor, {Clean(), Fault("exits-early")});
    EXPECT_EQ(all[0].exit.kind, ExitKind::kClean) << "plan " << i << ": " << Told(all[0]);
    EXPECT_EQ(all[1].exit.kind, ExitKind::kIncomplete) << "plan " << i << ": " << Told(all[1]);
  }
}

TEST_F(SupervisorTest, ReturnsAtOnceFromAnEmptyPlan) {
  Supervisor supervisor(Engines(), 1);
  EXPECT_THAT(Run(supervisor, {}), IsEmpty());
}

TEST_F(SupervisorTest, DoesNotLoseATrialWhoseZygoteIsKilledFromOutside) {
  Supervisor supervisor(Engines(), 1);
  const auto all = Run(supervisor, {Within(Fault("spins"), 600), Clean()}, SendToZygote(SIGKILL));
  EXPECT_EQ(all[0].exit.kind, ExitKind::kTimeout) << Told(all[0]);
  EXPECT_THAT(all[0].notes, Contains(HasSubstr("zygote died under it 1 time"))) << Told(all[0]);
  EXPECT_EQ(all[1].exit.kind, ExitKind::kClean) << Told(all[1]);
}

TEST_F(SupervisorTest, DoesNotLoseSeveralTrialsWhoseZygoteIsKilledFromOutside) {
  Supervisor supervisor(Engines(), 4);
  const std::vector<PlannedTrial> plan(6, Within(Fault("ignores-sigterm"), 500));
  for (const Evidence& one : Run(supervisor, plan, SendToZygote(SIGKILL))) {
    EXPECT_EQ(one.exit.kind, ExitKind::kTimeout) << Told(one);
  }
}

TEST_F(SupervisorTest, EndsAZygoteThatWasStoppedAndRunsItsTrialAgain) {
  Supervisor supervisor(Engines(), 1);
  const auto all = Run(supervisor, {Within(Fault("spins"), 400), Clean()}, SendToZygote(SIGSTOP));
  EXPECT_EQ(all[0].exit.kind, ExitKind::kTimeout) << Told(all[0]);
  EXPECT_THAT(all[0].notes, Contains(HasSubstr("zygote died"))) << Told(all[0]);
  EXPECT_EQ(all[1].exit.kind, ExitKind::kClean) << Told(all[1]);
}

TEST_F(SupervisorTest, SaysWhatItCouldNotStart) {
  std::vector<Engine> engines = Engines();
  engines[0].row.worker = "/nowhere/worker";
  Supervisor supervisor(engines, 1);
  PlannedTrial fresh = Clean();
  fresh.fresh = true;
  for (const Evidence& one : Run(supervisor, {Clean(), fresh, Clean()})) {
    EXPECT_THAT(one.harness_error, HasSubstr("/nowhere/worker --trial"));
  }
}

TEST_F(SupervisorTest, EndsThoughEveryZygoteDiesAsSoonAsItIsStarted) {
  std::vector<Engine> engines = Engines();
  engines[0].row.worker = "/bin/false";
  Supervisor supervisor(engines, 2);
  for (const Evidence& one : Run(supervisor, {Clean(), Clean(), Clean()})) {
    EXPECT_NE(one.exit.kind, ExitKind::kClean);
  }
}

// A worker that is a shell script can do what no canary does.
class ScriptedWorker : public SupervisorTest {
 protected:
  void SetUp() override {
    SupervisorTest::SetUp();
    std::string path = (std::filesystem::temp_directory_path() / "handrail-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override {
    SupervisorTest::TearDown();
    std::filesystem::remove_all(folder_);
  }
  Evidence RunScript(const std::string& script) {
    std::ofstream(folder_ / "worker") << "#!/bin/sh\n" << script;
    chmod((folder_ / "worker").c_str(), 0755);
    std::vector<Engine> engines = Engines();
    engines[0].row.worker = folder_ / "worker";
    engines[0].catalog->can_fork = false;
    PlannedTrial trial = Within(Clean(), 3000);
    trial.limits.output = 1 << 20;
    Supervisor supervisor(engines, 1);
    return Run(supervisor, {trial})[0];
  }
  std::filesystem::path folder_;
};

TEST_F(ScriptedWorker, WhoseDaemonPrintsForEverHoldsNothingUp) {
  const Evidence evidence =
      RunScript("setsid sh -c 'while :; do echo more and more and more; done' &\nsleep 1\n");
  EXPECT_EQ(evidence.exit.kind, ExitKind::kOutputLimit) << Told(evidence);
}

TEST_F(ScriptedWorker, WhoseDaemonClosedEverythingIsFoundAllTheSame) {
  const Evidence evidence =
      RunScript("setsid sleep 60 <&- >&- 2>&- 3>&- 4>&- 5>&- &\nsleep 0.2\nexit 0\n");
  EXPECT_THAT(testing::Codes(evidence), ::testing::ElementsAre("PX009")) << Told(evidence);
}

TEST_F(ScriptedWorker, ThatCouldNotBeginIsAHarnessErrorWithItsOwnWords) {
  const Evidence evidence = RunScript("echo 'cannot read the request' >&2; exit 125\n");
  EXPECT_THAT(evidence.harness_error, HasSubstr("cannot read the request")) << Told(evidence);
}

TEST_F(ScriptedWorker, ThatStopsItselfIsEndedAtItsLimit) {
  const Evidence evidence = RunScript("kill -STOP $$\n");
  EXPECT_EQ(evidence.exit.kind, ExitKind::kTimeout) << Told(evidence);
}

TEST_F(SupervisorTest, GivesAHarnessErrorWhenItHasNoDescriptorsLeftAndRecovers) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  Supervisor supervisor(Engines(), 1);
  Run(supervisor, {Clean()});
  rlimit low = before;
  low.rlim_cur = 1;  // below those that are open: no new one
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const auto without = Run(supervisor, {Clean()});
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(without[0].harness_error, HasSubstr("open files")) << Told(without[0]);
  EXPECT_EQ(Run(supervisor, {Clean()})[0].exit.kind, ExitKind::kClean);
}

TEST_F(SupervisorTest, StopsAtCtrlCAndHandsNothingOnThatWasUnderWay) {
  Supervisor supervisor(Engines(), 2);
  const std::vector<PlannedTrial> plan = {Clean(), Fault("spins"), Fault("ignores-sigterm"),
                                          Fault("spins"), Fault("spins")};
  std::vector<std::string> ended;
  Supervisor::Callbacks callbacks;
  callbacks.on_end = [&](const PlannedTrial& trial, const Evidence&) {
    ended.push_back(trial.request.strategy);
  };
  int ticks = 0;
  callbacks.on_tick = [&] {
    if (++ticks == 15) raise(SIGINT);
  };
  const absl::Status status = supervisor.Run(plan, callbacks);
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_THAT(ended, ::testing::ElementsAre("isolate-and-context"));
  EXPECT_EQ(leftovers().Alive(), std::vector<pid_t>()) << "the trials must be ended with the run";
  EXPECT_EQ(Run(supervisor, {Clean()})[0].exit.kind, ExitKind::kClean)
      << "a later run is a new one";
}

TEST_F(SupervisorTest, LeavesAChildOfItsCallerAlone) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  {
    Supervisor supervisor(Engines(), 1);
    Run(supervisor, {Fault("leaves-daemon"), Clean()});
  }
  EXPECT_EQ(kill(child, 0), 0) << "a process that was there before the run was ended by it";
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace handrail
