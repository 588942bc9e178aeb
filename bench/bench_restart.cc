// What the restart document's three plans cost: time for a restart beside the document's figures,
// and requests a second while engines are restarted, against the same executor without restarts.
//
// A restart is Executor::Restart: from the call until the new engine has loaded its plugin, with
// the old one gone. The document speaks of a thread and of a process alone: these are measured as
// well.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <memory>
#include <thread>

#include "bench/ratio.h"
#include "harness/embed/isolate_pool.h"
#include "harness/embed/process_pool.h"
#include "harness/embed/thread_per_restart.h"
#include "harness/engine/executable_engine.h"

namespace handrail {
namespace {

using embed::Executor;
using embed::ExecutorOptions;

constexpr int kTurns = 9;
constexpr int kRestarts = 20;      // a turn
constexpr int kRequests = 20'000;  // a turn
constexpr int kSenders = 2;        // each with so many requests on their way:
constexpr size_t kInFlight = 32;
constexpr int kWorkers = 2;               // of the pools
constexpr int64_t kRestartEvery = 1'000;  // the document: every 1,000 to 10,000

ExecutorOptions Options(int64_t restart_after) {
  return {.plugin = "function on_transaction(n) { return n; }",
          .time_limit = std::chrono::seconds(10),
          .restart_after = restart_after};
}

void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "bench_restart: %s\n", what);
  std::exit(1);
}

void SendAll(Executor& executor) {
  std::deque<std::future<embed::Reply>> replies;
  const auto take = [&replies] {
    Check(replies.front().get().ok(), "a request failed");
    replies.pop_front();
  };
  for (int i = 0; i < kRequests / kSenders; ++i) {
    if (replies.size() == kInFlight) take();
    replies.push_back(executor.Submit(embed::Request::Call("on_transaction", "1")));
  }
  while (!replies.empty()) take();
}

// Seconds for one request.
double Load(Executor& executor) {
  return WallTime(kRequests, [&] {
    std::vector<std::thread> senders;
    for (int i = 0; i < kSenders; ++i) senders.emplace_back([&] { SendAll(executor); });
    for (std::thread& sender : senders) sender.join();
  });
}

double Median(const Work& work) {
  return Compare(kTurns, work, [] { return 1.0; }).a_seconds;
}

double Restarts(Executor& executor) {
  return Median([&] {
    return WallTime(kRestarts, [&] {
      for (int i = 0; i < kRestarts; ++i) Check(executor.Restart(), "a restart failed");
    });
  });
}

template <class Make>
void Row(const char* plan, const char* document, const Make& make) {
  const std::unique_ptr<Executor> without = make(Options(0));
  without->WaitUntilReady();
  const double restart = Restarts(*without);
  const std::unique_ptr<Executor> with = make(Options(kRestartEvery));
  with->WaitUntilReady();
  const Ratio time = Compare(
      kTurns, [&] { return Load(*without); }, [&] { return Load(*with); });
  const embed::ExecutorStats stats = with->stats();
  Check(stats.restarts > 0 && stats.replaced == 0, "no restart, or a worker was lost");
  std::printf("  %-32s %10s %10s %12.0f %12.0f   %s\n", plan, Seconds(restart).c_str(), document,
              1 / time.a_seconds, 1 / time.b_seconds, Text(time).c_str());
}

void Parts(engine::Engine& engine) {
  const double thread = Median([] {
    return WallTime(200, [] {
      for (int i = 0; i < 200; ++i) std::thread([] {}).join();
    });
  });
  const double isolate = Median([&] {
    return WallTime(20, [&] {
      for (int i = 0; i < 20; ++i) engine.Dispose(engine.NewIsolate({}));
    });
  });
  const double process = Median([] {
    return WallTime(20, [] {
      for (int i = 0; i < 20; ++i) {
        char* argv[] = {const_cast<char*>("true"), nullptr};
        pid_t pid = 0;
        Check(posix_spawn(&pid, "/bin/true", nullptr, nullptr, argv, environ) == 0, "no /bin/true");
        waitpid(pid, nullptr, 0);
      }
    });
  });
  std::printf(
      "  a thread alone takes %s (document: ~1 ms), an isolate alone %s, a process alone %s\n",
      Seconds(thread).c_str(), Seconds(isolate).c_str(), Seconds(process).c_str());
}

int Run() {
  engine::ExecutableEngine engine(HANDRAIL_ENGINE_ID, engine::PlatformThreads::kSome, "");
  std::printf("restarts: %d senders, %zu requests each on their way, a restart every %lld\n",
              kSenders, kInFlight, static_cast<long long>(kRestartEvery));
  std::printf("  %-32s %10s %10s %12s %12s   %s\n", "plan", "restart", "document", "requests/s",
              "restarting", "restarting / not, requests/s");
  Row("A  ThreadPerRestart", "~1 ms", [&](ExecutorOptions options) {
    return std::make_unique<embed::ThreadPerRestart>(engine, std::move(options));
  });
  Row("B  ProcessPool, 2 workers", "10-50 ms", [](ExecutorOptions options) {
    const embed::WorkerCommand command = {.argv = {HANDRAIL_WORKER, "--serve"}};
    return std::make_unique<embed::ProcessPool>(command, kWorkers, std::move(options));
  });
  Row("C  IsolatePool, 2 workers", "-", [&](ExecutorOptions options) {
    return std::make_unique<embed::IsolatePool>(engine, kWorkers, std::move(options));
  });
  Parts(engine);
  return 0;
}

}  // namespace
}  // namespace handrail

int main() { return handrail::Run(); }
