// Whether anything of an isolate is still at work when Dispose has returned.
//
// Story: a plugin host that restarts its engine on one thread dies with "Cannot create a handle
// without a HandleScope". A note explains it: "destruction is asynchronous", V8's own cleaning up
// may not be done when the drop returns. So hosts wait, and no pause is ever long enough.
// Who: whoever has to explain that crash without V8's source at hand.
// Rule: Dispose is synchronous: when it returns, the isolate is gone. (Pages that V8 keeps in a
// pool for the next one, 40 MB of the first here on 14.6, stay as they are: nobody is at work on
// them.)
// Seen: the process's memory, threads and CPU time before, right after Dispose, and 100 ms later,
// twice the pause that the note tried.
// Reference: v8_isolate_restart_analysis
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>

#include "harness/engine/script.h"
#include "harness/observe/process_memory.h"
#include "harness/scenario/scenario.h"
#include "scenarios/claims/measure.h"

namespace handrail {
namespace {

// What of this process could still be at work.
struct Footprint {
  double rss;
  double cpu_ms;
  double threads;

  static Footprint Now() {
    rusage used = {};
    getrusage(RUSAGE_SELF, &used);
    const auto ms = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
    };
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return {static_cast<double>(ProcessMemory().Rss()), ms(used.ru_utime) + ms(used.ru_stime),
            static_cast<double>(std::distance(begin(tasks), end(tasks)))};
  }
};

// An isolate with 16 MB of JavaScript in it is disposed; does anything go on after that?
struct WatchedAfterDispose {
  static constexpr const char* kFill =
      "var kept = []; for (let i = 0; i < 2e5; ++i) kept.push({number: i, next: [i, i + 1]});";
  double held;        // bytes
  double given_back;  // of them when Dispose returned
  double after;       // in the 100 ms that followed
  double cpu_ms_after;
  double more_threads;

  explicit WatchedAfterDispose(Trial& trial) {
    const Footprint before = Footprint::Now();
    v8::Isolate* isolate = trial.engine().NewIsolate({});
    {
      const v8::Isolate::Scope in(isolate);
      const v8::HandleScope scope(isolate);
      v8::Local<v8::Context> context = v8::Context::New(isolate);
      const v8::Context::Scope entered(context);
      engine::RunScript(context, kFill).ToLocalChecked();
    }
    held = Footprint::Now().rss - before.rss;
    trial.engine().Dispose(isolate);
    const Footprint disposed = Footprint::Now();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const Footprint later = Footprint::Now();
    given_back = before.rss + held - disposed.rss;
    after = disposed.rss - later.rss;
    cpu_ms_after = later.cpu_ms - disposed.cpu_ms;
    more_threads = disposed.threads - before.threads;
    trial.Step();
  }
};

void WatchTheEnd(Trial& trial) {
  constexpr double kSomeMemory = 0.05;  // of what it held: less is noise of the allocator
  constexpr double kSomeWork = 5;       // ms of CPU time: a sleeping process takes 0.1
  constexpr double kMb = 1 << 20;
  trial.Measuring();
  const WatchedAfterDispose first(trial);  // apart: of it stays what V8 sets up once, and its pool
  std::vector<double> held, given_back, shares, cpu, threads;
  for (int i = 0; i < 3; ++i) {
    const WatchedAfterDispose watched(trial);
    if (watched.held < 4 * kMb) return;  // nothing to see it by: no outcome
    held.push_back(watched.held / kMb);
    given_back.push_back(watched.given_back / watched.held * 100);
    shares.push_back(watched.after / watched.held);
    cpu.push_back(watched.cpu_ms_after);
    threads.push_back(watched.more_threads);
  }
  const double share = Median(shares);
  const double work = Median(cpu);
  trial.Measured("memory of the isolate", Median(held), "MiB");
  trial.Measured("given back by Dispose", Median(given_back), "%");
  trial.Measured("in the 100 ms after it", share * 100, "%");
  trial.Measured("CPU time in these", work, "ms");
  trial.Measured("threads left", Median(threads));
  trial.Measured("kept of the first one", (first.held - first.given_back) / kMb, "MiB");
  const bool holds = share > kSomeMemory || work > kSomeWork;
  trial.ClaimHolds(holds, holds ? "something went on after Dispose had returned"
                                : "nothing went on after Dispose had returned");
}

}  // namespace

Scenario ClaimsDestruction() {
  return Scenario("claims/destruction")
      .Title("what goes on after an isolate was disposed")
      .Story("A note on restarting engines says that V8 goes on cleaning up after the drop.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({1}, 600, 0)
      .Claim<WatchedAfterDispose>("asynchronous", WatchTheEnd,
                                  "the destruction of an isolate is asynchronous")
      .Gives({}).Fresh();
}

}  // namespace handrail
