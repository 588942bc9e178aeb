// A promise whose resolver is dropped before it was used.
//
// Story: a request is refused early: bad input, a full queue, an exception. The function
// returns, what it had is destroyed, the resolver among it, and the caller's `await` never comes
// back.
// Who: everyone, on the path that is taken once a month. Rust's `?` and C++'s early return look
// innocent.
// Rule: nothing settles a promise but its resolver, and V8 does not tell when that is gone. An
// embedder has to decide what then: reject the promise (our Deferred), or end the process (the
// RFC's first rule: loud, and nothing for a server).
// Seen: the ledger, for a Deferred; the states of the promises, for a bare resolver; the abort.
// Reference: neon_rfc_promise_taskbuilder (`Deferred`, Drop)
#include "harness/embed/deferred.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Deferred;
using embed::MakePromise;
using Resolver = v8::Promise::Resolver;
using WhenDropped = embed::EnvironmentOptions::WhenDropped;

// A strategy answers a request; every third one is `refused`.

struct SettledOnEveryPath {
  static constexpr auto kWhenDropped = WhenDropped::kReject;
  static v8::Local<v8::Promise> Answer(Trial&, EmbedHost& host, bool refused) {
    auto [deferred, promise] = MakePromise(host.environment());
    if (refused) {
      deferred.Reject(host.Text("refused"));
      return promise;
    }
    deferred.Resolve(host.Text("answer"));
    return promise;
  }
};

struct DroppedWithReason {
  static constexpr auto kWhenDropped = WhenDropped::kReject;
  static v8::Local<v8::Promise> Answer(Trial&, EmbedHost& host, bool refused) {
    auto [deferred, promise] = MakePromise(host.environment());
    if (refused) {
      deferred.Drop("the request was refused");
      return promise;
    }
    deferred.Resolve(host.Text("answer"));
    return promise;
  }
};

struct DeferredDropped {
  static constexpr auto kWhenDropped = WhenDropped::kReject;
  static v8::Local<v8::Promise> Answer(Trial& trial, EmbedHost& host, bool refused) {
    auto [deferred, promise] = MakePromise(host.environment());
    if (refused) {
      trial.Reached();
      if (deferred.armed()) trial.Triggered();
      return promise;
    }
    deferred.Resolve(host.Text("answer"));
    return promise;
  }
};

struct AbortsWhenDropped : DeferredDropped {
  static constexpr auto kWhenDropped = WhenDropped::kAbort;
};

struct ResolverDropped {
  static constexpr auto kWhenDropped = WhenDropped::kReject;
  static v8::Local<v8::Promise> Answer(Trial& trial, EmbedHost& host, bool refused) {
    v8::Global<Resolver> kept(host.isolate(), Resolver::New(host.context()).ToLocalChecked());
    v8::Local<v8::Promise> promise = kept.Get(host.isolate())->GetPromise();
    if (refused) {
      trial.Reached();
      if (promise->State() == v8::Promise::kPending) trial.Triggered();
      return promise;
    }
    kept.Get(host.isolate())->Resolve(host.context(), host.Text("answer")).Check();
    return promise;
  }
};

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial, {.when_dropped = Strategy::kWhenDropped, .promises = trial.ledger()});
  int64_t settled = 0;
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    v8::Local<v8::Promise> promise = Strategy::Answer(trial, host, i % 3 == 2);
    promise->MarkAsHandled();
    host.environment().Settle();
    if (promise->State() != v8::Promise::kPending) ++settled;
    trial.Step();
  }
  trial.oracle().Count("promises settled of those that were made", settled, trial.size());
}

}  // namespace

Scenario DroppedUnsettled() {
  return Scenario("deferred/dropped-unsettled")
      .Title("a request is refused, and its promise is forgotten")
      .Story(
          "An early return destroys the resolver with everything else. The caller awaits for "
          "ever.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 1000}, 12, 5)
      .Correct<SettledOnEveryPath>("settled-on-every-path", Run<SettledOnEveryPath>,
                                   "rejected before the early return")
      .Correct<DroppedWithReason>("dropped-with-reason", Run<DroppedWithReason>,
                                  "Deferred::Drop says why")
      .Broken<DeferredDropped>("deferred-dropped", Run<DeferredDropped>,
                               "the Deferred is destroyed: rejected, and found")
      .Gives({"PR012"})
      .Broken<AbortsWhenDropped>("aborts-when-dropped", Run<AbortsWhenDropped>,
                                 "the same under the RFC's rule: the process ends")
      .Gives({"PX001", "PX006"})
      .Broken<ResolverDropped>("resolver-dropped", Run<ResolverDropped>,
                               "a Global of the resolver: pending for ever")
      .Gives({"PX011"});
}

}  // namespace handrail
