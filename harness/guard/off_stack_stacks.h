// Which memory is a stack that this thread may have Locals on: its own, those that were registered,
// and ASan's. All functions work on the calling thread.
#pragma once

#include <cstdint>

namespace handrail::guard {

// The stack of one thread, without the thread's static thread_local variables, which glibc keeps at
// its top. size 0: not looked at yet.
struct StackBounds {
  uintptr_t low = 0;
  uintptr_t size = 0;

  bool Contains(uintptr_t address) const { return address - low < size; }
};

// The stack that the calling thread was started on. Costs a look at all loaded modules, on the main
// thread also at /proc/self/maps: to be kept by the caller.
StackBounds OwnStack();

// The main thread's stack may have been let grow (setrlimit) since `known` was found out.
bool MayHaveGrown(const StackBounds& known);

// In memory that was registered. A few nanoseconds where this thread asked for the same stack
// before.
bool OnRegisteredStack(uintptr_t address);

// In a frame that ASan keeps on the heap, to find uses after return. false without ASan.
bool OnFakeStack(uintptr_t address);

// Of an address that is on no stack: in this thread's thread_local variables, or in a module's
// data.
bool IsThreadLocal(uintptr_t address);
bool IsStatic(uintptr_t address);

}  // namespace handrail::guard
