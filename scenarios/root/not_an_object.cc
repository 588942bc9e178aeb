// A handle made from a value that is no object.
//
// Story: a function takes an options object or a callback and keeps it. A caller in JavaScript
// passes a number, or nothing; native code takes it for what it should be.
// Who: addons that check the number of arguments and not what they are. N-API and the RFC allow
// references to objects and functions only ("a limitation of n-api").
// Rule: `As<T>()` checks nothing in a release build of V8; what is not a T must be turned away
// by the caller. The API then reads a number's bits as a pointer.
// Seen: for a number a signal. A string goes by unseen, but for the oracle: it is asked what it
// is as an object, and answers. V8's own check of casts is left out of release builds.
// Reference: neon_rfc_threadsafe_handles (`Root` "may only be used for `Object` and `Function`")
#include <string>

#include "harness/embed/root.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

// A strategy keeps what it was passed and, later, looks what it is.

struct TriedFirst {
  static std::string Keep(Trial&, EmbedHost& host, v8::Local<v8::Value> value) {
    embed::Root<v8::Object> root = TryMakeRoot(host.environment(), value);
    if (!root.holds()) return "turned away";
    return std::to_string(root.IntoInner().ToLocalChecked()->InternalFieldCount());
  }
};

struct CheckedByHand {
  static std::string Keep(Trial&, EmbedHost& host, v8::Local<v8::Value> value) {
    if (!value->IsObject()) return "turned away";
    const v8::Global<v8::Object> global(host.isolate(), value.As<v8::Object>());
    return std::to_string(global.Get(host.isolate())->InternalFieldCount());
  }
};

struct CastUnchecked {
  static std::string Keep(Trial& trial, EmbedHost& host, v8::Local<v8::Value> value) {
    trial.Reached();
    if (!value->IsObject()) trial.Triggered();
    const v8::Global<v8::Object> global(host.isolate(), value.As<v8::Object>());
    return std::to_string(global.Get(host.isolate())->InternalFieldCount());
  }
};

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial);
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    const std::string object = Strategy::Keep(trial, host, v8::Object::New(host.isolate()));
    trial.oracle().Text("internal fields of an object", object, "0");
    const std::string text = Strategy::Keep(trial, host, host.Text("text"));
    trial.oracle().Text("what became of a string", text, "turned away");
    const std::string number = Strategy::Keep(trial, host, v8::Integer::New(host.isolate(), 7));
    trial.oracle().Text("what became of a number", number, "turned away");
    trial.Step();
  }
}

}  // namespace

Scenario NotAnObject() {
  return Scenario("root/not-an-object")
      .Title("a handle is made from a value that is no object")
      .Story(
          "A caller passes a number where native code expects an object, keeps it as one and looks "
          "into it.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({1, 100}, 12, 5)
      .Correct<TriedFirst>("tried-first", Run<TriedFirst>,
                           "TryMakeRoot: empty for what is no object")
      .Correct<CheckedByHand>("checked-by-hand", Run<CheckedByHand>, "IsObject before the cast")
      .Broken<CastUnchecked>("cast-unchecked", Run<CastUnchecked>, "As<Object>() of whatever came")
      .Gives({"PX002"}, kCheckedV8)
      .Gives(kCrash)
      .May({"PX011"});
}

}  // namespace handrail
