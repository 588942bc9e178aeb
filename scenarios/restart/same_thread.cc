// An engine taken down and a new one made, again and again, on one thread.
//
// Story: a plugin host restarts its engine every few thousand transactions. The second engine on
// the thread dies with "Cannot create a handle without a HandleScope", and neither a pause, nor an
// explicit drop, nor another thread for the drop helps. The blame goes to V8: "destruction is
// asynchronous", "an isolate must be destroyed on the thread that created it".
// Who: whoever wraps isolate, context and scopes in one object and restarts by assigning to it.
// Rule: Dispose is synchronous and asks only that no thread is inside. An isolate is left before
// another takes its place; the HandleScope comes before the first handle, and that is already the
// one of Context::New.
// Seen: V8's fatal error where no scope is open; the wrong isolate is current (oracle) where
// entries cross. The document's failed tries are claims/next-isolate, and V8 takes all of them;
// what does give its symptom is document-order, and outlived_isolate.cc, teardown_order.cc.
// Not seen yet: what the dangling entries of crossed isolates still refer to.
// Reference: v8_isolate_restart_analysis
#include <memory>

#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

using EnginePtr = std::unique_ptr<PluginEngine>;

// A strategy is called once for each restart: it drops the engine it has and lets a new one serve.

struct StrictOrder {
  void Restart(Trial& trial) {
    const OwnedIsolate isolate(trial);
    const v8::HandleScope scope(isolate.get());
    v8::Local<v8::Context> context = v8::Context::New(isolate.get());
    Plugin(isolate.get(), context).Serve(trial);
    trial.oracle().Current(isolate.get());
  }  // plugin, scope, isolate
};

struct ReplacedBeforeDropped {
  EnginePtr engine;
  void Restart(Trial& trial) {
    trial.Reached();
    engine = std::make_unique<PluginEngine>(trial);
    if (v8::Isolate::TryGetCurrent() != engine->isolate.get()) trial.Triggered();
    trial.oracle().Current(engine->isolate.get());
    engine->plugin.Serve(trial);
  }
};

struct DocumentOrder {
  void Restart(Trial& trial) {
    const OwnedIsolate isolate(trial);
    trial.Reached();
    if (v8::HandleScope::NumberOfHandles(isolate.get()) == 0) trial.Triggered();
    v8::Local<v8::Context> context = v8::Context::New(isolate.get());
    const v8::HandleScope scope(isolate.get());
    Plugin(isolate.get(), context).Serve(trial);
  }
};

template <class Strategy>
void Run(Trial& trial) {
  Strategy strategy;
  for (int64_t i = 1; i <= trial.size(); ++i) strategy.Restart(trial);
}

}  // namespace

Scenario SameThreadRestart() {
  return Scenario("restart/same-thread")
      .Title("an engine is dropped and a new one made on the same thread, again and again")
      .Story("A plugin host restarts its engine on one thread. The second engine dies with "
             "\"Cannot create a handle without a HandleScope\", and waiting does not help.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({20, 200}, 10, 2000)
      .Correct<StrictOrder>("strict-order", Run<StrictOrder>,
                            "scope, context and isolate closed in the reverse order of opening")
      .Broken<ReplacedBeforeDropped>("replaced-before-dropped", Run<ReplacedBeforeDropped>,
                                     "engine = new Engine: the new one comes before the old goes")
      .Gives({"IS002"}).May({"PX001", "PX006"})
      .With("quarantine", {"IS004"})
      .Broken<DocumentOrder>("document-order", Run<DocumentOrder>,
                             "as the document draws it: isolate, context, then the scope")
      .Gives({"HD012"});
}

}  // namespace handrail
