// A napi_deferred that is not concluded exactly once.
//
// Story: an addon answers requests with promises. Forget to conclude one on the way of an error, and
// an await never returns, without a word. Conclude one twice, because its answer and its timeout
// both come, and Node dies; or, worse, the request that was made in between is answered with what was
// meant for the other.
// Who: whoever has more than one way out of a request: error, timeout, cancellation.
// Rule: napi_resolve_deferred and napi_reject_deferred free the deferred. It must be passed to one
// of them, once, and is a dangling pointer afterwards; nothing can be asked of it.
// Seen: promises that are pending but must be settled, or settled by nobody (oracle); the crash.
// Seen with quarantine: the second call itself, and that a deferred is forgotten.
// Reference: neon_rfc_promise_taskbuilder; Node-API, "Promises"
#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

struct Request {
  int64_t id;
  napi_deferred deferred;
  v8::Local<v8::Promise> promise;  // used within the body's own scope
  std::string answer;
};

// The strategies: what happens to the request before while a new one is open, and what when the
// answer to `now` is there.

struct ConcludedOnce {
  static void Meanwhile(Trial&, const Request&, const Request&) {}
  static void Answer(Trial& trial, const Request& now) {
    napi_resolve_deferred(trial.napi(), now.deferred, napi::Text(trial.napi(), now.answer));
  }
};

struct ErrorPathForgets : ConcludedOnce {
  static void Answer(Trial& trial, const Request& now) {
    const bool not_found = now.id % 2 == 1;
    if (!not_found) return ConcludedOnce::Answer(trial, now);
    trial.Reached();  // leaves as for any other error, and the deferred is lost
    if (now.promise->State() == v8::Promise::kPending) trial.Triggered();
  }
};

struct AnswerAndTimeout : ConcludedOnce {
  static void Answer(Trial& trial, const Request& now) {
    ConcludedOnce::Answer(trial, now);
    trial.Reached();
    if (now.promise->State() != v8::Promise::kPending) trial.Triggered();
    napi_resolve_deferred(trial.napi(), now.deferred, napi::Text(trial.napi(), "timed out"));
  }
};

struct TimeoutOfTheOneBefore : ConcludedOnce {
  static void Meanwhile(Trial& trial, const Request& before, const Request&) {
    if (before.deferred == nullptr) return;
    trial.Reached();
    // It was freed when it was concluded; most often the new request's deferred has its memory now.
    if (before.promise->State() != v8::Promise::kPending) trial.Triggered();
    napi_resolve_deferred(trial.napi(), before.deferred, napi::Text(trial.napi(), "timed out"));
  }
};

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  PromiseShadow shadow(trial.oracle(), v8::Isolate::GetCurrent(), "promise of ask()");
  Request before{};
  for (int64_t i = 0; i < trial.size(); ++i) {
    Request now{i, nullptr, {}, "answer " + std::to_string(i)};
    napi_value promise;
    napi::Ok(napi_create_promise(env, &now.deferred, &promise));
    now.promise = napi::V8(promise).As<v8::Promise>();
    shadow.Born(i, now.promise);
    Strategy::Meanwhile(trial, before, now);
    shadow.Check();
    shadow.Settles(i, PromiseState::kFulfilled, now.answer);
    Strategy::Answer(trial, now);
    shadow.Check();
    trial.Step();
    before = now;
  }
}

}  // namespace

Scenario NapiDeferred() {
  return Scenario("napi/deferred")
      .Title("a napi_deferred concluded never, or twice")
      .Story("An addon answers requests with promises. One is never settled and its await never "
             "returns; or Node dies; or one request gets what was meant for another.")
      .Reference("neon_rfc_promise_taskbuilder")
      .InNode()
      .Sizes({10, 200}, 5, 20)
      .Correct<ConcludedOnce>("concluded-once", Run<ConcludedOnce>, "every way out concludes once")
      .Broken<ErrorPathForgets>("error-path-forgets", Run<ErrorPathForgets>,
                                "the way of an error returns without concluding")
      .Gives({"PR002"})
      .With("quarantine", {"PR011"})
      .Broken<AnswerAndTimeout>("answer-and-timeout", Run<AnswerAndTimeout>,
                                "the answer concludes, then the timeout does")
      .Gives({"PX001"})
      .With("quarantine", {"PR020"})
      .Broken<TimeoutOfTheOneBefore>("timeout-of-the-one-before", Run<TimeoutOfTheOneBefore>,
                                     "the timeout comes when the next request is open")
      .Gives({"PR001"})
      .May({"PR003", "PX001"})
      .With("quarantine", {"PR020"});
}

}  // namespace handrail
