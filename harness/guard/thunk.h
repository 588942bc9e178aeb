// Thunks: small pieces of machine code that stand before a function and let us see each call, with its
// arguments before it is made and its result after. Made when they are asked for, one for each function.
//
//   the caller --call--> thunk --> before(signature, call)   may change arguments, or the function to call
//                              --> the function
//                              --> after(signature, call)    may change the result
//
// Without an after() the thunk leaves by a jump, and the function returns to its caller at once: about
// half the cost.
//
// A thunk keeps a frame of its own with %rbp, and its unwind data is registered: debuggers, sanitizers
// and C++ exceptions pass through it (after() is not called for a call that is left by an exception).
// All six integer registers are saved, SSE registers where the signature has floats, arguments on the
// stack are copied. x86-64 System V. What it costs with empty hooks is measured in bench_thunk.
//
// Threads: Make() one at a time; thunks any.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace handrail::guard {

// One call on its way, as it lies on the stack of the thread that makes it.
struct Call {
  uint64_t value;             // the result, in after(); rdx in `value2`
  uint64_t value2;
  uint64_t kept[4];           // the hooks' own, from before() to after()
  uint64_t registers[6];      // rdi, rsi, rdx, rcx, r8, r9
  uint64_t callers_rbp;
  const void* return_address;  // in the code of the one who called
};

// `what`: as given to Make. Returns what to call: `function` or something that takes the same arguments.
using Before = const void* (*)(void* what, Call* call);
using After = void (*)(void* what, Call* call);

struct ThunkShape {
  const void* function = nullptr;
  void* what = nullptr;
  Before before = nullptr;
  After after = nullptr;  // nullptr: nothing is to be done after the call
  int stack_words = 0;
  bool floats = false;
};

class ThunkArena {
 public:
  ThunkArena() = default;
  ~ThunkArena();
  ThunkArena(const ThunkArena&) = delete;
  ThunkArena& operator=(const ThunkArena&) = delete;

  // nullptr: no memory that may be executed can be had (then nothing is looked at, and it is said so).
  void* Make(const ThunkShape& shape);
  // Whether the address lies in the code of a thunk.
  bool Contains(const void* address) const;

 private:
  struct Chunk {
    uint8_t* code;
    size_t used;
    std::vector<uint8_t*> unwind;  // registered, one for each thunk
  };
  bool Grow();
  std::vector<Chunk> chunks_;
};

}  // namespace handrail::guard
