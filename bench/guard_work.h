// Work for bench_guard, compiled twice into two modules: as it is, and with the off-stack guard.
// Both are loaded into one Node, so that they can be compared within one run.
#pragma once

#include <cstdint>

namespace v8 {
class Isolate;
}

namespace handrail {

struct GuardWork {
  // True where a Local off the stack is seen.
  bool (*guarded)();
  // Nothing but V8's API: `count` times a property read and written. The tightest loop that an
  // addon has, and the most Locals for its time.
  void (*properties)(v8::Isolate* isolate, int64_t count);
  // `count` native callbacks called by JavaScript, each making a promise that it settles.
  void (*callbacks)(v8::Isolate* isolate, int64_t count);
  // `count` handles made in C++ from Globals, passed down three calls by value.
  void (*passed)(v8::Isolate* isolate, int64_t count);
};

}  // namespace handrail

// Requires: called in Node's isolate, entered, with a context. The one symbol of each module.
extern "C" [[gnu::visibility("default")]] const handrail::GuardWork* HandrailGuardWork();
