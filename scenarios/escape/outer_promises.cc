// The promises that doit() returns, kept as Locals in a vector.
//
// Story: the document pushes each promise of its ten calls as a Local into `top_level_promises` and
// reads them later. That works there, because one HandleScope encloses the calls and the reading.
// Move the call into a function that opens a scope of its own, as every callback does, and the
// vector holds ten times the same dead slot.
// Who: whoever stores Locals in a container and later tidies up the scopes.
// Rule: a Local may be kept exactly as long as the HandleScope that was open when it was made stays
// open. On the stack, or in V8's LocalVector: any other container outlives the scope one day, and
// the off-stack guard (instrument guard) tells of it at once.
// Seen: the kept handle reads back as another promise (oracle). The states that the program counts
// come out right all the same, because that promise is in the same state: only the identity tells.
// Reference: rusty_v8_multiple_promises
#include <unordered_map>
#include <vector>

#include "harness/engine/versions.h"
#include "harness/scenario/scenario.h"
#include "scenarios/escape/promise_program.h"

namespace handrail {
namespace {

using Resolver = v8::Promise::Resolver;
using Promise = v8::Local<v8::Promise>;

struct NoScope {
  explicit NoScope(v8::Isolate*) {}
};

// A vector that is made like V8's own.
template <class T>
struct Vector : std::vector<T> {
  explicit Vector(v8::Isolate*) {}
};

// A strategy says what the vector is and which scope each call has. The program's own scope
// encloses everything.

struct LocalsInVectorEnclosingScope {
  using ScopeOfCall = NoScope;
  using Kept = v8::Local<v8::Promise>;
  using KeptAll = engine::LocalVector<v8::Promise>;
  static Kept Keep(Trial&, v8::Isolate*, Promise promise) { return promise; }
  static Promise Read(v8::Isolate*, const Kept& kept) { return kept; }
};

struct GlobalsInVector {
  using ScopeOfCall = v8::HandleScope;
  using Kept = v8::Global<v8::Promise>;
  using KeptAll = Vector<Kept>;
  static Kept Keep(Trial&, v8::Isolate* isolate, Promise promise) { return {isolate, promise}; }
  static Promise Read(v8::Isolate* isolate, const Kept& kept) { return kept.Get(isolate); }
};

struct LocalsInVectorScopePerCall {
  using ScopeOfCall = v8::HandleScope;
  using Kept = v8::Local<v8::Promise>;
  using KeptAll = Vector<Kept>;
  static Kept Keep(Trial& trial, v8::Isolate*, Promise promise) {
    trial.Reached();
    return promise;
  }
  static Promise Read(v8::Isolate*, const Kept& kept) { return kept; }
};

template <class Strategy>
struct Experiment final : PromiseProgram {
  using PromiseProgram::PromiseProgram;
  typename Strategy::KeptAll top_level{isolate};
  std::unordered_map<int64_t, v8::Global<Resolver>> resolvers;

  void Keep(v8::EscapableHandleScope&, int64_t id, v8::Local<Resolver> resolver) override {
    resolvers[id].Reset(isolate, resolver);
  }
  void With(int64_t id, const Use& use) override { use(resolvers.at(id).Get(isolate)); }

  void CallAndKeep(int64_t times) {
    for (int64_t i = 0; i < times; ++i) {
      [[maybe_unused]] const typename Strategy::ScopeOfCall scope(isolate);
      top_level.push_back(Strategy::Keep(trial, isolate, CallDoitOnce()));
    }
  }

  // The document's loop, over the promises of doit().
  void CountTopLevel() {
    StateCount count;
    for (int64_t id = 0; id < outer_.size(); ++id) {
      const v8::HandleScope scope(isolate);
      Promise promise = Strategy::Read(isolate, top_level[id]);
      if (!outer_.Holds(id, promise)) trial.Triggered();
      outer_.ReadsBack(id, promise);
      count.Add(promise->State());
    }
    trial.oracle().States(count, outer_.Expected());
  }
};

template <class Strategy>
void Run(Trial& trial) {
  OwnedIsolate isolate(trial);
  Experiment<Strategy> program(trial, isolate.get());
  program.CallAndKeep(trial.size());
  program.CountTopLevel();
  program.SettleAllInRandomOrder();
  program.CountTopLevel();
}

}  // namespace

Scenario OuterPromises() {
  return Scenario("escape/outer-promises")
      .Title("the promises of many calls in a vector, with and without an enclosing scope")
      .Story(
          "The promise of every call is kept as a Local in a vector. It works while one scope "
          "encloses all, and stops working when each call gets a scope of its own.")
      .Reference("rusty_v8_multiple_promises")
      .Sizes({10, 1000, 100000}, 6, 6)
      .Correct<LocalsInVectorEnclosingScope>("locals-in-vector-enclosing-scope",
                                             Run<LocalsInVectorEnclosingScope>,
                                             "V8's LocalVector, one scope round calls and reading")
      .Correct<GlobalsInVector>("globals-in-vector", Run<GlobalsInVector>,
                                "a scope for each call, Globals in the vector")
      .Broken<LocalsInVectorScopePerCall>("locals-in-vector-scope-per-call",
                                          Run<LocalsInVectorScopePerCall>,
                                          "a scope for each call, Locals in the vector")
      .Gives({"HD010"}, kCheckedV8).May({"PX002"})
      .Gives({"HD010"})
      .May({"PR004", "PX001", "PX006"})
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"});
}

}  // namespace handrail
