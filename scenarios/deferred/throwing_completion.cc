// A completion that throws before it has settled its promise.
//
// Story: the answer has come; before it is handed on, a JavaScript function turns it into an
// object. Once in a while that throws. The exception is lost on its way out of native code, or
// is settled over, and the caller waits for ever or gets an answer that was never computed.
// Who: whoever calls into JavaScript from a completion and takes an empty MaybeLocal for
// "nothing".
// Rule: an empty MaybeLocal means that an exception is pending; it has to be caught by a
// TryCatch, or the function has to return. (V8 resolves promises in spite of it.)
// Seen: the state of each promise against what the completion did.
// Reference: neon_rfc_promise_taskbuilder (`settle_with`)
#include "harness/embed/deferred.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Deferred;
using embed::MakePromise;
using Resolver = v8::Promise::Resolver;

// `parse` throws for every third number. JavaScript calls the native `complete(number)`, as a
// completion is called when its result is there; it gets a promise back.
constexpr const char* kParse =
    "(number) => { if (number % 3 === 2) throw 'bad ' + number; return 'good ' + number; }";

struct Program {
  Trial& trial;
  EmbedHost& host;
  v8::Local<v8::Function> parse;
  v8::MaybeLocal<v8::Value> Parse(v8::Local<v8::Value> number) {
    return parse->Call(host.context(), v8::Undefined(host.isolate()), 1, &number);
  }
};

// A strategy is the completion: it calls Parse and settles the promise that it returns.

struct SettleWith {
  static v8::Local<v8::Promise> Complete(Program& p, v8::Local<v8::Value> number) {
    auto [deferred, promise] = MakePromise(p.host.environment());
    deferred.SettleWith([&] { return p.Parse(number); });
    return promise;
  }
};

struct TryCatchByHand {
  static v8::Local<v8::Promise> Complete(Program& p, v8::Local<v8::Value> number) {
    auto resolver = Resolver::New(p.host.context()).ToLocalChecked();
    const v8::TryCatch failure(p.host.isolate());
    v8::Local<v8::Value> value;
    if (p.Parse(number).ToLocal(&value)) {
      resolver->Resolve(p.host.context(), value).Check();
    } else {
      resolver->Reject(p.host.context(), failure.Exception()).Check();
    }
    return resolver->GetPromise();
  }
};

struct ReturnsUnsettled {
  static v8::Local<v8::Promise> Complete(Program& p, v8::Local<v8::Value> number) {
    auto resolver = Resolver::New(p.host.context()).ToLocalChecked();
    v8::Local<v8::Value> value;
    if (!p.Parse(number).ToLocal(&value)) {
      p.trial.Reached();
      if (resolver->GetPromise()->State() == v8::Promise::kPending) p.trial.Triggered();
      return resolver->GetPromise();
    }
    resolver->Resolve(p.host.context(), value).Check();
    return resolver->GetPromise();
  }
};

struct SettlesOverIt {
  static v8::Local<v8::Promise> Complete(Program& p, v8::Local<v8::Value> number) {
    auto resolver = Resolver::New(p.host.context()).ToLocalChecked();
    v8::Local<v8::Value> value;
    if (!p.Parse(number).ToLocal(&value)) {
      p.trial.Reached();  // and goes on with the exception pending
      p.trial.Triggered();
      value = v8::Undefined(p.host.isolate());
    }
    resolver->Resolve(p.host.context(), value).FromMaybe(false);
    return resolver->GetPromise();
  }
};

// Called by JavaScript, so that an exception which is left pending is V8's to deal with.
template <class Strategy>
void Native(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto& program = *static_cast<Program*>(engine::UnwrapData(info));
  v8::Local<v8::Promise> promise = Strategy::Complete(program, info[0]);
  promise->MarkAsHandled();
  const int64_t number = info[0]->IntegerValue(program.host.context()).FromMaybe(0);
  const bool good = number % 3 != 2;
  program.trial.oracle().Is(program.host.isolate(), promise,
                            good ? PromiseState::kFulfilled : PromiseState::kRejected,
                            (good ? "good " : "bad ") + std::to_string(number));
  program.trial.Step();
}

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial, {.promises = trial.ledger()});
  Program program{trial, host, host.Script(kParse).As<v8::Function>()};
  v8::Local<v8::Context> context =
      engine::ContextWithFunction(host.isolate(), "complete", Native<Strategy>, &program);
  const v8::Context::Scope entered(context);
  const std::string calls = "for (let i = 0; i < " + std::to_string(trial.size()) +
                            "; ++i) try { complete(i); } catch (lost) {}";
  engine::RunScript(context, calls).ToLocalChecked();
}

}  // namespace

Scenario ThrowingCompletion() {
  return Scenario("deferred/throwing-completion")
      .Title("a completion throws before its promise is settled")
      .Story(
          "Turning a result into JavaScript throws once in a while. The promise stays pending, "
          "or is resolved with a value that nobody computed.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 1000}, 12, 5)
      .Correct<SettleWith>("settle-with", Run<SettleWith>, "what it throws rejects the promise")
      .Correct<TryCatchByHand>("try-catch-by-hand", Run<TryCatchByHand>,
                               "the same with a TryCatch and a bare resolver")
      .Broken<ReturnsUnsettled>("returns-unsettled", Run<ReturnsUnsettled>,
                                "returns on an empty MaybeLocal and forgets the promise")
      .Gives({"PR002"})
      .Broken<SettlesOverIt>("settles-over-it", Run<SettlesOverIt>,
                             "resolves with the exception still pending")
      .Gives({"PR002"})
      .May({"PX001", "PX002"});
}

}  // namespace handrail
