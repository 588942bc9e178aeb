// An addon with one mistake, a napi_value kept across two callbacks; with KEPT_RIGHT the same written right.
// With LOOKED_UP it finds every function by dlsym, as addons do that are written in Rust with Neon.
#include <dlfcn.h>
#include <node_api.h>

#ifdef LOOKED_UP
#define CALL(name) reinterpret_cast<decltype(::name)*>(dlsym(RTLD_DEFAULT, #name))
#else
#define CALL(name) name
#endif

namespace {

#ifdef KEPT_RIGHT
napi_ref g_kept = nullptr;
#else
napi_value g_kept = nullptr;
#endif

// keep(object)
napi_value Keep(napi_env env, napi_callback_info) {
  napi_value object = nullptr;
  CALL(napi_create_object)(env, &object);  // made here
#ifdef KEPT_RIGHT
  CALL(napi_create_reference)(env, object, 1, &g_kept);
#else
  g_kept = object;
#endif
  return object;
}

// use(): the name of what was kept, or of nothing.
napi_value Use(napi_env env, napi_callback_info) {
  napi_value name = nullptr;
  CALL(napi_create_string_utf8)(env, "an object", NAPI_AUTO_LENGTH, &name);
#ifdef KEPT_RIGHT
  napi_value kept = nullptr;
  CALL(napi_get_reference_value)(env, g_kept, &kept);
  CALL(napi_delete_reference)(env, g_kept);
#else
  napi_value kept = g_kept;
#endif
  napi_valuetype type = napi_undefined;
  CALL(napi_typeof)(env, kept, &type);  // used here
  if (type != napi_object) CALL(napi_create_string_utf8)(env, "?", NAPI_AUTO_LENGTH, &name);
  return name;
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function = nullptr;
  CALL(napi_create_function)(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  CALL(napi_set_named_property)(env, exports, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  Export(env, exports, "keep", Keep);
  Export(env, exports, "use", Use);
  return exports;
}
