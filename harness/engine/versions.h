// The differences between V8 versions that our code meets, each behind one name. This folder is the
// only one that may ask for a version.
#pragma once

#include <v8.h>

#include <vector>

// major * 100 + minor, as harness/core/catalog.h counts: 1002 is V8 10.2.
#define HANDRAIL_V8 (V8_MAJOR_VERSION * 100 + V8_MINOR_VERSION)

namespace handrail::engine {

inline v8::ScriptOrigin ModuleOrigin(v8::Isolate* isolate, v8::Local<v8::String> name) {
#if HANDRAIL_V8 < 1204  // the isolate parameter went away
  return v8::ScriptOrigin(isolate, name, 0, 0, false, -1, v8::Local<v8::Value>(), false, false,
                          true);
#else
  static_cast<void>(isolate);
  return v8::ScriptOrigin(name, 0, 0, false, -1, v8::Local<v8::Value>(), false, false, true);
#endif
}

// The native pointer as the callback data of a function. From 14.x V8 wants the pointer's type told
// by a tag; the default tag is what both sides here use.
inline v8::Local<v8::External> Wrap(v8::Isolate* isolate, void* pointer) {
#if HANDRAIL_V8 < 1402
  return v8::External::New(isolate, pointer);
#else
  return v8::External::New(isolate, pointer, v8::kExternalPointerTypeTagDefault);
#endif
}

inline void* Unwrap(v8::Local<v8::Value> external) {
#if HANDRAIL_V8 < 1402
  return external.As<v8::External>()->Value();
#else
  return external.As<v8::External>()->Value(v8::kExternalPointerTypeTagDefault);
#endif
}

// V8's own container for Locals, the only one that the off-stack guard leaves alone. Versions that have
// none keep them in any other; there is no guard for those either.
#if HANDRAIL_V8 < 1204
template <class T>
struct LocalVector : std::vector<v8::Local<T>> {
  explicit LocalVector(v8::Isolate*) {}
};
#else
using v8::LocalVector;
#endif

#if HANDRAIL_V8 < 1200  // renamed
inline constexpr int kMinorGcTypes = v8::kGCTypeScavenge | v8::kGCTypeMinorMarkCompact;
#else
inline constexpr int kMinorGcTypes = v8::kGCTypeScavenge | v8::kGCTypeMinorMarkSweep;
#endif

#if HANDRAIL_V8 < 1100  // details came with V8 11
inline const char* OomDetail(bool is_heap) { return is_heap ? "JavaScript heap" : "native memory"; }
using OomKind = bool;
#else
inline const char* OomDetail(const v8::OOMDetails& details) {
  return details.is_heap_oom ? "JavaScript heap" : "native memory";
}
using OomKind = const v8::OOMDetails&;
#endif

}  // namespace handrail::engine
