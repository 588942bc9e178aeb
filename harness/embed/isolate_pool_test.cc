#include "harness/embed/isolate_pool.h"

#include <map>

#include "harness/embed/executor_test.h"

namespace handrail::embed {
namespace {

IsolatePool Make(int workers, ExecutorOptions options, InstallNatives natives = {}) {
  if (options.plugin.empty()) options.plugin = kPlugin;
  return IsolatePool(ThreadedEngine(), workers, std::move(options), std::move(natives));
}

TEST(IsolatePool, AnswersEveryKindOfRequest) {
  auto pool = Make(1, {});
  ExpectAnswersOfEveryKind(pool);
}

TEST(IsolatePool, ChoosesTheOneThatHasServedLeast) {
  auto pool = Make(3, {});
  pool.WaitUntilReady();
  std::map<int64_t, int> served;
  for (int i = 0; i < 9; ++i) ++served[pool.Submit(Request::Call("count")).get().engine];
  EXPECT_EQ(served, (std::map<int64_t, int>{{1, 3}, {2, 3}, {3, 3}}));
  ASSERT_TRUE(pool.Restart());  // the new one has served least
  EXPECT_EQ(pool.Submit(Request::Call("count")).get().engine, 4);
  EXPECT_EQ(pool.Submit(Request::Call("count")).get().engine, 4);
}

TEST(IsolatePool, NewWorkerIsNotGivenWhatIdleOnesCanDo) {
  Gate gate;
  auto pool = Make(2, {}, gate.Natives());
  pool.WaitUntilReady();
  for (int i = 0; i < 20; ++i) pool.Submit(Request::Call("count")).get();
  ASSERT_TRUE(pool.Restart());
  // Two at once: the new one, with 0, has one; the other, with 10, the second.
  auto first = pool.Submit(Request::Script("hold(); 1"));
  auto second = pool.Submit(Request::Script("hold(); 1"));
  gate.WaitForHeld(2);
  gate.Open();
  EXPECT_NE(first.get().engine, second.get().engine);
}

TEST(IsolatePool, OthersServeWhileOneIsReplaced) {
  Gate gate;
  auto pool = Make(2, {}, gate.Natives());
  pool.WaitUntilReady();
  auto held = pool.Submit(Request::Script("hold(); 1"));
  gate.WaitForHeld(1);
  std::thread replacing([&] { EXPECT_TRUE(pool.Restart()); });  // the one held: it has served most
  for (int i = 0; i < 20; ++i) {
    const Reply reply = pool.Submit(Request::Call("count")).get();
    EXPECT_TRUE(reply.ok()) << Told(reply);
  }
  gate.Open();
  EXPECT_TRUE(held.get().ok());
  replacing.join();
  EXPECT_EQ(pool.stats().restarts, 1);
}

TEST(IsolatePool, ReplacesPastTheThresholdWithRequestsFlowing) {
  constexpr int kThreshold = 5;
  auto pool = Make(3, {.restart_after = kThreshold});
  SubmitFromThreads(pool, 4, 100);
  pool.Shutdown(ShutdownMode::kDrain);
  const ExecutorStats stats = pool.stats();
  ExpectNothingLost(stats);
  EXPECT_EQ(stats.accepted, 400);
  EXPECT_EQ(stats.replaced, 0);
  EXPECT_GE(stats.restarts, 1);
  EXPECT_LE(stats.restarts, 400 / kThreshold) << "each has served its share before it goes";
}

TEST(IsolatePool, OneWorkerIsReplacedAfterExactlyItsShare) {
  auto pool = Make(1, {.restart_after = 3});
  for (int i = 0; i < 9; ++i) {
    const Reply reply = pool.Submit(Request::Call("count")).get();
    EXPECT_EQ(Told(reply), "result " + std::to_string(i % 3 + 1));
    EXPECT_EQ(reply.engine, i / 3 + 1);
  }
}

TEST(IsolatePool, StuckWorkerIsReplacedAndNobodyElseWaits) {
  auto pool = Make(2, {.time_limit = 300ms});
  pool.WaitUntilReady();
  auto stuck = pool.Submit(Request::Script("for(;;);"));
  int served = 0;
  do {
    EXPECT_TRUE(pool.Submit(Request::Call("count")).get().ok());
    ++served;
  } while (stuck.wait_for(0s) != std::future_status::ready);
  EXPECT_EQ(Told(stuck.get()), "time limit terminated after 300 ms");
  EXPECT_GE(served, 1);
  pool.Shutdown(ShutdownMode::kDrain);
  EXPECT_EQ(pool.stats().replaced, 1);
  ExpectNothingLost(pool.stats());
}

TEST(IsolatePool, AllWorkersStuckAtOnceAreAllReplaced) {
  auto pool = Make(2, {.time_limit = 300ms});
  std::vector<std::future<Reply>> stuck;
  for (int i = 0; i < 4; ++i) stuck.push_back(pool.Submit(Request::Script("for(;;);")));
  auto after = pool.Submit(Request::Call("count"));
  for (auto& each : stuck) EXPECT_EQ(each.get().outcome, Outcome::kTimeLimit);
  EXPECT_EQ(Told(after.get()), "result 1");
  pool.Shutdown(ShutdownMode::kDrain);
  EXPECT_EQ(pool.stats().replaced, 4);
}

TEST(IsolatePool, ConcurrentRestartsEachReplaceOne) {
  auto pool = Make(3, {});
  pool.WaitUntilReady();
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(pool.Restart()); });
  }
  SubmitFromThreads(pool, 2, 100);
  for (std::thread& thread : threads) thread.join();
  pool.Shutdown(ShutdownMode::kDrain);
  EXPECT_EQ(pool.stats().restarts, 6);
  EXPECT_EQ(pool.stats().engines_made, 9);
  ExpectNothingLost(pool.stats());
}

TEST(IsolatePool, AbortTerminatesWhatRunsAndRunsNothingElse) {
  Gate gate;
  auto pool = Make(2, {}, gate.Natives());
  std::vector<std::future<Reply>> running;
  for (int i = 0; i < 2; ++i) running.push_back(pool.Submit(Request::Script("hold(); for(;;);")));
  gate.WaitForHeld(2);
  auto queued = pool.Submit(Request::Call("count"));
  gate.Open();
  pool.Shutdown(ShutdownMode::kAbort);
  for (auto& each : running) EXPECT_EQ(each.get().outcome, Outcome::kStopped);
  EXPECT_EQ(queued.get().outcome, Outcome::kNotRun);
  ExpectNothingLost(pool.stats());
}

TEST(IsolatePool, ShutdownUnderLoadLosesNothing) {
  for (const ShutdownMode mode : {ShutdownMode::kDrain, ShutdownMode::kAbort}) {
    auto pool = Make(3, {.restart_after = 5});
    std::atomic<int> answered = 0;
    std::vector<std::thread> senders;
    for (int t = 0; t < 4; ++t) {
      senders.emplace_back([&] {
        for (Outcome outcome = Outcome::kResult; outcome != Outcome::kRefused;) {
          outcome = pool.Submit(Request::Call("echo", "1")).get().outcome;
          if (outcome != Outcome::kRefused) ++answered;
        }
      });
    }
    while (answered < 60) std::this_thread::yield();
    pool.Shutdown(mode);
    for (std::thread& sender : senders) sender.join();
    ExpectNothingLost(pool.stats());
    EXPECT_EQ(pool.stats().answered, answered);
    EXPECT_EQ(pool.stats().refused, 4);
  }
}

TEST(IsolatePool, ShutDownBeforeItIsUp) {
  for (int i = 0; i < 10; ++i) {
    auto pool = Make(2, {});
    auto reply = pool.Submit(Request::Call("count"));
    pool.Shutdown(ShutdownMode::kDrain);
    EXPECT_EQ(Told(reply.get()), "result 1");
  }
}

}  // namespace
}  // namespace handrail::embed
