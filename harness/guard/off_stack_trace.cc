#include "harness/guard/off_stack_trace.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

#include <cstdlib>
#include <memory>
#include <utility>

#ifdef HANDRAIL_HAS_LIBBACKTRACE
#include <backtrace.h>
#endif

namespace handrail::guard {
namespace {

struct Walk {
  void* first;
  bool found = false;
  Trace trace{};
};

_Unwind_Reason_Code Step(_Unwind_Context* context, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  const uintptr_t call = _Unwind_GetIP(context);
  if (!walk.found && walk.first != nullptr && call != reinterpret_cast<uintptr_t>(walk.first)) {
    return _URC_NO_REASON;
  }
  walk.found = true;
  walk.trace.calls[walk.trace.count++] = call;
  return walk.trace.count < Trace::kMost ? _URC_NO_REASON : _URC_END_OF_STACK;
}

std::string Demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

Frame WithoutLine(uintptr_t call) {
  Frame frame;
  Dl_info info;
  link_map* module = nullptr;
  if (dladdr1(reinterpret_cast<void*>(call), &info, reinterpret_cast<void**>(&module),
              RTLD_DL_LINKMAP) != 0) {
    frame.module = info.dli_fname;
    frame.offset = call - module->l_addr;
    if (info.dli_sname != nullptr) frame.function = Demangled(info.dli_sname);
  }
  return frame;
}

#ifdef HANDRAIL_HAS_LIBBACKTRACE

void IgnoreError(void*, const char*, int) {}  // what is not found is told by module and offset

int CountLoaded(dl_phdr_info* module, size_t, void* data) {
  *static_cast<unsigned long long*>(data) = module->dlpi_adds;
  return 1;
}

// libbacktrace looks at the loaded modules once for each state. A state is made anew when modules
// have been loaded since, and an old one is never freed: it cannot be.
backtrace_state* State() {
  static backtrace_state* state = nullptr;
  static unsigned long long of_loaded = 0;
  unsigned long long loaded = 0;
  dl_iterate_phdr(CountLoaded, &loaded);
  if (state == nullptr || loaded != of_loaded) {
    of_loaded = loaded;
    state = backtrace_create_state(nullptr, 1, IgnoreError, nullptr);
  }
  return state;
}

struct Lines {
  const Frame& base;  // module and offset, for each of them
  std::vector<Frame>& out;
};

int AddLine(void* data, uintptr_t, const char* file, int line, const char* function) {
  auto& lines = *static_cast<Lines*>(data);
  if (file == nullptr) return 0;
  Frame frame = lines.base;
  frame.file = file;
  frame.line = line;
  if (function != nullptr) frame.function = Demangled(function);
  lines.out.push_back(std::move(frame));
  return 0;
}

void TakeName(void* data, uintptr_t, const char* symbol, uintptr_t, uintptr_t) {
  if (symbol != nullptr) *static_cast<std::string*>(data) = symbol;
}

std::string SymbolAt(uintptr_t address) {
  std::string symbol;
  if (State() != nullptr) backtrace_syminfo(State(), address, TakeName, IgnoreError, &symbol);
  return symbol;
}

void Add(uintptr_t call, std::vector<Frame>& out) {
  Frame base = WithoutLine(call);
  const std::string symbol = SymbolAt(call);
  if (!symbol.empty()) base.function = Demangled(symbol.c_str());
  const size_t before = out.size();
  Lines lines{base, out};
  if (State() != nullptr) backtrace_pcinfo(State(), call, AddLine, IgnoreError, &lines);
  if (out.size() == before && !base.module.empty()) out.push_back(std::move(base));
  // Clang's name for the part of a coroutine that runs when it is resumed.
  for (size_t i = before; i < out.size(); ++i) out[i].resumed = symbol.ends_with(".resume");
}

#else

std::string SymbolAt(uintptr_t address) {
  Dl_info info;
  const bool found = dladdr(reinterpret_cast<void*>(address), &info) != 0;
  return found && info.dli_sname != nullptr ? info.dli_sname : "";
}

void Add(uintptr_t call, std::vector<Frame>& out) {
  Frame frame = WithoutLine(call);
  if (!frame.module.empty()) out.push_back(std::move(frame));
}

#endif

}  // namespace

Trace TraceFrom(void* first) {
  Walk walk{first};
  _Unwind_Backtrace(Step, &walk);
  if (!walk.found) {
    walk.first = nullptr;
    _Unwind_Backtrace(Step, &walk);
  }
  return walk.trace;
}

std::vector<Frame> Symbolize(const Trace& trace) {
  std::vector<Frame> frames;
  for (const uintptr_t call : trace.all()) Add(call - 1, frames);  // the call, not what follows it
  return frames;
}

std::string VariableAt(uintptr_t address) {
  const std::string symbol = SymbolAt(address);
  return symbol.empty() ? symbol : Demangled(symbol.c_str());
}

}  // namespace handrail::guard
