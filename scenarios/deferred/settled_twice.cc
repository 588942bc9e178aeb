// A promise that two paths settle.
//
// Story: a request has a time limit. The answer and the time limit come at nearly the same time,
// both settle the promise, and the log says that the caller was told of the time-out. He was
// not.
// Who: whoever keeps the resolver in a table and looks it up on both paths, and does not take it
// out.
// Rule: the first settlement counts. V8 ignores a second from C++: Just(true), no event, no
// hook.
// Seen: the ledger, where a Deferred is told to settle again; the value, against the one that
// the program believes to have delivered, for a bare resolver.
// Not seen yet: a second settlement of a bare resolver with the same value.
// Reference: neon_rfc_promise_taskbuilder (settling consumes the Deferred)
#include <optional>
#include <utility>

#include "harness/embed/deferred.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Deferred;
using embed::MakePromise;
using embed::Settlement;
using Resolver = v8::Promise::Resolver;

// A strategy is one request in flight: Answered and TimedOut come in this order. What the program
// believes to have told its caller is in `told`.

struct TakenOutFirst {
  std::optional<Deferred> deferred;
  v8::Local<v8::Promise> promise;
  std::string told;
  TakenOutFirst(Trial&, EmbedHost& host) {
    auto made = MakePromise(host.environment());
    deferred = std::move(made.deferred);
    promise = made.promise;
  }
  void Settle(Trial&, EmbedHost& host, const char* text) {
    std::optional<Deferred> mine = std::exchange(deferred, std::nullopt);
    if (!mine) return;  // the other path was first
    mine->Resolve(host.Text(text));
    told = text;
  }
};

struct AnswerLookedAt {
  Deferred deferred;
  v8::Local<v8::Promise> promise;
  std::string told;
  AnswerLookedAt(Trial&, EmbedHost& host) {
    auto made = MakePromise(host.environment());
    deferred = std::move(made.deferred);
    promise = made.promise;
  }
  void Settle(Trial&, EmbedHost& host, const char* text) {
    if (!deferred.armed()) return;
    if (deferred.Resolve(host.Text(text)) == Settlement::kSettled) told = text;
  }
};

struct DeferredSettledTwice : AnswerLookedAt {
  using AnswerLookedAt::AnswerLookedAt;
  void Settle(Trial& trial, EmbedHost& host, const char* text) {
    if (!told.empty()) {
      trial.Reached();
      if (promise->State() != v8::Promise::kPending) trial.Triggered();
    }
    deferred.Resolve(host.Text(text));
    told = text;
  }
};

struct ResolverSettledTwice {
  v8::Global<Resolver> resolver;
  v8::Local<v8::Promise> promise;
  std::string told;
  ResolverSettledTwice(Trial&, EmbedHost& host)
      : resolver(host.isolate(), Resolver::New(host.context()).ToLocalChecked()),
        promise(resolver.Get(host.isolate())->GetPromise()) {}
  void Settle(Trial& trial, EmbedHost& host, const char* text) {
    if (!told.empty()) {
      trial.Reached();
      if (promise->State() != v8::Promise::kPending) trial.Triggered();
    }
    resolver.Get(host.isolate())->Resolve(host.context(), host.Text(text)).Check();
    told = text;
  }
};

template <class Request>
void Run(Trial& trial) {
  EmbedHost host(trial, {.promises = trial.ledger()});
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    Request request(trial, host);
    request.Settle(trial, host, "the answer");
    request.Settle(trial, host, "timed out");
    trial.oracle().Is(host.isolate(), request.promise, PromiseState::kFulfilled, request.told);
    trial.Step();
  }
}

}  // namespace

Scenario SettledTwice() {
  return Scenario("deferred/settled-twice")
      .Title("the answer and the time limit both settle a promise")
      .Story(
          "Two paths end a request and both believe that theirs was heard. V8 takes the first "
          "and says nothing to the second.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 1000}, 12, 5)
      .Correct<TakenOutFirst>("taken-out-first", Run<TakenOutFirst>,
                              "whoever takes the Deferred out settles")
      .Correct<AnswerLookedAt>("answer-looked-at", Run<AnswerLookedAt>,
                               "armed() before, the Settlement after")
      .Broken<DeferredSettledTwice>("deferred-settled-twice", Run<DeferredSettledTwice>,
                                    "both paths settle the same Deferred")
      .Gives({"PR010"})
      .May({"PR003"})
      .Broken<ResolverSettledTwice>("resolver-settled-twice", Run<ResolverSettledTwice>,
                                    "both paths settle the same resolver")
      .Gives({"PR003"});
}

}  // namespace handrail
