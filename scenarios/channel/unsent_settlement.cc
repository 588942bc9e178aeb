// A promise whose settlement could not be sent.
//
// Story: a worker thread finishes and sends the closure that settles the promise. The channel
// has been closed meanwhile; the send fails, its result is not looked at, and an `await` hangs
// for ever.
// Who: whoever treats a send like a function call. In the RFC `send` panics, `try_send` returns
// an error that is easily thrown away together with the closure and the right to settle.
// Rule: a promise is settled by whoever holds its resolver; when that is dropped, V8 says
// nothing. Channel::SettleWith has the promise rejected where the send fails.
// Seen: the promise's state at the end, against what the program promised: settled, one way or
// the other.
// Reference: neon_rfc_promise_taskbuilder (`Channel::settle_with`)
#include <thread>

#include "harness/embed/channel.h"
#include "harness/embed/root.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Channel;
using embed::Deferred;
using embed::Turn;

v8::MaybeLocal<v8::Value> Answer(Turn& turn) { return engine::Text(turn.isolate(), "answer"); }

// A strategy makes a promise and sends its settling from another thread. The channel is closed.

struct SettleWith {
  static v8::Local<v8::Promise> Ask(Trial&, EmbedHost& host, Channel& channel) {
    auto [deferred, promise] = MakePromise(host.environment());
    std::thread([&channel, deferred = std::move(deferred)]() mutable {
      channel.SettleWith(std::move(deferred), Answer);
    }).join();
    return promise;
  }
};

struct TakenBack {
  static v8::Local<v8::Promise> Ask(Trial&, EmbedHost& host, Channel& channel) {
    auto [deferred, promise] = MakePromise(host.environment());
    Deferred mine;
    std::thread([&, deferred = std::move(deferred)]() mutable {
      auto sent = channel.TrySettleWith(std::move(deferred), Answer);
      if (!sent.ok()) mine = sent.TakeBack().deferred;
    }).join();
    mine.Reject(host.Text("the channel is closed"));
    return promise;
  }
};

struct ResultIgnored {
  static v8::Local<v8::Promise> Ask(Trial& trial, EmbedHost& host, Channel& channel) {
    auto resolver = v8::Promise::Resolver::New(host.context()).ToLocalChecked();
    auto root = embed::MakeRoot(host.environment(), resolver.As<v8::Object>());
    std::thread([&, root = std::move(root)]() mutable {
      trial.Reached();
      const auto sent = channel.Send([root = std::move(root)](Turn& turn) mutable {
        auto kept = root.IntoInner().ToLocalChecked().As<v8::Promise::Resolver>();
        kept->Resolve(turn.context(), engine::Text(turn.isolate(), "answer")).Check();
      });
      if (!sent.ok()) trial.Triggered();
    }).join();
    return resolver->GetPromise();
  }
};

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial);
  auto channel = Channel::Make(host.environment());
  channel->Close();
  int64_t settled = 0;
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    v8::Local<v8::Promise> promise = Strategy::Ask(trial, host, *channel);
    promise->MarkAsHandled();
    host.environment().Settle();
    if (promise->State() != v8::Promise::kPending) ++settled;
    trial.Step();
  }
  trial.oracle().Count("promises settled of those that were made", settled, trial.size());
}

}  // namespace

Scenario UnsentSettlement() {
  return Scenario("channel/unsent-settlement")
      .Title("the closure that settles a promise cannot be sent")
      .Story(
          "A thread is done after the channel was closed. Its closure is thrown away with the "
          "promise in it, and whoever awaits it waits for ever.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 100}, 15, 100)
      .Correct<SettleWith>("settle-with", Run<SettleWith>,
                           "SettleWith: a failed send rejects the promise")
      .Correct<TakenBack>("taken-back", Run<TakenBack>,
                          "TrySettleWith: the Deferred comes back and is rejected by hand")
      .Broken<ResultIgnored>("result-ignored", Run<ResultIgnored>,
                             "the resolver is inside the closure, the send's result is ignored")
      .Gives({"PX011"});
}

}  // namespace handrail
