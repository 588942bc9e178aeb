// One line: what goes wrong here.
//
// Story: what the program does and what its users see.
// Who: who writes this, and why it looks right to them.
// Rule: the V8 rule that it breaks.
// Seen: what can be observed, and by which detector.
// Not seen yet: what no detector of today can tell.
// Reference: the document or issue that tells of it
//
// A copy of this file and one line in scenarios/CMakeLists.txt are a new scenario. See
// scenarios/README.md for what each part is for.
#include <vector>

#include "harness/engine/script.h"
#include "harness/scenario/scenario.h"

namespace handrail {
namespace {

// The strategies: ways to write the few lines that matter, side by side. Here: keeping an object
// that a function made.

struct GlobalKept {
  std::vector<v8::Global<v8::Object>> kept;
  void Keep(Trial&, v8::Isolate* isolate, v8::Local<v8::Object> object) {
    kept.emplace_back(isolate, object);
  }
  v8::Local<v8::Object> Get(v8::Isolate* isolate, size_t i) { return kept[i].Get(isolate); }
};

struct LocalKept {
  std::vector<v8::Local<v8::Object>> kept;
  void Keep(Trial& trial, v8::Isolate*, v8::Local<v8::Object> object) {
    trial.Reached();  // the faulty line is the next one
    kept.push_back(object);
  }
  v8::Local<v8::Object> Get(v8::Isolate*, size_t i) { return kept[i]; }
};

// The body: one straight line that never asks which strategy runs. It tells the trial when the harm
// came about, by a test of its own, and leaves judging to the oracle.
template <class Store>
void Run(Trial& trial) {
  OwnedIsolate isolate(trial);
  const v8::HandleScope scope(isolate.get());
  v8::Local<v8::Context> context = v8::Context::New(isolate.get());
  const v8::Context::Scope entered(context);
  v8::Local<v8::String> key = engine::Text(isolate.get(), "number");
  Store store;
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope inner(isolate.get());
    v8::Local<v8::Object> object = v8::Object::New(isolate.get());
    const v8::Local<v8::Value> number = v8::Number::New(isolate.get(), static_cast<double>(i));
    object->Set(context, key, number).Check();
    store.Keep(trial, isolate.get(), object);
    trial.Step();
  }
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope inner(isolate.get());
    v8::Local<v8::Value> value = store.Get(isolate.get(), i);
    const bool ours = value->IsObject() && value.As<v8::Object>()
                                               ->Get(context, key)
                                               .ToLocalChecked()
                                               ->StrictEquals(v8::Number::New(
                                                   isolate.get(), static_cast<double>(i)));
    if (!ours) trial.Triggered();
    trial.oracle().Count("object kept under its number", ours ? 1 : 0, 1);
  }
}

}  // namespace

// The table: every strategy, and for a broken one what it must give.
Scenario Template() {
  return Scenario("canary/template")
      .Title("objects kept from one call to the next")
      .Story("An object that a call made is kept for later, and later is another object.")
      .Reference("scenarios/README.md")
      .Sizes({10}, 5, 1)
      .Correct<GlobalKept>("global-kept", Run<GlobalKept>, "a Global for each object")
      .Broken<LocalKept>("local-kept", Run<LocalKept>, "the Local itself")
      .Gives({"PX011"}).May({"PX001", "PX006", "PX002"});
}

}  // namespace handrail
