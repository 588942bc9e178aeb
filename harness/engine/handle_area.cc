#include "harness/engine/handle_area.h"

#include <dlfcn.h>

#include <cstdint>
#include <cstring>

#include "harness/engine/versions.h"

namespace handrail::engine {
namespace {

struct Area {
  uintptr_t* next;
  uintptr_t* limit;
  int level;
};

Area* Candidate(v8::Isolate* isolate) {
#if HANDRAIL_V8 >= 1204  // public from here on
  return reinterpret_cast<Area*>(reinterpret_cast<uintptr_t>(isolate) +
                                 v8::internal::Internals::kIsolateHandleScopeDataOffset);
#else
  // static v8::internal::Address* v8::internal::HandleScope::current_next_address(v8::internal::Isolate*)
  using NextAddress = Area* (*)(v8::Isolate*);
  void* const symbol = dlsym(
      RTLD_DEFAULT, "_ZN2v88internal11HandleScope20current_next_addressEPNS0_7IsolateE");
  return symbol == nullptr ? nullptr : reinterpret_cast<NextAddress>(symbol)(isolate);
#endif
}

}  // namespace

const bool kLockerIsForAll = HANDRAIL_V8 < 1300;

void* LocateHandleArea(v8::Isolate* isolate, std::string* problem) {
  Area* const area = Candidate(isolate);
  if (area == nullptr) {
    *problem = "this V8 neither exports nor tells where an isolate keeps its handles";
    return nullptr;
  }
  const v8::HandleScope scope(isolate);
  const uintptr_t* const before = area->next;
  const int level = area->level;
  const v8::Local<v8::Number> handle = v8::Number::New(isolate, 0.5);
  const uintptr_t* slot = nullptr;
  static_assert(sizeof handle == sizeof slot);
  std::memcpy(&slot, static_cast<const void*>(&handle), sizeof slot);
  const bool next_moved = slot != nullptr && area->next == slot + 1;
  const bool same_block = slot == before || area->limit - area->next == 1021;
  if (next_moved && same_block && level > 0 && area->next <= area->limit) return area;
  *problem = "a handle made to try it out did not lie where this V8 was believed to keep its handles";
  return nullptr;
}

}  // namespace handrail::engine
