// Two engines on one thread, the first taken down in a wrong order.
//
// Story: a host restarts one of its engines and V8 ends the process, with "Disposing the isolate
// that is entered by a thread", or with "Cannot create a handle without a HandleScope" although a
// scope is plainly open; or nothing is said and from then on no isolate is current.
// Who: whoever calls Enter and Exit by hand, or has two isolates on a thread.
// Rule: entering is a stack per thread and is left in reverse order; Dispose wants nobody inside; a
// handle needs an open scope of its own isolate, one of another does not count.
// Seen: V8 checks all but one of these itself. Exits out of order are silent: the oracle compares
// the current isolate with the one that was entered.
// Not seen yet: the Exit that came out of order, only its effect.
// Reference: v8_isolate_restart_analysis
#include "harness/engine/script.h"
#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

struct Host {
  Trial& trial;
  v8::Isolate* const first;   // is taken down
  v8::Isolate* const second;  // goes on
};

// A strategy takes the first engine down. No isolate is entered before, and none may be afterwards.

struct NestedInOrder {
  void TakeDown(Host& host) {
    {
      const v8::Isolate::Scope in_first(host.first);
      {
        const v8::Isolate::Scope in_second(host.second);
        Plugin(host.second).Serve(host.trial);
        host.trial.oracle().Current(host.second);
      }
      Plugin(host.first).Serve(host.trial);
      host.trial.oracle().Current(host.first);
    }
    host.trial.oracle().Current(nullptr);
    host.trial.engine().Dispose(host.first);
  }
};

struct ExitsOutOfOrder {
  void TakeDown(Host& host) {
    host.first->Enter();
    host.second->Enter();
    host.trial.Reached();
    host.first->Exit();
    if (v8::Isolate::TryGetCurrent() != host.second) host.trial.Triggered();
    host.trial.oracle().Current(host.second);
    host.second->Exit();
    host.trial.engine().Dispose(host.first);
  }
};

struct DisposeWhileEntered {
  void TakeDown(Host& host) {
    host.first->Enter();
    host.trial.Reached();
    if (host.first->IsInUse()) host.trial.Triggered();
    host.trial.engine().Dispose(host.first);
  }
};

struct HandleInForeignScope {
  void TakeDown(Host& host) {
    const v8::Isolate::Scope in(host.second);
    const v8::HandleScope scope(host.second);
    host.trial.Reached();
    if (v8::Isolate::TryGetCurrent() != host.first) host.trial.Triggered();
    engine::Text(host.first, "the last words of the first engine");
  }
};

struct NoScope {
  void TakeDown(Host& host) {
    const v8::Isolate::Scope in(host.first);
    host.trial.Reached();
    if (v8::HandleScope::NumberOfHandles(host.first) == 0) host.trial.Triggered();
    engine::Text(host.first, "the last words of the first engine");
  }
};

template <class Strategy>
void Run(Trial& trial) {
  Host host{trial, trial.engine().NewIsolate({}), trial.engine().NewIsolate({})};
  Strategy().TakeDown(host);
  {
    PluginEngine next(trial);
    next.plugin.Serve(trial);
    trial.oracle().Current(next.isolate.get());
  }
  trial.engine().Dispose(host.second);
}

}  // namespace

Scenario TeardownOrder() {
  return Scenario("restart/teardown-order")
      .Title("two engines on one thread, the first taken down in a wrong order")
      .Story("A host restarts one of two engines. V8 says that it is still entered, or that there "
             "is no HandleScope, or nothing, and then no isolate is current.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({1}, 12, 0)
      .Correct<NestedInOrder>("nested-in-order", Run<NestedInOrder>,
                              "entries nested and left in reverse order, then Dispose")
      .Broken<ExitsOutOfOrder>("exits-out-of-order", Run<ExitsOutOfOrder>,
                               "first entered, second entered, first left")
      .Gives({"IS002"}).May({"PX001", "PX006", "PX002"})
      .Broken<DisposeWhileEntered>("dispose-while-entered", Run<DisposeWhileEntered>,
                                   "Dispose on a thread that is still inside")
      .Gives({"IS001"})
      .Broken<HandleInForeignScope>("handle-in-foreign-scope", Run<HandleInForeignScope>,
                                    "a handle made in one isolate, a scope open in another")
      .Gives({"PX002"}, kCheckedV8)
      .Gives({"HD012"})
      .Broken<NoScope>("no-scope", Run<NoScope>, "a handle made with no scope open at all")
      .Gives({"HD012"});
}

}  // namespace handrail
