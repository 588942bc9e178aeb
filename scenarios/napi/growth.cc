// What an addon forgets to give back, and grows by with every call.
//
// Story: a server with an addon is restarted every night because of its memory. Heap snapshots show
// objects below "Global handles", or nothing at all.
// Who: whoever keeps a callback in a napi_ref and replaces it, lets a promise hang, or works through
// a list in one callback.
// Rule: a napi_ref is a strong root until napi_delete_reference; a napi_deferred is one until it is
// concluded; a napi_value is one until its scope closes, which is the callback's when no other is
// open.
// Seen: Globals and handles that are more at the end of each round than of the one before.
// Not seen yet: a reference counted down to 0 and not deleted: only native memory is lost then.
// Reference: Node-API, "Object lifetime management"
#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

constexpr int kRounds = 12;

// The strategies: one call of the addon, which keeps a callback and answers a request.

struct AllGivenBack {
  napi_ref callback = nullptr;
  void Call(Trial& trial) {
    napi_env env = trial.napi();
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    Keep(trial);
    Answer(trial);
    napi_close_handle_scope(env, scope);
  }
  void Keep(Trial& trial) {
    if (callback != nullptr) napi_delete_reference(trial.napi(), callback);
    napi_create_reference(trial.napi(), NewCallback(trial.napi()), 1, &callback);
  }
  static void Answer(Trial& trial) {
    napi_deferred deferred;
    napi_value promise;
    napi_create_promise(trial.napi(), &deferred, &promise);
    napi_resolve_deferred(trial.napi(), deferred, napi::Number(trial.napi(), 42.5));
  }
  static napi_value NewCallback(napi_env env) {
    napi_value callback;
    napi::Ok(napi_create_object(env, &callback));
    return callback;
  }
};

struct RefReplaced : AllGivenBack {
  void Call(Trial& trial) {
    napi_env env = trial.napi();
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    trial.Reached();
    if (callback != nullptr) trial.Triggered();  // the only pointer to it is written over
    napi_create_reference(env, NewCallback(env), 1, &callback);
    Answer(trial);
    napi_close_handle_scope(env, scope);
  }
};

struct DeferredForgotten : AllGivenBack {
  void Call(Trial& trial) {
    napi_env env = trial.napi();
    napi_handle_scope scope;
    napi_open_handle_scope(env, &scope);
    Keep(trial);
    trial.Reached();
    napi_deferred deferred;
    napi_value promise;
    if (napi_create_promise(env, &deferred, &promise) == napi_ok) trial.Triggered();
    napi_close_handle_scope(env, scope);
  }
};

struct NoScopeOfItsOwn : AllGivenBack {
  void Call(Trial& trial) {
    const int before = v8::HandleScope::NumberOfHandles(v8::Isolate::GetCurrent());
    trial.Reached();
    Keep(trial);
    Answer(trial);
    const int after = v8::HandleScope::NumberOfHandles(v8::Isolate::GetCurrent());
    if (after > before) trial.Triggered();
  }
};

template <class Strategy>
void Run(Trial& trial) {
  trial.Watch(v8::Isolate::GetCurrent());
  Strategy addon;
  for (int round = 0; round < kRounds; ++round) {
    for (int64_t i = 0; i < trial.size(); ++i) {
      addon.Call(trial);
      trial.Step();
    }
    trial.EndOfRound((round + 1) * trial.size());
  }
  trial.Unwatch();
  napi_delete_reference(trial.napi(), addon.callback);
}

}  // namespace

Scenario NapiGrowth() {
  return Scenario("napi/growth")
      .Title("references, deferreds and handles that an addon never gives back")
      .Story("A server with an addon is restarted every night because of its memory.")
      .Reference("Node-API, Object lifetime management")
      .InNode()
      .SteadyState()
      .Sizes({100, 2000}, 45, 45)
      .Correct<AllGivenBack>("all-given-back", Run<AllGivenBack>,
                             "a scope for each call, the old reference deleted, every promise settled")
      .Broken<RefReplaced>("ref-replaced", Run<RefReplaced>,
                           "a new napi_ref is written over the old one")
      .Gives({"HD021"})
      .May({"HP001", "HP003"})
      .With("quarantine", {"HD033"})
      .Broken<DeferredForgotten>("deferred-forgotten", Run<DeferredForgotten>,
                                 "the napi_deferred is never concluded")
      .Gives({"HD021"})
      .May({"HP001", "HP003"})
      .With("quarantine", {"PR011"})
      .Broken<NoScopeOfItsOwn>("no-scope-of-its-own", Run<NoScopeOfItsOwn>,
                               "a long loop within one callback's scope")
      .Gives({"HD020"})
      .May({"HP001", "HP003"});
}

}  // namespace handrail
