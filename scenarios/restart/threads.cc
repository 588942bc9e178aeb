// Engines made, used and disposed on several threads, each by one thread at a time.
//
// Story: told that "an isolate must be destroyed on the thread that created it", a host gives every
// restart a thread of its own. It works, and so does what it was warned of; what fails is a thread
// that ends inside, because someone else then disposes its isolate.
// Who: thread pools, finalizers, async runtimes that drop an engine wherever the task ended.
// Rule: Dispose may come from any thread, as long as none is inside. A thread is inside from Enter
// to Exit, also when it has ended in between.
// Seen: V8's own check in Dispose; wrong answers and a wrong current isolate (oracle).
// Not seen yet: the thread that ends without Exit, at that moment.
// Reference: v8_isolate_restart_analysis
#include <thread>

#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

// A strategy is called once for each restart: it lets one engine serve and end.

struct ThreadPerRestart {
  void Restart(Trial& trial) {
    std::thread([&] {
      PluginEngine engine(trial);
      engine.plugin.Serve(trial);
      trial.oracle().Current(engine.isolate.get());
    }).join();
    trial.oracle().Current(nullptr);
  }
};

struct DisposedOnAnotherThread {
  std::thread disposing;
  void Restart(Trial& trial) {
    v8::Isolate* isolate = trial.engine().NewIsolate({});  // while the one before is disposed
    {
      const v8::Isolate::Scope in(isolate);
      Plugin(isolate).Serve(trial);
      trial.oracle().Current(isolate);
    }
    Join();
    disposing = std::thread([&trial, isolate] { trial.engine().Dispose(isolate); });
  }
  void Join() {
    if (disposing.joinable()) disposing.join();
  }
  ~DisposedOnAnotherThread() { Join(); }
};

struct EnteredThreadEnded {
  void Restart(Trial& trial) {
    v8::Isolate* isolate = nullptr;
    std::thread([&] {
      isolate = trial.engine().NewIsolate({});
      isolate->Enter();
      Plugin(isolate).Serve(trial);
    }).join();
    trial.Reached();
    if (isolate->IsInUse()) trial.Triggered();
    trial.engine().Dispose(isolate);
  }
};

template <class Strategy>
void Run(Trial& trial) {
  Strategy strategy;
  for (int64_t i = 0; i < trial.size(); ++i) strategy.Restart(trial);
}

}  // namespace

Scenario RestartThreads() {
  return Scenario("restart/threads")
      .Title("an engine is restarted, and threads come and go")
      .Story("A host moves engines between threads, or gives each restart its own. V8 ends the "
             "process with \"Disposing the isolate that is entered by a thread\", and none is.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({20, 200}, 25, 1500)
      .Correct<ThreadPerRestart>("thread-per-restart", Run<ThreadPerRestart>,
                                 "a new thread for each engine, joined before the next")
      .Fresh()
      .Correct<DisposedOnAnotherThread>("disposed-on-another-thread", Run<DisposedOnAnotherThread>,
                                        "entered nowhere, disposed elsewhere, a new one at once")
      .Fresh()
      .Broken<EnteredThreadEnded>("entered-thread-ended", Run<EnteredThreadEnded>,
                                  "the thread that entered it ended without leaving it")
      .Gives({"IS001"}).Fresh();
}

}  // namespace handrail
