// An addon against V8's own API with one mistake, a v8::Local kept across two callbacks; with KEPT_RIGHT the
// same written right.
#include <node.h>

namespace {

#ifdef KEPT_RIGHT
v8::Global<v8::Object> g_kept;
#else
v8::Local<v8::Object> g_kept;
#endif

void Keep(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Object> object = v8::Object::New(isolate);
#ifdef KEPT_RIGHT
  g_kept.Reset(isolate, object);
#else
  g_kept = object;
#endif
}

void Use(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto name = v8::String::NewFromUtf8Literal(isolate, "an object");
#ifdef KEPT_RIGHT
  const v8::Local<v8::Object> kept = g_kept.Get(isolate);
  g_kept.Reset();
#else
  const v8::Local<v8::Object> kept = g_kept;
#endif
  if (kept->GetIdentityHash() != 0) info.GetReturnValue().Set(name);  // used here
}

}  // namespace

NODE_MODULE_INIT() {
  NODE_SET_METHOD(exports, "keep", Keep);
  NODE_SET_METHOD(exports, "use", Use);
}
