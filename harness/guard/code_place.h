// An address in the running program as a source line, read from the debug information of its module by
// libbacktrace (part of gcc). Nothing is read before it is first asked for; then a module costs some tens
// of milliseconds, once.
//
// Threads: any; one at a time is served. Do not call from a signal handler.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace handrail::guard {

struct CodePlace {
  std::string file{};      // as compiled, without the folder of Handrail's sources; empty: not known
  int line = 0;            // 1-based; 0: not known
  std::string function{};  // demangled, without arguments; empty: not known
  std::string module{};    // base name of the program or library
  uint64_t offset = 0;     // in the module
};

// The place of the call that returns to `return_address`: of functions inlined there the innermost one that
// is not in a header of V8, of Node or of the system.
CodePlace PlaceOfCall(const void* return_address);

// "scenarios/escape/map.cc:58", or "addon.node+0x1234 (Store)" where there is no line.
std::string ToString(const CodePlace& place);

// Return addresses of this thread's calls, innermost first, at most `most`.
std::vector<const void*> Callers(int most);

}  // namespace handrail::guard
