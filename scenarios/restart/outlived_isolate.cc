// Something of the old engine is used once more, when its isolate is gone.
//
// Story: a restart "fails" although the old engine was dropped first: the *new* one dies, with
// "Cannot create a handle without a HandleScope" although its scope is open. What did it is the old
// engine's scope, which closed late: the new isolate has the place in memory that the old one had,
// and lost its handles. This is the document's symptom, reached in a way it does not consider.
// Who: whoever keeps a HandleScope, a Global or an Isolate* in an object that outlives the engine.
// Rule: nothing of an isolate may be touched after Dispose. Its memory belongs to the next isolate,
// or to anybody: a stale pointer then means the wrong one.
// Seen: V8's check in the engine that was hit, crashes, memory that changed (oracle).
// Not seen yet: a scope that closes late while nobody has moved in, and the Dispose that was early.
// Reference: v8_isolate_restart_analysis
#include <algorithm>
#include <array>
#include <cstdint>
#include <forward_list>
#include <optional>

#include "harness/engine/script.h"
#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

// Memory of the host's own that moves in where an isolate was. All zeros, and nobody writes to it.
class HostMemory {
 public:
  void MoveIn(const void* place) {
    const auto start = reinterpret_cast<uintptr_t>(place);
    for (size_t i = 0, covered = 0; i < kMost && covered < kPlace * 9 / 10; ++i) {
      Block& block = blocks_.emplace_front(Block{});
      covered += reinterpret_cast<uintptr_t>(&block) - start < kPlace ? sizeof block : 0;
    }
  }
  int64_t Changed() const {
    return std::count_if(blocks_.begin(), blocks_.end(),
                         [](const Block& block) { return block != Block{}; });
  }

 private:
  using Block = std::array<char, 1000>;
  static constexpr size_t kPlace = 32 << 10;  // less than any V8's isolate takes
  static constexpr size_t kMost = 16 << 10;   // 16 MB
  std::forward_list<Block> blocks_;
};

// A strategy keeps a scope, a Global and the pointer of the old engine, and lets go of them in the
// course of the restart.

struct AllBeforeDispose {
  std::optional<v8::HandleScope> scope;
  v8::Global<v8::String> global;
  void Keep(v8::Isolate* old) {
    scope.emplace(old);
    global.Reset(old, engine::Text(old, "kept"));
  }
  void BeforeDispose() {
    global.Reset();
    scope.reset();
  }
  void AfterDispose(Trial&, v8::Isolate*) {}
  void AfterRestart(Trial&, v8::Isolate*, v8::Isolate*) {}
};

struct ScopeClosesInNextEngine : AllBeforeDispose {
  void BeforeDispose() { global.Reset(); }
  void AfterRestart(Trial& trial, v8::Isolate*, v8::Isolate*) {
    trial.Reached();
    trial.Triggered();  // its isolate is gone
    scope.reset();
  }
};

struct ScopeOutlivesIsolate : AllBeforeDispose {
  HostMemory memory;
  void BeforeDispose() { global.Reset(); }
  void AfterDispose(Trial& trial, v8::Isolate* old) {
    memory.MoveIn(old);
    trial.Reached();
    trial.Triggered();  // its isolate is gone
    scope.reset();
    trial.oracle().Count("blocks of the host's memory that changed", memory.Changed(), 0);
  }
};

struct GlobalOutlivesIsolate : AllBeforeDispose {
  void BeforeDispose() { scope.reset(); }
  void AfterDispose(Trial& trial, v8::Isolate*) {
    trial.Reached();
    trial.Triggered();  // its isolate is gone
    global.Reset();
  }
};

struct CachedIsolate : AllBeforeDispose {
  void AfterDispose(Trial& trial, v8::Isolate*) {
    trial.engine().NewIsolate({});  // another engine, which mostly gets the place of the old one
  }
  void AfterRestart(Trial& trial, v8::Isolate* old, v8::Isolate* next) {
    trial.Reached();
    if (old != next) trial.Triggered();
    engine::Text(old, "made where?");
  }
};

template <class Strategy>
void Run(Trial& trial) {
  v8::Isolate* const old = trial.engine().NewIsolate({});
  Strategy strategy;
  {
    const v8::Isolate::Scope in(old);
    Plugin(old).Serve(trial);
    strategy.Keep(old);
  }
  strategy.BeforeDispose();
  trial.engine().Dispose(old);
  strategy.AfterDispose(trial, old);

  const OwnedIsolate next(trial);
  const v8::HandleScope scope(next.get());
  strategy.AfterRestart(trial, old, next.get());
  v8::Local<v8::String> text = engine::Text(next.get(), "of the new engine");
  Plugin(next.get()).Serve(trial);
  trial.oracle().Text("text in its scope", engine::ToText(next.get(), text), "of the new engine");
  trial.oracle().Current(next.get());
}

}  // namespace

Scenario OutlivedIsolate() {
  return Scenario("restart/outlived-isolate")
      .Title("something of the old engine is used when its isolate is gone")
      .Story("An engine is restarted and the new one dies for want of a HandleScope that it has: "
             "a scope, a Global or a pointer of the old engine came into play after its end.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({1}, 12, 0)
      .Correct<AllBeforeDispose>("all-before-dispose", Run<AllBeforeDispose>,
                                 "Globals reset and scopes closed before Dispose")
      .Broken<ScopeClosesInNextEngine>("scope-closes-in-next-engine", Run<ScopeClosesInNextEngine>,
                                       "the old engine's HandleScope closes inside the new engine")
      .Racing({.exits = {ExitKind::kV8Fatal, ExitKind::kSanitizer, ExitKind::kSignal,
                         ExitKind::kClean},
               .least_rate = 0.5,  // whether the new isolate gets the place of the old is luck
               .seeds = 5})
      .Gives({"PX006"}, {.instrument = "asan"})
      .Gives({"HD012"}).May({"PX001", "PX002", "PX011"})
      .With("quarantine", {"HD007"}, {.v8_before = 1300})
      .Broken<ScopeOutlivesIsolate>("scope-outlives-isolate", Run<ScopeOutlivesIsolate>,
                                    "a HandleScope closes after its isolate was disposed")
      .Gives({"PX011", "PX001", "PX006"})
      .With("quarantine", {"HD007"}, {.v8_before = 1300})
      .Broken<GlobalOutlivesIsolate>("global-outlives-isolate", Run<GlobalOutlivesIsolate>,
                                     "a Global is reset after its isolate was disposed")
      .Gives({"PX001", "PX006", "PX002"})
      .With("quarantine", {"HD023", "HD024"})
      .Broken<CachedIsolate>("cached-isolate", Run<CachedIsolate>,
                             "a cached Isolate* is used after the restart")
      .Gives({"HD012", "PX001", "PX006"});
}

}  // namespace handrail
