// A napi_value or a handle scope that is not used as scopes nest.
//
// Story: an addon keeps values for later, or closes its scopes from an error path in the order in
// which it opened them. Later its values are other values: names are swapped, a callback is a number.
// Who: C code without destructors, and everyone who takes a napi_value for a reference.
// Rule: a napi_value lives until the scope that was innermost when it was made closes; scopes close
// in the reverse order of opening; napi_escape_handle may be called once for each scope.
// Seen: values that read back as others (oracle); Node's own check of a scope left open.
// Seen with quarantine: the scope closed out of order itself, and a napi_value that is used after its
// scope whether or not another one has taken its slot.
// Reference: neon_rfc_threadsafe_handles; Node-API, "Making handle lifespan shorter than that of
// the native method"
#include <vector>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

std::string Name(int64_t i) { return "name " + std::to_string(i); }

// The strategies: keep a value for each name. Inside a callback, whose scope outlives them all.
using Values = std::vector<napi_value>;

struct MadeInTheOuterScope {
  static void Keep(Trial& trial, int64_t i, Values& kept) {
    const napi_value name = napi::Text(trial.napi(), Name(i));
    napi_handle_scope scope;
    napi_open_handle_scope(trial.napi(), &scope);
    napi::Text(trial.napi(), "something that is needed for the work alone");
    napi_close_handle_scope(trial.napi(), scope);
    kept.push_back(name);
  }
};

struct Escaped {
  static void Keep(Trial& trial, int64_t i, Values& kept) {
    napi_escapable_handle_scope scope;
    napi_open_escapable_handle_scope(trial.napi(), &scope);
    napi_value name = nullptr;
    napi_escape_handle(trial.napi(), scope, napi::Text(trial.napi(), Name(i)), &name);
    napi_close_escapable_handle_scope(trial.napi(), scope);
    kept.push_back(name);
  }
};

struct KeptPastItsScope {
  static void Keep(Trial& trial, int64_t i, Values& kept) {
    napi_handle_scope scope;
    napi_open_handle_scope(trial.napi(), &scope);
    kept.push_back(napi::Text(trial.napi(), Name(i)));
    trial.Reached();
    const napi_status closed = napi_close_handle_scope(trial.napi(), scope);
    if (closed == napi_ok) trial.Triggered();  // the slot is the next value's, whenever that is made
  }
};

struct ClosedOutOfOrder {
  static void Keep(Trial& trial, int64_t i, Values& kept) {
    napi_handle_scope outer;
    napi_handle_scope inner;
    napi_open_handle_scope(trial.napi(), &outer);
    napi_open_handle_scope(trial.napi(), &inner);
    trial.Reached();
    napi_close_handle_scope(trial.napi(), outer);
    kept.push_back(napi::Text(trial.napi(), Name(i)));  // of the callback's own scope now
    // Gives the slot back all the same.
    if (napi_close_handle_scope(trial.napi(), inner) == napi_ok) trial.Triggered();
    napi::Text(trial.napi(), "the next value");
  }
};

struct EscapedTwice {
  static void Keep(Trial& trial, int64_t i, Values& kept) {
    napi_escapable_handle_scope scope;
    napi_open_escapable_handle_scope(trial.napi(), &scope);
    napi_value key = nullptr;
    napi_value name = nullptr;
    napi_escape_handle(trial.napi(), scope, napi::Text(trial.napi(), "key"), &key);
    trial.Reached();
    napi_escape_handle(trial.napi(), scope, napi::Text(trial.napi(), Name(i)), &name);
    if (name == nullptr) trial.Triggered();  // napi_escape_called_twice, and no result
    napi_close_escapable_handle_scope(trial.napi(), scope);
    kept.push_back(name);
  }
};

struct LeftOpen {
  static void Keep(Trial& trial, int64_t i, Values& kept) {
    napi_handle_scope scope;
    trial.Reached();
    if (napi_open_handle_scope(trial.napi(), &scope) == napi_ok) trial.Triggered();
    kept.push_back(napi::Text(trial.napi(), Name(i)));
  }
};

template <class Strategy>
void Run(Trial& trial) {
  const napi_value callback = napi::Function(trial.napi(), [&](napi_env env, napi_callback_info) {
    Values kept;
    for (int64_t i = 0; i < trial.size(); ++i) {
      Strategy::Keep(trial, i, kept);
      trial.Step();
    }
    for (int64_t i = 0; i < trial.size(); ++i) {
      trial.oracle().Text("value that was kept", napi::ToText(env, kept[i]), Name(i));
    }
    return napi_value{};
  });
  napi::Call(trial.napi(), callback);
}

}  // namespace

Scenario NapiHandleScope() {
  return Scenario("napi/handle-scope")
      .Title("a napi_value past its scope, scopes out of order, left open, escaped twice")
      .Story("An addon keeps values for later, and later they are other values: names are swapped, "
             "a callback is a number.")
      .Reference("neon_rfc_threadsafe_handles")
      .InNode()
      .Sizes({10, 300}, 5, 10)
      .Correct<MadeInTheOuterScope>("made-in-the-outer-scope", Run<MadeInTheOuterScope>,
                                    "what is kept is made before the inner scope opens")
      .Correct<Escaped>("escaped", Run<Escaped>, "what is kept is escaped, once")
      .Broken<KeptPastItsScope>("kept-past-its-scope", Run<KeptPastItsScope>,
                                "the napi_value itself is kept")
      .Gives({"PX011"})
      .May({"PX001"})
      .With("quarantine", {"HD001"})
      .Broken<ClosedOutOfOrder>("closed-out-of-order", Run<ClosedOutOfOrder>,
                                "the outer scope is closed before the inner one")
      .Gives({"PX011"})
      .May({"PX001"})
      .With("quarantine", {"HD031"})
      .May({"HD001"})
      .Broken<EscapedTwice>("escaped-twice", Run<EscapedTwice>,
                            "key and name escape from one scope, the status is dropped")
      .Gives({"PX011"})
      .With("quarantine", {"HD011"})
      .Broken<LeftOpen>("left-open", Run<LeftOpen>, "a scope is opened and never closed")
      .Gives({"HD030"});
}

}  // namespace handrail
