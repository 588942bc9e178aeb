// Holds a call at one of its machine instructions, so that another thread can act in the midst of
// it: how a scenario tries, one after the other, all the ways in which two threads meet in code
// that it cannot change. The same on every machine, however busy.
//
//   HeldCall held(17);
//   std::thread other([&] { held.Run([&] { global.Reset(); }); });
//   held.WaitUntilHeld();   // ... or until it is over: a call of fewer instructions is not held
//   ...                     // the other thread is within Reset
//   held.GoOn();
//
// The processor's trap flag makes each instruction raise SIGTRAP in its own thread. Cost: about a
// microsecond an instruction. Threads: Run on one, the rest on another. x86-64 only; elsewhere the
// call just runs.
#pragma once

#include <signal.h>
#include <ucontext.h>

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
    struct sigaction before {};
    sigaction(SIGTRAP, &action, &before);
    current_ = this;
    SetTrapFlag();
    call();
    ClearTrapFlag();
    current_ = nullptr;
    sigaction(SIGTRAP, &before, nullptr);
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

  static void OneInstruction(int, siginfo_t*, void* context) {
    HeldCall* const self = current_;
    if (self == nullptr) return StopTrapping(context);
    if (--self->left_ > 0) return;
    StopTrapping(context);
    self->was_held_ = true;
    self->held_.release();
    self->go_on_.acquire();
  }

  static inline thread_local HeldCall* current_ = nullptr;
  int left_;
  bool was_held_ = false;
  std::binary_semaphore held_{0};
  std::binary_semaphore go_on_{0};
};

}  // namespace handrail
