// Stacks that are not a thread's first one: fibers, and the main thread's after it was let grow.
#include "harness/guard/off_stack_stacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "harness/guard/off_stack_guard.h"

namespace handrail::guard {
namespace {

using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

class Stacks : public ::testing::Test {
 protected:
  void SetUp() override {
    Forget();
    SetMode(Mode::kCount);
  }
  void TearDown() override { Forget(); }
};

// Runs a function on a stack of its own, on this thread.
class Fiber {
 public:
  static constexpr size_t kSize = 256 * 1024;

  void Run(void (*body)()) {
    getcontext(&inner_);
    inner_.uc_stack = {.ss_sp = low(), .ss_flags = 0, .ss_size = kSize};
    inner_.uc_link = &outer_;
    makecontext(&inner_, body, 0);
    swapcontext(&outer_, &inner_);
  }
  char* low() { return memory_.get(); }
  char* high() { return low() + kSize; }

 private:
  std::unique_ptr<char[]> memory_{new char[kSize]};
  ucontext_t outer_{};
  ucontext_t inner_{};
};

void StoreOnTheHeap() { delete new v8::Local<v8::Value>(); }
void UseAFewLocals() {
  const v8::Local<v8::Value> value;
  const std::optional<v8::Local<v8::Value>> copy = value;
  EXPECT_TRUE(copy->IsEmpty());
}

TEST_F(Stacks, AFibersLocalsAreFineOnceItsStackIsRegistered) {
  Fiber fiber;
  const RegisteredStack stack(fiber.low(), fiber.high());
  fiber.Run(UseAFewLocals);
  UseAFewLocals();
  EXPECT_EQ(OffStackCount(), 0);
}

TEST_F(Stacks, OnARegisteredStackTheHeapIsStillTheHeap) {
  Fiber fiber;
  const RegisteredStack stack(fiber.low(), fiber.high());
  fiber.Run(StoreOnTheHeap);
  EXPECT_EQ(OffStackCount(), 1);
}

TEST_F(Stacks, AStackIsRegisteredForAllThreads) {
  Fiber fiber;
  RegisterStack(fiber.low(), fiber.high());
  std::thread([&fiber] { fiber.Run(UseAFewLocals); }).join();
  EXPECT_EQ(OffStackCount(), 0);
  UnregisterStack(fiber.low(), fiber.high());
}

TEST_F(Stacks, AnUnregisteredOneIsNamedOnceAndNothingOnItAccused) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "ASan keeps the fiber's variables in frames of its own, which are known";
#endif
  CaptureStderr();
  Fiber fiber;
  fiber.Run(UseAFewLocals);
  fiber.Run(UseAFewLocals);
  const std::string said = GetCapturedStderr();
  EXPECT_EQ(OffStackCount(), 0);
  EXPECT_THAT(said, HasSubstr("on a stack of its own, where v8::Locals are not checked"));
  EXPECT_EQ(said.find("on a stack of its own"), said.rfind("on a stack of its own")) << said;
}

TEST_F(Stacks, MemoryOfAStackThatWasTakenBackIsNoneForThreadsThatKnewIt) {
  using Local = v8::Local<v8::Value>;
  alignas(Local) static char memory[sizeof(Local)];
  {
    const RegisteredStack stack(memory, memory + sizeof memory);
    new (memory) Local();
    EXPECT_EQ(OffStackCount(), 0);
  }
  new (memory) Local();
  EXPECT_EQ(OffStackCount(), 1);
}

TEST_F(Stacks, OwnStackHoldsVariablesAndNothingElse) {
  const auto look = [] {
    const StackBounds bounds = OwnStack();
    thread_local int kept = 0;
    const auto heap = std::make_unique<int>();
    EXPECT_TRUE(bounds.Contains(reinterpret_cast<uintptr_t>(__builtin_frame_address(0))));
    EXPECT_FALSE(bounds.Contains(reinterpret_cast<uintptr_t>(&kept)));
    EXPECT_TRUE(IsThreadLocal(reinterpret_cast<uintptr_t>(&kept)));
    EXPECT_FALSE(bounds.Contains(reinterpret_cast<uintptr_t>(heap.get())));
    EXPECT_FALSE(IsStatic(reinterpret_cast<uintptr_t>(heap.get())));
  };
  look();
  std::thread(look).join();
}

// Recurses to `bytes` below `top`, with a Local in every frame, and there stores one on the heap:
// on a stack that the guard has lost sight of it would not be counted.
[[clang::noinline]] void Recurse(const char* top, size_t bytes) {  // NOLINT(misc-no-recursion)
  const v8::Local<v8::Value> value;
  char room[4096];
  room[0] = static_cast<char>(value.IsEmpty());
  asm volatile("" : : "r"(room) : "memory");
  if (static_cast<size_t>(top - room) < bytes) {
    Recurse(top, bytes);
  } else {
    StoreOnTheHeap();
  }
  asm volatile("" : : "r"(room) : "memory");
}

// The guard looks at the stack when it meets the thread's first Local, and keeps what it saw.
[[noreturn]] void GrowAfterTheFirstLook() {
  rlimit limit{};
  getrlimit(RLIMIT_STACK, &limit);
  limit.rlim_cur = rlim_t{2} << 20;
  setrlimit(RLIMIT_STACK, &limit);
  const char top = 0;
  Recurse(&top, size_t{1} << 20);
  limit.rlim_cur = rlim_t{8} << 20;
  setrlimit(RLIMIT_STACK, &limit);
  Recurse(&top, size_t{6} << 20);
  _exit(static_cast<int>(OffStackCount()));
}

using StacksDeathTest = Stacks;

TEST_F(StacksDeathTest, TheMainThreadMayLetItsStackGrow) {
  rlimit limit{};
  getrlimit(RLIMIT_STACK, &limit);
  if (limit.rlim_max < rlim_t{8} << 20) GTEST_SKIP() << "the hard limit of the stack is too low";
  // Executed anew, so that no Local has been made before.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(GrowAfterTheFirstLook(), ::testing::ExitedWithCode(2), "")
      << "the status is how many Locals off the stack were counted: the two on the heap";
}

}  // namespace
}  // namespace handrail::guard
