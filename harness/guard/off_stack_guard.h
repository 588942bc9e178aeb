// The off-stack guard: finds every v8::Local that is put anywhere but on a stack, on stock release
// V8, at the moment and the line where it is put there.
//
// A Local lives as long as the HandleScope that was open when it was made; V8's rule is that it is
// kept on the stack only. In a map, a vector, an object made by new, a lambda that was copied to
// the heap, a coroutine's frame, a static or a thread_local it outlives its scope sooner or later,
// and then is another object. V8 has a check for that, and leaves it out of its release builds: the
// call is in the headers, the function is not in the library. Two definitions bring the call back
// into the code that is compiled with them, and this library is the function:
//
//   target_link_libraries(my_addon PRIVATE handrail::guard)           # CMake, or by hand:
//   clang++ -DV8_ENABLE_LOCAL_OFF_STACK_CHECK -DENABLE_SLOW_DCHECKS ... libhandrail_guard.a
//
// Every file of the addon or program has to be compiled with them. Nothing needs to include this
// header, but one file should: it refuses compilers and V8s that the guard does not work with.
//
// Seen: a Local that is constructed or copied off the stack, also inside a MaybeLocal or a struct.
// Not seen: one that is built in place from what a call returns, as in `new Request{id, Make()}`:
// no constructor runs at its address. An assignment to one that lies there already: its
// construction was seen. memcpy, code compiled without the definitions, V8 itself. V8's LocalVector
// is left alone.
//
// With the guard a Local is no longer trivially copyable, so that a std::function on the stack
// keeps a lambda that holds one by value on the heap, and is reported: capture by reference.
//
// Needs: clang 16 or later (gcc has no attribute that hooks copies), V8 12.4 or later, Linux. With
// -fno-optimize-sibling-calls, which the CMake target adds, no caller is missing on the stacks told.
//
// Costs: about 1 ns for each Local made or copied (bench_guard). One off the stack costs a walk of
// the stack, about 1 us; the first at a site 1 to 100 ms, for reading debug information.
#pragma once

#if !defined(__clang__) || __clang_major__ < 16
#error "handrail guard: this compiler cannot hook copies of a v8::Local. Use clang 16 or later."
#endif
#if !defined(V8_ENABLE_LOCAL_OFF_STACK_CHECK) || !defined(ENABLE_SLOW_DCHECKS)
#error "handrail guard: compile with -DV8_ENABLE_LOCAL_OFF_STACK_CHECK -DENABLE_SLOW_DCHECKS."
#endif

#include <v8.h>

#if V8_MAJOR_VERSION * 100 + V8_MINOR_VERSION < 1204
#error "handrail guard: this V8's headers have no off-stack check. Use V8 12.4 or later (Node 22)."
#endif

#include <new>

#include "harness/guard/off_stack_report.h"

namespace handrail::guard {

namespace internal {
// While one is alive, this thread's Locals off the stack are only counted here.
class Probe {
 public:
  Probe();
  ~Probe();
  int seen() const;
};
}  // namespace internal

// Puts a Local off the stack and asks whether the guard has seen it: the file that calls this was
// compiled as it has to be, and the library is the one that V8's headers call. Nothing is reported.
inline bool IsLive() {
  alignas(v8::Local<v8::Value>) static char storage[sizeof(v8::Local<v8::Value>)];
  const internal::Probe probe;
  new (storage) v8::Local<v8::Value>();
  return probe.seen() > 0;
}

}  // namespace handrail::guard
