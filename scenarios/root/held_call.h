// Holds a call at one of V8's machine instructions, so that another thread can act in the midst of
// it: how a scenario tries, one after the other, all the ways in which two threads meet in code
// that it cannot change. The same on every machine, however busy.
//
//   HeldCall held(17);
//   std::thread other([&] { held.Run([&] { global.Reset(); }); });
//   held.WaitUntilHeld();   // ... or until it is over: one with fewer instructions of V8 is not held
//   ...                     // the other thread is within Reset
//   held.GoOn();
//
// The processor's trap flag makes each instruction raise SIGTRAP in its own thread; only those that lie
// in V8's module are counted, whatever an instrument puts before them. Cost: about a microsecond an
// instruction. Threads: Run on one, the rest on another. x86-64 only; elsewhere the
// call just runs.
#pragma once

#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <ucontext.h>

#include <cstdint>
#include <semaphore>

namespace handrail {

class HeldCall {
 public:
  explicit HeldCall(int instruction) : left_(instruction) {}

  template <class Call>
  void Run(Call&& call) {
    struct sigaction action {};
    action.sa_sigaction = &HeldCall::OneInstruction;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGTRAP, &action, &before_);
    current_ = this;
    SetTrapFlag();
    call();
    ClearTrapFlag();
    current_ = nullptr;
    sigaction(SIGTRAP, &before_, nullptr);
    if (!was_held_) held_.release();
  }

  void WaitUntilHeld() { held_.acquire(); }
  void GoOn() { go_on_.release(); }
  // To be asked when the call is over.
  bool was_held() const { return was_held_; }

 private:
#ifdef __x86_64__
  static void SetTrapFlag() {
    asm volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "cc", "memory");
  }
  static void ClearTrapFlag() {
    asm volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "cc", "memory");
  }
  static void StopTrapping(void* context) {
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
  }
#else
  static void SetTrapFlag() {}
  static void ClearTrapFlag() {}
  static void StopTrapping(void*) {}
#endif

  // The code of the module that V8 is in.
  struct Code {
    uintptr_t anywhere = 0, begin = 0, end = 0;
  };
  static int FindCode(dl_phdr_info* info, size_t, void* data) {
    auto* code = static_cast<Code*>(data);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
      const uintptr_t end = begin + info->dlpi_phdr[i].p_memsz;
      if (code->anywhere < begin || code->anywhere >= end) continue;
      code->begin = begin;
      code->end = end;
      return 1;
    }
    return 0;
  }
  static Code CodeOfV8() {
    Code code;
    code.anywhere = reinterpret_cast<uintptr_t>(dlsym(RTLD_DEFAULT, "_ZN2v87Isolate10GetCurrentEv"));
    dl_iterate_phdr(FindCode, &code);
    return code;
  }
  static bool IsV8s(greg_t instruction) {
    const auto address = static_cast<uintptr_t>(instruction);
    return address >= code_.begin && address < code_.end;
  }

  // A trap of somebody else's, for instance of a check inside V8 that failed: the end it is meant to be.
  static void LeaveToOthers() {
    sigaction(SIGTRAP, &before_, nullptr);
    raise(SIGTRAP);  // comes when this handler returns
  }

  static void OneInstruction(int, siginfo_t* info, void* context) {
    if (info->si_code != TRAP_TRACE) return LeaveToOthers();
    HeldCall* const self = current_;
    if (self == nullptr) return StopTrapping(context);
    if (!IsV8s(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP])) return;
    if (--self->left_ > 0) return;
    StopTrapping(context);
    self->was_held_ = true;
    self->held_.release();
    self->go_on_.acquire();
  }

  static inline thread_local HeldCall* current_ = nullptr;
  static inline const Code code_ = CodeOfV8();
  static inline struct sigaction before_ {};  // one call is held at a time
  int left_;
  bool was_held_ = false;
  std::binary_semaphore held_{0};
  std::binary_semaphore go_on_{0};
};

}  // namespace handrail
