#include "harness/guard/off_stack_guard.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "harness/guard/off_stack_sites.h"
#include "harness/guard/off_stack_stacks.h"

namespace handrail::guard {
namespace {

Mode ModeFromEnvironment() {
  const char* word = std::getenv("HANDRAIL_GUARD");
  if (word == nullptr || *word == '\0') return Mode::kReport;
  constexpr std::pair<const char*, Mode> kWords[] = {{"off", Mode::kOff},
                                                     {"count", Mode::kCount},
                                                     {"report", Mode::kReport},
                                                     {"abort", Mode::kAbort}};
  for (const auto& [known, mode] : kWords) {
    if (std::strcmp(word, known) == 0) return mode;
  }
  std::fputs("handrail guard: HANDRAIL_GUARD is none of off, count, report, abort: reporting\n",
             stderr);
  return Mode::kReport;
}

std::atomic<Mode>& TheMode() {
  static std::atomic<Mode> mode = ModeFromEnvironment();
  return mode;
}

// What this thread takes for its stack. On the way of every Local: with the model "initial-exec" it
// is read without a call, which halves the cost. It takes its 16 bytes from the little that
// glibc keeps for modules that are loaded later.
[[gnu::tls_model("initial-exec")]] constinit thread_local StackBounds t_stack;

struct ThreadState {
  bool inside = false;  // the guard itself, or a handler, is at work
  bool probing = false;
  int probed = 0;
};
constinit thread_local ThreadState t_state;

// The code runs on a stack that nobody told of, so a Local on it cannot be told from one on the
// heap.
void TellUnknownStack() {
  static std::atomic<bool> told = false;
  if (TheMode() == Mode::kOff || told.exchange(true)) return;
  std::fputs(
      "handrail guard: this program runs code on a stack of its own, where v8::Locals are not "
      "checked. Tell the guard of it: handrail::guard::RegisteredStack\n",
      stderr);
}

bool OnKnownStack(uintptr_t address) {
  return t_stack.Contains(address) || OnRegisteredStack(address);
}

// `address` is not within what this thread last took for its stack.
[[gnu::noinline, gnu::cold]] void LookCloser(uintptr_t address, void* caller) {
  ThreadState& state = t_state;
  if (t_stack.size == 0) t_stack = OwnStack();
  if (OnKnownStack(address) || state.inside) return;
  if (state.probing) {
    ++state.probed;
    return;
  }
  const Mode mode = TheMode().load(std::memory_order_relaxed);
  if (mode == Mode::kOff || OnFakeStack(address)) return;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (!OnKnownStack(here) && MayHaveGrown(t_stack)) {
    t_stack = OwnStack();
    if (OnKnownStack(address)) return;
  }
  state.inside = true;
  if (OnKnownStack(here)) {
    Found(address, caller, mode);
  } else {
    TellUnknownStack();
  }
  state.inside = false;
}

}  // namespace

void SetMode(Mode mode) { TheMode() = mode; }
Mode CurrentMode() { return TheMode(); }

namespace internal {

Probe::Probe() {
  t_state.probing = true;
  t_state.probed = 0;
}
Probe::~Probe() { t_state.probing = false; }
int Probe::seen() const { return t_state.probed; }

}  // namespace internal
}  // namespace handrail::guard

// Node 22 exports one of its own, which does nothing, and what the program exports goes before what
// a module does. Hidden, this one is what the module is linked with.
asm(".hidden _ZNK2v812api_internal14StackAllocatedILb1EE13VerifyOnStackEv");

// Declared in V8's headers and called by the constructors of Local; release builds of V8 leave it
// empty or out. It is on the way of every Local: one comparison.
void v8::api_internal::StackAllocated<true>::VerifyOnStack() const {
  const auto address = reinterpret_cast<uintptr_t>(this);
  if (!handrail::guard::t_stack.Contains(address)) [[unlikely]] {
    handrail::guard::LookCloser(address, __builtin_return_address(0));
  }
}
