// A promise settled on the thread that computed its answer.
//
// Story: a worker thread has the answer and the resolver, and settles there and then. It works
// in every test; in production promises never come back, or the process dies in a garbage
// collection.
// Who: whoever comes from languages where a future is completed on any thread.
// Rule: one thread at a time in an isolate, and without a Locker only the one that V8 knows: its
// stack limit, its handle scopes and its microtask queue are that thread's.
// Seen: the ledger, for a Deferred. For a bare resolver only what follows: here the isolate's
// thread even waits, so that the two never run at once, and still the handlers do not come to
// their end: V8 takes the other thread's stack for overflown.
// Reference: neon_rfc_promise_taskbuilder (`Deferred` is Send, settling wants a Context)
#include <thread>

#include "harness/embed/channel.h"
#include "harness/embed/deferred.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Channel;
using embed::Deferred;
using embed::MakePromise;
using embed::Turn;
using Resolver = v8::Promise::Resolver;

// A strategy is a request: its promise is made, JavaScript waits for it, then it is settled.

struct SentToTheIsolate {
  embed::PromiseAndDeferred made;
  SentToTheIsolate(Trial&, EmbedHost& host) : made(MakePromise(host.environment())) {}
  v8::Local<v8::Promise> promise() const { return made.promise; }
  void Settle(Trial&, EmbedHost& host) {
    auto channel = Channel::Make(host.environment());
    std::thread([&] {
      channel->SettleWith(std::move(made.deferred), [](Turn& turn) -> v8::MaybeLocal<v8::Value> {
        return engine::Text(turn.isolate(), "answer");
      });
      channel->Close();
    }).join();
    host.loop.Run();
  }
};

struct DeferredOnTheThread : SentToTheIsolate {
  using SentToTheIsolate::SentToTheIsolate;
  void Settle(Trial& trial, EmbedHost& host) {
    v8::Local<v8::Value> answer = host.Text("answer");
    std::thread([&] {
      trial.Reached();
      made.deferred.Resolve(answer);
    }).join();
    if (made.promise->State() == v8::Promise::kPending) trial.Triggered();
  }
};

struct ResolverOnTheThread {
  v8::Local<Resolver> resolver;
  ResolverOnTheThread(Trial&, EmbedHost& host)
      : resolver(Resolver::New(host.context()).ToLocalChecked()) {}
  v8::Local<v8::Promise> promise() const { return resolver->GetPromise(); }
  void Settle(Trial& trial, EmbedHost& host) {
    v8::Local<v8::Value> answer = host.Text("answer");
    std::thread([&] {
      trial.Reached();
      trial.Triggered();  // V8 is used by a thread that it does not know
      const v8::Isolate::Scope entered(host.isolate());
      const v8::HandleScope scope(host.isolate());
      resolver->Resolve(host.context(), answer).FromMaybe(false);
      host.isolate()->PerformMicrotaskCheckpoint();
    }).join();
  }
};

// JavaScript counts its answers.
template <class Request>
void Run(Trial& trial) {
  EmbedHost host(trial, {.promises = trial.ledger()});
  auto wait_for = host.Script("let answers = 0; (p) => p.then(() => { ++answers; }, () => {});")
                      .As<v8::Function>();
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    Request request(trial, host);
    v8::Local<v8::Value> promise = request.promise();
    wait_for->Call(host.context(), promise, 1, &promise).ToLocalChecked();
    request.Settle(trial, host);
    host.environment().Settle();
    host.isolate()->PerformMicrotaskCheckpoint();
    trial.Step();
  }
  const v8::HandleScope scope(host.isolate());
  trial.oracle().Count("answers that JavaScript got",
                       host.Script("answers")->IntegerValue(host.context()).FromMaybe(-1),
                       trial.size());
}

}  // namespace

Scenario SettledOnWrongThread() {
  return Scenario("deferred/wrong-thread")
      .Title("a worker thread settles the promise that it computed for")
      .Story(
          "A thread that has the answer settles the promise itself. Tests pass; now and then a "
          "handler does not run, or the process dies.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 100}, 15, 100)
      .Correct<SentToTheIsolate>("sent-to-the-isolate", Run<SentToTheIsolate>,
                                 "Channel::SettleWith")
      .Broken<DeferredOnTheThread>("deferred-on-the-thread", Run<DeferredOnTheThread>,
                                   "Deferred::Resolve on the thread: refused")
      .Gives({"PR013"})
      .May({"PR012", "PX011"})
      .Broken<ResolverOnTheThread>("resolver-on-the-thread", Run<ResolverOnTheThread>,
                                   "a bare resolver, while the isolate's thread waits")
      .Gives({"PX011", "PX001", "PX002", "PX006"})
      .With("quarantine", {"IS004"});
}

}  // namespace handrail
