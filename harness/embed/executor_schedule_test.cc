// Executors under explored schedules: callers, restarts and a shutdown meet in every order that the
// named points allow, with real engines. (The pool of processes waits in the kernel, where no
// explorer sees it: its threads are tested running freely.)
#include <memory>

#include "harness/embed/executor_test.h"
#include "harness/embed/isolate_pool.h"
#include "harness/embed/thread_per_restart.h"
#include "harness/schedule/explore.h"

namespace handrail::embed {
namespace {

constexpr int kSchedules = 150;

using MakeExecutor = std::unique_ptr<Executor> (*)();

std::unique_ptr<Executor> MakeThreadPerRestart() {
  return std::make_unique<ThreadPerRestart>(ThreadedEngine(),
                                            ExecutorOptions{.plugin = kPlugin, .restart_after = 2});
}
std::unique_ptr<Executor> MakePool() {
  return std::make_unique<IsolatePool>(ThreadedEngine(), 2,
                                       ExecutorOptions{.plugin = kPlugin, .restart_after = 2});
}

// What went wrong with one reply.
std::string WrongWith(const Reply& reply, ShutdownMode mode) {
  const bool may_be_cut = mode == ShutdownMode::kAbort;
  if (reply.outcome == Outcome::kResult || reply.outcome == Outcome::kRefused) return "";
  if (may_be_cut && (reply.outcome == Outcome::kNotRun || reply.outcome == Outcome::kStopped)) {
    return "";
  }
  return "a reply says " + Told(reply) + "; ";
}

struct Seen {
  std::mutex mutex;
  std::string wrong;
  void Add(const std::string& what) {
    const std::lock_guard<std::mutex> lock(mutex);
    wrong += what;
  }
};

void CallTwice(Executor& executor, ShutdownMode mode, Seen& seen) {
  for (int i = 0; i < 2; ++i) {
    std::future<Reply> reply = executor.Submit(Request::Call("count"));
    (void)BlockUntil("reply", [&] { return reply.wait_for(0s) == std::future_status::ready; });
    try {
      seen.Add(WrongWith(reply.get(), mode));
    } catch (const std::future_error&) {
      seen.Add("a promise was broken; ");
    }
  }
}

void Host(MakeExecutor make, ShutdownMode mode, Seen& seen) {
  const std::unique_ptr<Executor> executor = make();
  {
    ScheduledThread caller("caller", [&] { CallTwice(*executor, mode, seen); });
    ScheduledThread other("caller", [&] { CallTwice(*executor, mode, seen); });
    ScheduledThread restarting("restarting", [&] { executor->Restart(); });
    executor->Shutdown(mode);
    caller.join();
    other.join();
    restarting.join();
  }
  const ExecutorStats stats = executor->stats();
  if (stats.accepted != stats.answered) seen.Add("a request was lost; ");
  if (stats.accepted + stats.refused != 4) seen.Add("requests were not counted; ");
}

class ExecutorSchedule : public ::testing::TestWithParam<std::pair<MakeExecutor, ShutdownMode>> {};

TEST_P(ExecutorSchedule, NoOrderOfCallsRestartsAndShutdownLosesARequest) {
  const auto [make, mode] = GetParam();
  const ScheduleReport report =
      ExploreSchedules({.seed = 1, .runs = kSchedules, .depth = 2}, [make = make, mode = mode] {
        auto seen = std::make_shared<Seen>();
        return ScheduledProgram{{{"host", [=] { Host(make, mode, *seen); }}},
                                [seen] { return seen->wrong; }};
      });
  EXPECT_FALSE(report.failure) << Describe(report);
}

INSTANTIATE_TEST_SUITE_P(Plans, ExecutorSchedule,
                         ::testing::Values(std::pair{&MakeThreadPerRestart, ShutdownMode::kDrain},
                                           std::pair{&MakeThreadPerRestart, ShutdownMode::kAbort},
                                           std::pair{&MakePool, ShutdownMode::kDrain},
                                           std::pair{&MakePool, ShutdownMode::kAbort}),
                         [](const auto& test) {
                           return std::string(test.param.first == &MakePool ? "Pool" : "Thread") +
                                  (test.param.second == ShutdownMode::kDrain ? "Drain" : "Abort");
                         });

}  // namespace
}  // namespace handrail::embed
