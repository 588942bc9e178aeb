#include "harness/embed/thread_per_restart.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "harness/embed/executor_test.h"

namespace handrail::embed {
namespace {

ThreadPerRestart Make(ExecutorOptions options, InstallNatives natives = {}) {
  if (options.plugin.empty()) options.plugin = kPlugin;
  return ThreadPerRestart(ThreadedEngine(), std::move(options), std::move(natives));
}

// Counts the threads that have an engine: one is there until its thread has ended.
struct ThreadOfEngine {
  static inline std::atomic<int> alive = 0;
  static thread_local std::unique_ptr<ThreadOfEngine> mine;
  ThreadOfEngine() { ++alive; }
  ~ThreadOfEngine() { --alive; }
};
thread_local std::unique_ptr<ThreadOfEngine> ThreadOfEngine::mine;

TEST(ThreadPerRestart, AnswersEveryKindOfRequest) {
  auto executor = Make({});
  ExpectAnswersOfEveryKind(executor);
}

TEST(ThreadPerRestart, NewEngineKnowsNothingOfTheOld) {
  auto executor = Make({});
  EXPECT_EQ(Told(executor.Submit(Request::Call("count"))), "result 1");
  EXPECT_EQ(Told(executor.Submit(Request::Call("count"))), "result 2");
  EXPECT_TRUE(executor.Restart());
  const Reply reply = executor.Submit(Request::Call("count")).get();
  EXPECT_EQ(Told(reply), "result 1");
  EXPECT_EQ(reply.engine, 2);
  EXPECT_EQ(executor.stats().restarts, 1);
  EXPECT_EQ(executor.stats().replaced, 0);
}

TEST(ThreadPerRestart, RestartsAfterSoManyRequests) {
  auto executor = Make({.restart_after = 3});
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 10; ++i) replies.push_back(executor.Submit(Request::Call("count")));
  for (int i = 0; i < 10; ++i) {
    const Reply reply = replies[i].get();
    EXPECT_EQ(Told(reply), "result " + std::to_string(i % 3 + 1));
    EXPECT_EQ(reply.engine, i / 3 + 1);
  }
  executor.Shutdown(ShutdownMode::kDrain);
  EXPECT_EQ(executor.stats().restarts, 3);
  EXPECT_EQ(executor.stats().engines_made, 4);
}

TEST(ThreadPerRestart, StuckRequestIsAnsweredAndItsEngineReplaced) {
  auto executor = Make({.time_limit = 300ms});
  auto stuck = executor.Submit(Request::Script("for(;;);"));
  auto next = executor.Submit(Request::Call("count"));
  EXPECT_EQ(Told(stuck.get()), "time limit terminated after 300 ms");
  const Reply reply = next.get();
  EXPECT_EQ(Told(reply), "result 1");
  EXPECT_EQ(reply.engine, 2);
  EXPECT_EQ(executor.stats().replaced, 1);
  EXPECT_EQ(executor.stats().restarts, 0);
}

TEST(ThreadPerRestart, RunawayHeapIsAnsweredAndItsEngineReplaced) {
  auto executor = Make({.heap_limit_mb = 16});
  auto runaway = executor.Submit(Request::Script("const all = []; for (;;) all.push({});"));
  EXPECT_EQ(Told(std::move(runaway)), "heap limit the heap came near its limit");
  EXPECT_EQ(executor.Submit(Request::Call("count")).get().engine, 2);
}

TEST(ThreadPerRestart, RequestsWaitOutARestartAndKeepTheirOrder) {
  Gate gate;
  auto executor = Make({}, gate.Natives());
  auto first = executor.Submit(Request::Script("hold(); 'old'"));
  gate.WaitForHeld(1);
  std::vector<std::future<Reply>> later;
  for (int i = 0; i < 5; ++i) later.push_back(executor.Submit(Request::Call("count")));
  std::thread restarting([&] { EXPECT_TRUE(executor.Restart()); });
  gate.Open();
  EXPECT_EQ(first.get().engine, 1);
  restarting.join();
  int64_t engine = 1;
  for (auto& each : later) {
    const Reply reply = each.get();
    EXPECT_TRUE(reply.ok()) << Told(reply);
    EXPECT_GE(reply.engine, engine) << "an old engine served after a new one";
    engine = reply.engine;
  }
}

TEST(ThreadPerRestart, ThereAreNeverTwoEngines) {
  std::atomic<int> most = 0;
  auto executor = Make({.restart_after = 1}, [&](v8::Local<v8::Context>) {
    if (!ThreadOfEngine::mine) ThreadOfEngine::mine = std::make_unique<ThreadOfEngine>();
    most = std::max(most.load(), ThreadOfEngine::alive.load());
  });
  SubmitFromThreads(executor, 2, 10);
  executor.Shutdown(ShutdownMode::kDrain);
  EXPECT_GE(executor.stats().engines_made, 20);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(ThreadOfEngine::alive, 0);
}

TEST(ThreadPerRestart, ConcurrentRestartsAllGetAnEngineMadeAfterThem) {
  auto executor = Make({});
  executor.WaitUntilReady();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const int64_t before = executor.stats().engines_made;
      EXPECT_TRUE(executor.Restart());
      EXPECT_GT(executor.stats().engines_made, before);
    });
  }
  SubmitFromThreads(executor, 2, 50);
  for (std::thread& thread : threads) thread.join();
  executor.Shutdown(ShutdownMode::kDrain);
  ExpectNothingLost(executor.stats());
  EXPECT_GE(executor.stats().restarts, 1);
  EXPECT_LE(executor.stats().restarts, 4);
}

TEST(ThreadPerRestart, DrainRunsAllThatWasAccepted) {
  Gate gate;
  auto executor = Make({.restart_after = 2}, gate.Natives());
  auto first = executor.Submit(Request::Script("hold(); 1"));
  gate.WaitForHeld(1);
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 7; ++i) replies.push_back(executor.Submit(Request::Call("echo", "1")));
  std::thread shutting([&] { executor.Shutdown(ShutdownMode::kDrain); });
  gate.Open();
  for (auto& reply : replies) EXPECT_EQ(Told(std::move(reply)), "result 1");
  shutting.join();
  EXPECT_EQ(executor.stats().answered, 8);
  EXPECT_EQ(Told(executor.Submit(Request::Call("echo", "1"))), "refused shut down");
  EXPECT_FALSE(executor.Restart());
  EXPECT_EQ(executor.stats().refused, 1);
}

TEST(ThreadPerRestart, AbortTerminatesWhatRunsAndRunsNothingElse) {
  Gate gate;
  auto executor = Make({}, gate.Natives());
  auto running = executor.Submit(Request::Script("hold(); for(;;);"));
  gate.WaitForHeld(1);
  auto queued = executor.Submit(Request::Call("count"));
  gate.Open();
  executor.Shutdown(ShutdownMode::kAbort);
  EXPECT_EQ(Told(running.get()), "stopped shut down while it ran");
  EXPECT_EQ(Told(queued.get()), "not run shut down before it ran");
  ExpectNothingLost(executor.stats());
}

TEST(ThreadPerRestart, AbortCutsShortADrain) {
  Gate gate;
  auto executor = Make({}, gate.Natives());
  auto running = executor.Submit(Request::Script("hold(); for(;;);"));
  gate.WaitForHeld(1);
  std::thread draining([&] { executor.Shutdown(ShutdownMode::kDrain); });
  gate.Open();
  executor.Shutdown(ShutdownMode::kAbort);
  draining.join();
  EXPECT_EQ(running.get().outcome, Outcome::kStopped);
}

TEST(ThreadPerRestart, ShutdownUnderLoadLosesNothing) {
  for (const ShutdownMode mode : {ShutdownMode::kDrain, ShutdownMode::kAbort}) {
    auto executor = Make({.restart_after = 5});
    std::atomic<int> submitted = 0;
    std::atomic<int> answered = 0;
    std::vector<std::thread> senders;
    for (int t = 0; t < 3; ++t) {
      senders.emplace_back([&] {
        for (Outcome outcome = Outcome::kResult; outcome != Outcome::kRefused;) {
          ++submitted;
          outcome = executor.Submit(Request::Call("echo", "1")).get().outcome;
          if (outcome != Outcome::kRefused) ++answered;
        }
      });
    }
    while (answered < 30) std::this_thread::yield();
    executor.Shutdown(mode);
    for (std::thread& sender : senders) sender.join();
    const ExecutorStats stats = executor.stats();
    ExpectNothingLost(stats);
    EXPECT_EQ(stats.answered, answered);
    EXPECT_EQ(stats.accepted + stats.refused, submitted);
  }
}

TEST(ThreadPerRestart, RefusesWhatIsTooLong) {
  auto executor = Make({.max_text = 200});
  EXPECT_EQ(Told(executor.Submit(Request::Script(std::string(201, ' ')))),
            "refused the request is too long");
  EXPECT_EQ(Told(executor.Submit(Request::Script(std::string(199, ' ') + "1"))), "result 1");
}

}  // namespace
}  // namespace handrail::embed
