#include "bench/guard_work.h"

#include <v8.h>

#ifdef HANDRAIL_GUARDED
#include "harness/guard/off_stack_guard.h"
#endif

namespace handrail {
namespace {

bool Guarded() {
#ifdef HANDRAIL_GUARDED
  return guard::IsLive();
#else
  return false;
#endif
}

void Properties(v8::Isolate* isolate, int64_t count) {
  const v8::HandleScope outer(isolate);
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::Local<v8::Object> object = v8::Object::New(isolate);
  const v8::Local<v8::String> key = v8::String::NewFromUtf8Literal(isolate, "key");
  object->Set(context, key, v8::Integer::New(isolate, 1)).Check();
  for (int64_t i = 0; i < count; ++i) {
    const v8::HandleScope scope(isolate);
    const v8::Local<v8::Value> value = object->Get(context, key).ToLocalChecked();
    object->Set(context, key, value).Check();
  }
}

void Settle(const v8::FunctionCallbackInfo<v8::Value>& info) {
  const v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
  const v8::Local<v8::Promise::Resolver> resolver =
      v8::Promise::Resolver::New(context).ToLocalChecked();
  resolver->Resolve(context, info[0]).Check();
  info.GetReturnValue().Set(resolver->GetPromise());
}

void Callbacks(v8::Isolate* isolate, int64_t count) {
  const v8::HandleScope scope(isolate);
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const v8::Local<v8::String> source =
      v8::String::NewFromUtf8Literal(isolate, "(f, n) => { for (let i = 0; i < n; i++) f(i); }");
  const v8::Local<v8::Value> loop =
      v8::Script::Compile(context, source).ToLocalChecked()->Run(context).ToLocalChecked();
  v8::Local<v8::Value> arguments[] = {v8::Function::New(context, Settle).ToLocalChecked(),
                                      v8::Number::New(isolate, static_cast<double>(count))};
  loop.As<v8::Function>()->Call(context, v8::Undefined(isolate), 2, arguments).ToLocalChecked();
}

[[clang::noinline]] int Last(v8::Local<v8::Object> object) { return object->InternalFieldCount(); }
[[clang::noinline]] int Middle(v8::Local<v8::Object> object) { return 1 + Last(object); }
[[clang::noinline]] int First(v8::Local<v8::Object> object) { return 1 + Middle(object); }

void Passed(v8::Isolate* isolate, int64_t count) {
  const v8::HandleScope outer(isolate);
  const v8::Global<v8::Object> kept(isolate, v8::Object::New(isolate));
  volatile int sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    const v8::HandleScope scope(isolate);
    sum = sum + First(kept.Get(isolate));
  }
}

constexpr GuardWork kWork = {Guarded, Properties, Callbacks, Passed};

}  // namespace
}  // namespace handrail

const handrail::GuardWork* HandrailGuardWork() { return &handrail::kWork; }
