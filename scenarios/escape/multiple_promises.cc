// Several promises in flight in one isolate, settled one at a time in random order.
//
// Story: a native function `resolve_later` makes a promise, keeps its resolver in a map that it gets
// as External callback data, and returns. Ten calls later promises "resolve or reject at random",
// two of ten, whatever their number, and at times the process dies.
// Who: whoever takes a Local (rusty_v8: v8::Local, escaped or not) for something that can be kept.
// Rule: a Local is the address of a slot of the HandleScope that was open when it was made. Escape
// moves it one scope up, here into the callback's own, which V8 closes when the callback returns.
// Seen: the kept handle reads back as another object (oracle, every time the slot was reused), other
// promises than the one meant are settled, or V8 crashes on what is no promise.
// The off-stack guard (instrument guard) sees the line that stores the Local.
// Reference: rusty_v8_multiple_promises
#include <coroutine>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "harness/scenario/scenario.h"
#include "scenarios/escape/promise_program.h"

namespace handrail {
namespace {

using Resolver = v8::Promise::Resolver;
using Use = std::function<void(v8::Local<Resolver>)>;

// A strategy keeps the resolvers: Put is called inside resolve_later, With hands the resolver that
// was kept under `id` to `use`. `scope` is the callback's scope, as in the document.

struct GlobalInMap {
  std::unordered_map<int64_t, v8::Global<Resolver>> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope&, int64_t id, v8::Local<Resolver> r) {
    kept[id].Reset(p.isolate, r);
  }
  void With(PromiseProgram& p, int64_t id, const Use& use) { use(kept.at(id).Get(p.isolate)); }
};

struct ResolverInJsMap {
  v8::Global<v8::Map> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope&, int64_t id, v8::Local<Resolver> r) {
    if (kept.IsEmpty()) kept.Reset(p.isolate, v8::Map::New(p.isolate));
    kept.Get(p.isolate)->Set(p.context(), p.Number(id), r).ToLocalChecked();
  }
  void With(PromiseProgram& p, int64_t id, const Use& use) {
    use(kept.Get(p.isolate)->Get(p.context(), p.Number(id)).ToLocalChecked().As<Resolver>());
  }
};

struct ResolverInJsArray {
  v8::Global<v8::Array> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope&, int64_t id, v8::Local<Resolver> r) {
    if (kept.IsEmpty()) kept.Reset(p.isolate, v8::Array::New(p.isolate));
    kept.Get(p.isolate)->Set(p.context(), static_cast<uint32_t>(id), r).Check();
  }
  void With(PromiseProgram& p, int64_t id, const Use& use) {
    v8::Local<v8::Array> array = kept.Get(p.isolate);
    use(array->Get(p.context(), static_cast<uint32_t>(id)).ToLocalChecked().As<Resolver>());
  }
};

struct LocalInMap {
  std::unordered_map<int64_t, v8::Local<Resolver>> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope&, int64_t id, v8::Local<Resolver> r) {
    p.trial.Reached();
    kept[id] = r;
  }
  void With(PromiseProgram&, int64_t id, const Use& use) { use(kept.at(id)); }
};

struct EscapedLocalInMap {
  std::unordered_map<int64_t, v8::Local<Resolver>> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope& scope, int64_t id, v8::Local<Resolver> r) {
    p.trial.Reached();
    kept[id] = scope.Escape(r);
  }
  void With(PromiseProgram&, int64_t id, const Use& use) { use(kept.at(id)); }
};

struct EscapedThroughTwoScopes {
  std::unordered_map<int64_t, v8::Local<Resolver>> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope& scope, int64_t id, v8::Local<Resolver> r) {
    v8::EscapableHandleScope inner(p.isolate);
    p.trial.Reached();
    kept[id] = scope.Escape(inner.Escape(r));
  }
  void With(PromiseProgram&, int64_t id, const Use& use) { use(kept.at(id)); }
};

struct LocalInLambda {
  std::vector<std::function<void(const Use&)>> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope&, int64_t, v8::Local<Resolver> r) {
    p.trial.Reached();
    kept.emplace_back([r](const Use& use) { use(r); });
  }
  void With(PromiseProgram&, int64_t id, const Use& use) { kept.at(id)(use); }
};

struct LocalInHeapObject {
  struct Request {
    int64_t id;
    v8::Local<Resolver> resolver;
  };
  std::vector<std::unique_ptr<Request>> kept;
  void Put(PromiseProgram& p, v8::EscapableHandleScope&, int64_t id, v8::Local<Resolver> r) {
    p.trial.Reached();
    kept.push_back(std::make_unique<Request>(Request{id, r}));
  }
  void With(PromiseProgram&, int64_t id, const Use& use) { use(kept.at(id)->resolver); }
};

// A coroutine that runs until it waits, and again when the promise is to be settled.
struct Suspended {
  struct promise_type {
    const Use* use = nullptr;
    Suspended get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int) noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

struct LocalAcrossCoAwait {
  struct Settling {  // suspends until With resumes, then yields what to do with the resolver
    std::coroutine_handle<Suspended::promise_type> self;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<Suspended::promise_type> h) noexcept { self = h; }
    const Use& await_resume() const noexcept { return *self.promise().use; }
  };
  std::vector<std::coroutine_handle<Suspended::promise_type>> kept;
  static Suspended WaitThenSettle(v8::Local<Resolver> r) {
    for (;;) {
      const Use& use = co_await Settling{};
      use(r);
    }
  }
  void Put(PromiseProgram& p, v8::EscapableHandleScope&, int64_t, v8::Local<Resolver> r) {
    p.trial.Reached();
    kept.push_back(WaitThenSettle(r).handle);
  }
  void With(PromiseProgram&, int64_t id, const Use& use) {
    kept.at(id).promise().use = &use;
    kept.at(id).resume();
  }
  ~LocalAcrossCoAwait() {
    for (auto handle : kept) handle.destroy();
  }
};

// As the document's map, and then the program goes on with its life before it settles: the slots
// that the dead Locals point at hold numbers and strings when Resolve is called on them.
struct ResolvedAfterOtherWork : EscapedLocalInMap {
  void With(PromiseProgram& p, int64_t id, const Use& use) {
    const v8::HandleScope scope(p.isolate);
    for (int i = 0; i < 64; ++i) p.Number(i);
    use(kept.at(id));
  }
};

template <class Store>
struct Experiment final : PromiseProgram {
  using PromiseProgram::PromiseProgram;
  Store store;

  void Keep(v8::EscapableHandleScope& scope, int64_t id, v8::Local<Resolver> r) override {
    store.Put(*this, scope, id, r);
  }
  void With(int64_t id, const Use& use) override { store.With(*this, id, use); }
};

template <class Store>
void Run(Trial& trial) {
  OwnedIsolate isolate(trial);
  Experiment<Store> program(trial, isolate.get());
  program.CallDoit(trial.size());
  program.CountStates();
  program.SettleAllInRandomOrder();
}

// Goes straight to the first Resolve: counting the states would already read the dead slots.
void RunToTheCrash(Trial& trial) {
  OwnedIsolate isolate(trial);
  Experiment<ResolvedAfterOtherWork> program(trial, isolate.get());
  program.CallDoit(trial.size());
  program.SettleAllInRandomOrder();
}

}  // namespace

Scenario MultiplePromises() {
  const std::vector<std::string> seen = {"HD010"};
  const std::vector<std::string> consequences = {"PR001", "PR002", "PR003", "PR004",
                                                 "PX001", "PX006", "PX002"};
  return Scenario("escape/multiple-promises")
      .Title("many promises in flight, settled one at a time in random order")
      .Story("A native function keeps the resolver of every promise it hands out. Promises settle "
             "that nobody settled, always about two whatever their number, and settling crashes.")
      .Reference("rusty_v8_multiple_promises")
      .Sizes({10, 1000, 100000}, 6, 6)
      .Correct<GlobalInMap>("global-in-map", Run<GlobalInMap>, "a Global for each resolver, by id")
      .Correct<ResolverInJsMap>("resolver-in-js-map", Run<ResolverInJsMap>,
                                "JavaScript's Map keeps the resolvers, the native side only ids")
      .Correct<ResolverInJsArray>("resolver-in-js-array", Run<ResolverInJsArray>,
                                  "a JavaScript array keeps the resolvers, ids are its indices")
      .Broken<LocalInMap>("local-in-map", Run<LocalInMap>, "the Local itself in the map")
      .Gives(seen).May(consequences)
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"})
      .Broken<EscapedLocalInMap>("escaped-local-in-map", Run<EscapedLocalInMap>,
                                 "the document's: the escaped Local in the map")
      .Gives(seen).May(consequences)
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"})
      .Broken<EscapedThroughTwoScopes>("local-escaped-through-two-scopes",
                                       Run<EscapedThroughTwoScopes>,
                                       "escaped twice over, and still inside the callback's scope")
      .Gives(seen).May(consequences)
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"})
      .Broken<LocalInLambda>("local-in-lambda", Run<LocalInLambda>,
                             "the Local captured by a lambda that runs later")
      .Gives(seen).May(consequences)
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"})
      .Broken<LocalInHeapObject>("local-in-heap-object", Run<LocalInHeapObject>,
                                 "the Local as a member of a request object on the heap")
      .Gives(seen).May(consequences)
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"})
      .Broken<LocalAcrossCoAwait>("local-across-co-await", Run<LocalAcrossCoAwait>,
                                  "the Local as a variable of a coroutine that is suspended")
      .Gives(seen).May(consequences)
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"})
      .Broken<ResolvedAfterOtherWork>("resolved-after-other-work", RunToTheCrash,
                                      "the crash: by then the slots hold numbers, not promises")
      .Gives({"PX002"}, kCheckedV8).May({"HD010", "PR001", "PR002", "PR003"})
      .Gives(kCrash).May({"HD010", "PR001", "PR002", "PR003"})
      .With("guard", {"HD002"})
      .With("quarantine", {"HD001"});
}

}  // namespace handrail
