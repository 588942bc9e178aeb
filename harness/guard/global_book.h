// Every v8::Global (and Persistent) that code under watch has made and not yet reset: by which call, in
// which isolate. What is left of an isolate's when it is disposed outlives it.
//
// Threads: any; one lock.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "harness/guard/handle_stack.h"

namespace v8 {
class Isolate;
}

namespace handrail::guard {

struct KnownGlobal {
  v8::Isolate* isolate = nullptr;
  Site made;
  bool outlived = false;  // its isolate is gone
};

class GlobalBook {
 public:
  void Made(const uintptr_t* global, v8::Isolate* isolate, const Site& site);
  // Takes it out. False: it was never seen, for instance made by a library that is not watched.
  bool Reset(const uintptr_t* global, KnownGlobal* was);
  bool Find(const uintptr_t* global, KnownGlobal* found);

  // The isolate is being disposed: those that are alive, counted by the place that made them, most
  // numerous first. They are kept as outlived, so that a later Reset is known for what it is.
  struct Left {
    Site made;
    int64_t count = 0;
  };
  std::vector<Left> Conclude(v8::Isolate* isolate);
  int64_t alive(v8::Isolate* isolate);

 private:
  std::mutex mutex_;
  std::unordered_map<const uintptr_t*, KnownGlobal> globals_;
};

}  // namespace handrail::guard
