// Two handles escaped from one EscapableHandleScope.
//
// Story: resolve_later opens an EscapableHandleScope and lets the resolver escape. Later it makes
// an object for the request as well, and lets that escape from the same scope.
// Who: whoever reads Escape as "keep this handle", when it is "the one result of this scope".
// Rule: an EscapableHandleScope reserves one slot in its parent, so Escape may be called once.
// Seen: on V8 10.2 a fatal error at the second call. On 14.6 release builds have no such check any
// more: the second object goes into the slot of the first, and the handle that escaped first is now
// the second object. The oracle sees that when the resolver is read back.
// Reference: rusty_v8_multiple_promises
#include <unordered_map>

#include "harness/scenario/scenario.h"
#include "scenarios/escape/promise_program.h"

namespace handrail {
namespace {

using Resolver = v8::Promise::Resolver;

// A strategy is what resolve_later does with its scope; it yields the resolver to keep.

struct EscapedOnce {
  static v8::Local<Resolver> Leave(PromiseProgram&, v8::EscapableHandleScope& scope,
                                   v8::Local<Resolver> resolver) {
    return scope.Escape(resolver);
  }
};

struct EscapedTwice {
  static v8::Local<Resolver> Leave(PromiseProgram& p, v8::EscapableHandleScope& scope,
                                   v8::Local<Resolver> resolver) {
    v8::Local<Resolver> kept = scope.Escape(resolver);
    p.trial.Reached();
    p.trial.Triggered();  // the scope's one slot is taken: V8 ends here, or overwrites it
    scope.Escape(v8::Object::New(p.isolate));
    return kept;
  }
};

template <class Strategy>
struct Experiment final : PromiseProgram {
  using PromiseProgram::PromiseProgram;
  std::unordered_map<int64_t, v8::Global<Resolver>> resolvers;

  void Keep(v8::EscapableHandleScope& scope, int64_t id, v8::Local<Resolver> resolver) override {
    resolvers[id].Reset(isolate, Strategy::Leave(*this, scope, resolver));
  }
  void With(int64_t id, const Use& use) override { use(resolvers.at(id).Get(isolate)); }
};

template <class Strategy>
void Run(Trial& trial) {
  OwnedIsolate isolate(trial);
  Experiment<Strategy> program(trial, isolate.get());
  program.CallDoit(trial.size());
  program.SettleAllInRandomOrder();
}

}  // namespace

Scenario DoubleEscape() {
  return Scenario("escape/double-escape")
      .Title("two handles escaped from one EscapableHandleScope")
      .Story(
          "A native function lets two objects escape from one scope. Older V8s end the process "
          "at the second; newer ones put it in the place of the first and say nothing.")
      .Reference("rusty_v8_multiple_promises")
      .Sizes({10}, 6, 6)
      .Correct<EscapedOnce>("escaped-once", Run<EscapedOnce>, "the resolver alone escapes")
      .Broken<EscapedTwice>("escaped-twice", Run<EscapedTwice>,
                            "the resolver escapes, then an object for the request")
      .Gives({"HD011"}, {.v8_before = 1003})
      .Gives({"HD010", "HD011"})
      .May({"PR001", "PR002", "PR003", "PX001", "PX002", "PX006"})
      .With("quarantine", {"HD011"});
}

}  // namespace handrail
