// A walk of the calling thread's stack, and what debug information says of it. Where libbacktrace
// was there when the guard was built, calls come with file and line, the inlined ones too;
// elsewhere, and in modules without debug information, with module and offset.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/guard/off_stack_report.h"

namespace handrail::guard {

// Return addresses, innermost first.
struct Trace {
  static constexpr int kMost = 24;
  std::array<uintptr_t, kMost> calls{};
  int count = 0;

  std::span<const uintptr_t> all() const { return {calls.data(), static_cast<size_t>(count)}; }
};

// The stack from the call that returns to `first` outwards; all of it where `first` is not on it.
// Ends where unwind data end, as in code that V8 generated. Costs about a microsecond. No
// allocation.
Trace TraceFrom(void* first);

// Every call of the trace, with the calls inlined into it before it. Costs milliseconds at first
// use of a module, which stays in memory then. Not to be called on two threads at once.
std::vector<Frame> Symbolize(const Trace& trace);

// The variable that `address` lies in; empty where no symbol says. The same holds.
std::string VariableAt(uintptr_t address);

}  // namespace handrail::guard
