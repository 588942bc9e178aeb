// Calls that are made while an exception is pending, their status dropped.
//
// Story: an addon calls a JavaScript callback that throws, and goes on. From then on most calls do
// nothing and leave their result as it was: the addon works on with the value of the step before, and
// a promise that it settles stays pending.
// Who: C code that drops napi_status, as most examples do.
// Rule: while an exception is pending, every call that may run JavaScript returns
// napi_pending_exception and changes nothing; handle it with napi_get_and_clear_last_exception, or
// clean up and return to JavaScript.
// Seen: what the program has against what it must have (oracle).
// Seen with quarantine: the call that was refused.
// Reference: Node-API, "Error handling"
#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

// The strategies: one item. Its callback throws for each second one; the price of the item is read,
// and the promise of it is settled.

struct Item {
  int64_t id;
  napi_value callback;
  napi_value object;
  napi_deferred deferred;
};

struct ClearedFirst {
  static void Work(Trial& trial, const Item& item, double* price) {
    napi_env env = trial.napi();
    napi_value ignored;
    if (napi_call_function(env, item.object, item.callback, 1, &item.object, &ignored) ==
        napi_pending_exception) {
      napi_get_and_clear_last_exception(env, &ignored);
    }
    napi_value value;
    if (napi_get_named_property(env, item.object, "price", &value) != napi_ok) return;
    napi_get_value_double(env, value, price);
    napi_resolve_deferred(env, item.deferred, value);
  }
};

// As the addon leaves the exception to nobody, the body does what the caller would.
void Forget(napi_env env) {
  napi_value ignored;
  napi_get_and_clear_last_exception(env, &ignored);
}

struct ReadAllTheSame {
  static void Work(Trial& trial, const Item& item, double* price) {
    napi_env env = trial.napi();
    napi_value value = nullptr;
    napi_call_function(env, item.object, item.callback, 1, &item.object, &value);
    bool throwing = false;
    napi_is_exception_pending(env, &throwing);
    if (throwing) trial.Reached();
    value = nullptr;
    napi_get_named_property(env, item.object, "price", &value);
    if (throwing && value == nullptr) trial.Triggered();
    napi_get_value_double(env, value, price);  // napi_invalid_arg: the price is the last item's
    Forget(env);
    napi_resolve_deferred(env, item.deferred, napi::Number(env, *price));
  }
};

struct SettledAllTheSame {
  static void Work(Trial& trial, const Item& item, double* price) {
    napi_env env = trial.napi();
    napi_value value;
    napi_get_named_property(env, item.object, "price", &value);
    napi_get_value_double(env, value, price);
    napi_call_function(env, item.object, item.callback, 1, &item.object, nullptr);
    bool throwing = false;
    napi_is_exception_pending(env, &throwing);
    if (throwing) trial.Reached();
    if (napi_resolve_deferred(env, item.deferred, value) != napi_ok) trial.Triggered();
    Forget(env);
  }
};

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  PromiseShadow shadow(trial.oracle(), v8::Isolate::GetCurrent(), "promise of an item");
  Item item{};
  item.callback = napi::Script(
      env, "(item) => { if (item.price % 2 === 1) throw new Error('odd'); }");
  const napi_value make = napi::Script(env, "(price) => ({price})");
  double price = -1;
  for (item.id = 0; item.id < trial.size(); ++item.id) {
    napi_value promise;
    napi::Ok(napi_create_promise(env, &item.deferred, &promise));
    shadow.Born(item.id, napi::V8(promise).As<v8::Promise>());
    const auto must = static_cast<double>(item.id);
    item.object = napi::Call(env, make, {napi::Number(env, must)});
    shadow.Settles(item.id, PromiseState::kFulfilled, std::to_string(item.id));
    Strategy::Work(trial, item, &price);
    trial.oracle().Count("price that was read", static_cast<int64_t>(price), item.id);
    shadow.Check();
    trial.Step();
  }
}

}  // namespace

Scenario NapiPendingException() {
  return Scenario("napi/pending-exception")
      .Title("calls with an exception pending do nothing, and nobody asks")
      .Story("An addon's callback throws and the addon goes on: with the value of the step before, "
             "and promises that it settles stay pending.")
      .Reference("Node-API, Error handling")
      .InNode()
      .Sizes({10, 200}, 5, 20)
      .Correct<ClearedFirst>("cleared-first", Run<ClearedFirst>,
                             "the status is looked at and the exception handled")
      .Broken<ReadAllTheSame>("read-all-the-same", Run<ReadAllTheSame>,
                              "a property is read with an exception pending")
      .Gives({"PX011"})
      .May({"PR003"})
      .With("quarantine", {"HD034"})
      .Broken<SettledAllTheSame>("settled-all-the-same", Run<SettledAllTheSame>,
                                 "a promise is settled with an exception pending")
      .Gives({"PR002"})
      .With("quarantine", {"HD034"})
      .May({"PR011"});
}

}  // namespace handrail
