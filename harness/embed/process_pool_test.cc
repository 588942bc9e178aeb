#include "harness/embed/process_pool.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/embed/executor_test.h"

namespace handrail::embed {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

WorkerCommand Worker(const std::string& kind) {
  WorkerCommand command;
  command.argv = {std::filesystem::read_symlink("/proc/self/exe"), "--worker", kind};
  if (kind != "good") command.end_limit = 0ms;  // it would not go by itself
  return command;
}

ProcessPool Make(int workers, ExecutorOptions options, const std::string& kind = "good") {
  if (options.plugin.empty()) options.plugin = kPlugin;
  return ProcessPool(Worker(kind), workers, std::move(options));
}

bool IsThere(pid_t pid) { return kill(pid, 0) == 0; }

// Not reaped, its pool does that; but all its threads are gone, and with the last its descriptors.
bool HasEnded(pid_t pid) {
  const std::string at = "/proc/" + std::to_string(pid);
  std::ifstream stat(at + "/stat");
  std::string line;
  std::getline(stat, line);
  const std::filesystem::directory_iterator threads(at + "/task");
  return line.substr(line.rfind(')') + 2, 1) == "Z" && std::distance(begin(threads), {}) == 1;
}

TEST(ProcessPool, AnswersEveryKindOfRequest) {
  auto pool = Make(1, {});
  ExpectAnswersOfEveryKind(pool);
}

TEST(ProcessPool, WorkerIsAnotherProcessWithItsSocketAlone) {
  auto pool = Make(1, {});
  EXPECT_NE(Told(pool.Submit(Request::Script("pid()"))), "result " + std::to_string(getpid()));
  // Beside V8's own (none here): 0, 1, 2 and the socket.
  const Reply reply = pool.Submit(Request::Script("open_descriptors()")).get();
  EXPECT_EQ(Told(reply), "result 4");
}

TEST(ProcessPool, DescriptorsOfTheHostAreNotInherited) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);  // without close-on-exec
  auto pool = Make(1, {});
  EXPECT_EQ(Told(pool.Submit(Request::Script("open_descriptors()"))), "result 4");
  close(fds[0]);
  close(fds[1]);
}

TEST(ProcessPool, StuckWorkerIsKilledAndReplaced) {
  for (const char* stuck : {"for(;;);", "hang()"}) {
    auto pool = Make(1, {.time_limit = 1s});
    const std::string told = Told(pool.Submit(Request::Script("pid()")));
    const pid_t pid = std::stoi(told.substr(std::string("result ").size()));
    EXPECT_EQ(Told(pool.Submit(Request::Script(stuck))), "time limit killed after 1000 ms")
        << stuck;
    EXPECT_FALSE(IsThere(pid)) << "its process is gone when it is answered";
    const Reply next = pool.Submit(Request::Call("count")).get();
    EXPECT_EQ(Told(next), "result 1");
    EXPECT_EQ(next.engine, 2);
    EXPECT_EQ(pool.stats().replaced, 1);
  }
}

TEST(ProcessPool, WorkerThatDiesCostsTheRequestThatItHad) {
  for (const char* fault : {"die()", "crash()", "hang_up(); 1"}) {
    auto pool = Make(1, {});
    auto lost = pool.Submit(Request::Script(fault));
    auto next = pool.Submit(Request::Call("count"));
    EXPECT_EQ(Told(lost.get()), "worker lost its worker died or hung up") << fault;
    EXPECT_EQ(Told(next.get()), "result 1") << fault;
    EXPECT_EQ(pool.stats().replaced, 1) << fault;
  }
}

TEST(ProcessPool, WorkerThatDiesIdleCostsNoRequest) {
  auto pool = Make(1, {});
  const std::string told = Told(pool.Submit(Request::Script("pid()")));
  const pid_t pid = std::stoi(told.substr(std::string("result ").size()));
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  while (!HasEnded(pid)) std::this_thread::yield();
  EXPECT_EQ(Told(pool.Submit(Request::Call("count"))), "result 1");
  EXPECT_EQ(pool.stats().replaced, 1);
}

TEST(ProcessPool, WorkerThatSpeaksRubbishIsKilledAndReplaced) {
  for (const char* kind :
       {"rubbish", "endless", "wrong-id", "wrong-kind", "no-fields", "wrong-outcome"}) {
    auto pool = Make(1, {}, kind);
    for (int i = 1; i <= 2; ++i) {
      const Reply reply = pool.Submit(Request::Call("count")).get();
      EXPECT_EQ(Told(reply), "worker lost its worker spoke rubbish and was killed") << kind;
      EXPECT_EQ(reply.engine, i) << kind;
    }
  }
}

TEST(ProcessPool, WorkerThatAnswersHalfIsReplaced) {
  auto pool = Make(1, {}, "half");
  EXPECT_EQ(Told(pool.Submit(Request::Call("count"))), "worker lost its worker died or hung up");
}

TEST(ProcessPool, SecondAnswerIsNotTakenForThatOfTheNextRequest) {
  auto pool = Make(1, {}, "twice");
  EXPECT_EQ(Told(pool.Submit(Request::Call("count"))), "result 1");
  // Each worker answers its first request twice, and is killed for it.
  EXPECT_EQ(Told(pool.Submit(Request::Call("count"))), "result 1");
  EXPECT_EQ(pool.stats().replaced, 2);
}

TEST(ProcessPool, WorkerThatDoesNotComeUpIsAnError) {
  auto dies = Make(1, {}, "dies");
  EXPECT_EQ(Told(dies.Submit(Request::Call("count"))), "worker lost its worker died or hung up");
  EXPECT_FALSE(dies.Restart());
  WorkerCommand silent = Worker("silent");
  silent.start_limit = 50ms;
  ProcessPool waits(silent, 1, {});
  EXPECT_EQ(Told(waits.Submit(Request::Call("count"))),
            "worker lost a worker did not come up in time");
  ProcessPool nowhere({.argv = {"/nowhere/worker"}}, 1, {});
  EXPECT_THAT(Told(nowhere.Submit(Request::Call("count"))),
              HasSubstr("cannot be started: No such file or directory"));
  ProcessPool nothing({}, 1, {});
  EXPECT_THAT(Told(nothing.Submit(Request::Call("count"))), StartsWith("worker lost"));
}

TEST(ProcessPool, PluginThatDoesNotLoadIsToldToEveryRequest) {
  auto broken = Make(1, {.plugin = "throw new Error('broken')"});
  auto stuck = Make(1, {.plugin = "for(;;);", .time_limit = 1s});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Told(broken.Submit(Request::Call("count"))),
              "threw the plugin did not load: Uncaught Error: broken");
    EXPECT_EQ(Told(stuck.Submit(Request::Call("count"))),
              "time limit the plugin did not load: killed after 1000 ms");
  }
  EXPECT_EQ(broken.stats().engines_made, 1);
  EXPECT_EQ(stuck.stats().engines_made, 0);
}

TEST(ProcessPool, RunawayHeapIsAnAnswer) {
  auto pool = Make(1, {.heap_limit_mb = 16});
  EXPECT_EQ(Told(pool.Submit(Request::Script("const all = []; for (;;) all.push({});"))),
            "heap limit the heap came near its limit");
  EXPECT_EQ(Told(pool.Submit(Request::Call("count"))), "result 1");
  EXPECT_EQ(pool.stats().replaced, 1);
}

TEST(ProcessPool, RestartsAfterSoManyRequests) {
  auto pool = Make(1, {.restart_after = 3});
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 7; ++i) replies.push_back(pool.Submit(Request::Call("count")));
  for (int i = 0; i < 7; ++i) {
    const Reply reply = replies[i].get();
    EXPECT_EQ(Told(reply), "result " + std::to_string(i % 3 + 1));
    EXPECT_EQ(reply.engine, i / 3 + 1);
  }
  EXPECT_EQ(pool.stats().restarts, 2);
  EXPECT_TRUE(pool.Restart());
  EXPECT_EQ(pool.Submit(Request::Call("count")).get().engine, 4);
  EXPECT_EQ(pool.stats().replaced, 0);
}

TEST(ProcessPool, OthersServeWhileOneIsStuck) {
  auto pool = Make(2, {.time_limit = 1s});
  pool.WaitUntilReady();
  auto stuck = pool.Submit(Request::Script("hang()"));
  do {
    EXPECT_TRUE(pool.Submit(Request::Call("count")).get().ok());
  } while (stuck.wait_for(0s) != std::future_status::ready);
  EXPECT_EQ(stuck.get().outcome, Outcome::kTimeLimit);
}

TEST(ProcessPool, RestartsUnderLoadLoseNothing) {
  auto pool = Make(2, {.restart_after = 20});
  std::thread restarting([&] {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.Restart());
  });
  SubmitFromThreads(pool, 3, 40);
  restarting.join();
  pool.Shutdown(ShutdownMode::kDrain);
  ExpectNothingLost(pool.stats());
  EXPECT_EQ(pool.stats().accepted, 120);
  EXPECT_EQ(pool.stats().replaced, 0);
  EXPECT_GE(pool.stats().restarts, 3);
}

TEST(ProcessPool, AbortKillsWhatRunsAndRunsNothingElse) {
  auto pool = Make(1, {});
  pool.WaitUntilReady();
  auto running = pool.Submit(Request::Script("hang()"));
  auto queued = pool.Submit(Request::Call("count"));
  while (pool.waiting() > 1) std::this_thread::yield();  // until the first one runs
  pool.Shutdown(ShutdownMode::kAbort);
  EXPECT_EQ(running.get().outcome, Outcome::kStopped);
  EXPECT_EQ(queued.get().outcome, Outcome::kNotRun);
  ExpectNothingLost(pool.stats());
}

TEST(ProcessPool, ShutdownUnderLoadLosesNothing) {
  for (const ShutdownMode mode : {ShutdownMode::kDrain, ShutdownMode::kAbort}) {
    auto pool = Make(2, {});
    std::atomic<int> answered = 0;
    std::vector<std::thread> senders;
    for (int t = 0; t < 3; ++t) {
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
  }
}

}  // namespace
}  // namespace handrail::embed
