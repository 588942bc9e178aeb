// Plans A and C share one process with their plugins: what a plugin that never ends, or never stops
// allocating, does to the host.
//
// Story: engines are restarted on threads, neatly joined. One day a plugin loops for ever, the join
// waits for it, and the host with it; another day a plugin fills its heap and V8 ends the host.
// Who: the restart document's plans A and C have neither limit; only its plan B can kill.
// Rule: a script ends when it ends or when TerminateExecution makes it. A full heap ends the
// process, unless a near-heap-limit callback raises the limit and has the script terminated.
// Seen: answers of the two plugins and of those that come after (oracle); the trial's time limit;
// V8's out-of-memory handler.
// Not seen: what no termination reaches, a native function or one long builtin (executor.h).
// Reference: v8_isolate_restart_analysis, plans A and C
#include <string>
#include <thread>

#include "harness/embed/isolate_pool.h"
#include "harness/embed/thread_per_restart.h"
#include "harness/engine/script.h"
#include "scenarios/restart/sketch_worker.h"

namespace handrail {
namespace {

using embed::Request;

constexpr size_t kHeapLimitMb = 16;
constexpr const char* kStuck = "for(;;);";
constexpr const char* kRunaway = "{ const all = []; for (;;) all.push({}); }";

embed::ExecutorOptions Limited() {
  embed::ExecutorOptions options = PlanOptions();
  options.time_limit = std::chrono::seconds(2);
  options.heap_limit_mb = kHeapLimitMb;
  return options;
}

// A strategy is a host with two bad plugins and a good one.

template <class Executor, class... Workers>
void ServeAll(Trial& trial, Workers... workers) {
  Executor executor(trial.engine(), workers..., Limited());
  const auto expect = [&](Request request, embed::Outcome outcome) {
    const embed::Reply reply = executor.Submit(std::move(request)).get();
    trial.oracle().Text("answer", ToString(reply.outcome), ToString(outcome));
    trial.Step();
  };
  for (int64_t i = 0; i < trial.size(); ++i) {
    expect(Request::Script(kRunaway), embed::Outcome::kHeapLimit);
    expect(Transaction(i), embed::Outcome::kResult);
    expect(Request::Script(kStuck), embed::Outcome::kTimeLimit);
    expect(Transaction(i), embed::Outcome::kResult);
  }
  executor.Shutdown(embed::ShutdownMode::kDrain);
  trial.oracle().Count("engines replaced", executor.stats().replaced, 2 * trial.size());
}

struct ThreadWithLimits {
  static void Run(Trial& trial) { ServeAll<embed::ThreadPerRestart>(trial); }
};

struct PoolWithLimits {
  static void Run(Trial& trial) { ServeAll<embed::IsolatePool>(trial, 2); }
};

struct JoinWithoutTimeLimit {
  static void Run(Trial& trial) {
    SketchWorker worker(trial);
    worker.Send(Request::Script(kStuck));
    while (worker.left() > 0) std::this_thread::yield();  // until it runs
    trial.Reached();
    trial.Triggered();
    worker.SendStop();
    worker.Join();
  }
};

struct HeapLimitAlone {
  static void Run(Trial& trial) {
    std::thread([&] {
      const OwnedIsolate isolate(trial, {.heap_limit_mb = kHeapLimitMb});
      const v8::HandleScope scope(isolate.get());
      v8::Local<v8::Context> context = v8::Context::New(isolate.get());
      const v8::Context::Scope in(context);
      trial.Reached();
      trial.Triggered();  // nobody will raise the limit
      (void)engine::RunScript(context, kRunaway);
    }).join();
  }
};

}  // namespace

Scenario PlanLimits() {
  return Scenario("restart/plan-limits")
      .Title("plans A and C with a plugin that never ends and one that fills its heap")
      .Story(
          "Engines on threads are restarted by joining them. A plugin that loops for ever is never "
          "joined, and one that fills its heap takes the host with it.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({1, 5}, 50, 2'300'000)
      .Correct<ThreadWithLimits>("thread-with-limits", ThreadWithLimits::Run,
                                 "embed::ThreadPerRestart: terminated, answered, replaced")
      .TimeLimit(60'000)
      .Fresh()
      .Correct<PoolWithLimits>("pool-with-limits", PoolWithLimits::Run,
                               "embed::IsolatePool: the same")
      .TimeLimit(60'000)
      .Fresh()
      .Broken<JoinWithoutTimeLimit>("join-without-time-limit", JoinWithoutTimeLimit::Run,
                                    "the document's join, while a script loops")
      .Gives({"PX003"})
      .TimeLimit(3'000)
      .Fresh()
      .Broken<HeapLimitAlone>("heap-limit-alone", HeapLimitAlone::Run,
                              "a heap limit, and no callback near it")
      .Gives({"PX004"})
      .Fresh();
}

}  // namespace handrail
