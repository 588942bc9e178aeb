// The guard against real Locals: V8's headers need no V8 to make, copy and keep an empty one.
#include "harness/guard/off_stack_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <coroutine>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace handrail::guard {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using Resolver = v8::Local<v8::Promise::Resolver>;

std::string Here(int line) {
  return std::string("off_stack_guard_test.cc:") + std::to_string(line);
}

class OffStackGuard : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(IsLive());
    Forget();
    SetMode(Mode::kReport);
    SetReportHandler([this](const OffStackSite& site) { told_.push_back(site); });
  }
  void TearDown() override {
    SetReportHandler(nullptr);
    Forget();
  }

  // Exactly one site was told, at `line` of this file.
  void ExpectSite(int line, Storage storage) const {
    ASSERT_EQ(told_.size(), 1u) << Told();
    EXPECT_THAT(PlaceOf(told_[0].where()), EndsWith(Here(line))) << Told();
    EXPECT_EQ(told_[0].handle, "v8::Local<v8::Promise::Resolver>") << Told();
    EXPECT_EQ(ToString(told_[0].storage), ToString(storage)) << Told();
  }

  std::string Told() const {
    std::string text = "told:\n";
    for (const OffStackSite& site : told_) text += ToText(site);
    return text;
  }

  std::vector<OffStackSite> told_;
};

TEST_F(OffStackGuard, SeesALocalInAMap) {
  std::map<int, Resolver> kept;
  const Resolver resolver;
  kept[1] = resolver;
  ExpectSite(__LINE__ - 1, Storage::kHeap);
}

TEST_F(OffStackGuard, SeesALocalInAVector) {
  std::vector<Resolver> kept;
  const Resolver resolver;
  kept.push_back(resolver);
  ExpectSite(__LINE__ - 1, Storage::kHeap);
}

TEST_F(OffStackGuard, SeesALocalInALambdaOnTheHeap) {
  const Resolver resolver;
  const std::vector<std::function<bool()>> kept(1, [resolver] { return resolver.IsEmpty(); });
  ASSERT_FALSE(told_.empty());
  for (const OffStackSite& site : told_) {
    EXPECT_THAT(PlaceOf(site.where()), EndsWith(Here(__LINE__ - 3))) << Told();
  }
}

struct Request {
  int id;
  Resolver resolver;
};

TEST_F(OffStackGuard, SeesALocalInAnObjectMadeByNew) {
  const Resolver resolver;
  const std::unique_ptr<Request> request(new Request{1, resolver});
  ExpectSite(__LINE__ - 1, Storage::kHeap);
}

[[clang::noinline]] Resolver Made() { return {}; }

TEST_F(OffStackGuard, DoesNotSeeALocalThatIsBuiltInPlaceFromAResult) {
  const std::unique_ptr<Request> request(new Request{1, Made()});
  EXPECT_TRUE(told_.empty()) << "the header and the README say that it cannot be seen\n" << Told();
}

TEST_F(OffStackGuard, NamesTheLineThatMakesTheObjectNotTheConstructorOfIt) {
  struct Holder {
    explicit Holder(Resolver r) : resolver(r) {}
    Resolver resolver;
  };
  const Resolver resolver;
  const Holder fine(resolver);
  EXPECT_TRUE(told_.empty()) << Told();
  const auto holder = std::make_unique<Holder>(resolver);
  ExpectSite(__LINE__ - 1, Storage::kHeap);
  told_.clear();
  const auto request = std::make_unique<Request>(Request{1, resolver});
  ExpectSite(__LINE__ - 1, Storage::kHeap);
}

TEST_F(OffStackGuard, SeesAMaybeLocalAndAnEmptyPlaceForALocal) {
  const std::unique_ptr<v8::MaybeLocal<v8::Promise::Resolver>> maybe(
      new v8::MaybeLocal<v8::Promise::Resolver>());
  ExpectSite(__LINE__ - 1, Storage::kHeap);
}

TEST_F(OffStackGuard, SeesALocalInAStaticAndNamesIt) {
  static Resolver kept_for_ever;
  ExpectSite(__LINE__ - 1, Storage::kStatic);
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_THAT(told_[0].variable, HasSubstr("kept_for_ever"));
  EXPECT_TRUE(kept_for_ever.IsEmpty());
}

// On a thread that is not the main one, glibc keeps these at the top of the stack.
TEST_F(OffStackGuard, SeesALocalInAThreadLocalOfAnyThread) {
  int line = 0;
  std::thread([&line] {
    line = __LINE__ + 1;
    thread_local const Resolver kept;
    EXPECT_TRUE(kept.IsEmpty());
  }).join();
  ExpectSite(line, Storage::kThreadLocal);
}

// A coroutine whose frame is wherever `Allocator` puts it.
template <void* (*Allocate)(size_t), void (*Free)(void*)>
struct Coroutine {
  struct promise_type {
    Coroutine get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
    static void* operator new(size_t size) { return Allocate(size); }
    static void operator delete(void* frame) { Free(frame); }
  };
  std::coroutine_handle<promise_type> handle;
};

void* OnHeap(size_t size) { return ::operator new(size); }
void OffHeap(void* frame) { ::operator delete(frame); }
alignas(16) char g_frames[4096];
void* OnOwnStack(size_t size) { return size <= sizeof g_frames ? g_frames : nullptr; }
void OffOwnStack(void*) {}

int g_kept_across = 0;

template <typename C>
[[clang::noinline]] C KeepsALocal(const Resolver& given) {
  Resolver kept(given);
  co_await std::suspend_always{};
  g_kept_across = __LINE__ - 2;
  EXPECT_TRUE(kept.IsEmpty());
}

template <typename C>
void RunToTheEnd() {
  const Resolver resolver;
  const C coroutine = KeepsALocal<C>(resolver);
  while (!coroutine.handle.done()) coroutine.handle.resume();
  coroutine.handle.destroy();
}

TEST_F(OffStackGuard, SeesALocalInACoroutinesFrame) {
  RunToTheEnd<Coroutine<OnHeap, OffHeap>>();
  ExpectSite(g_kept_across, Storage::kCoroutine);
}

TEST_F(OffStackGuard, LeavesACoroutinesFrameOnARegisteredStackAlone) {
  {
    const RegisteredStack stack(g_frames, g_frames + sizeof g_frames);
    RunToTheEnd<Coroutine<OnOwnStack, OffOwnStack>>();
    EXPECT_TRUE(told_.empty()) << Told();
  }
  RunToTheEnd<Coroutine<OnOwnStack, OffOwnStack>>();
  EXPECT_EQ(told_.size(), 1u) << "the stack was taken back, and the same memory is none any more";
}

[[clang::noinline]] v8::MaybeLocal<v8::Promise::Resolver> Through(Resolver resolver, int depth) {
  if (depth == 0) return resolver;
  return Through(resolver, depth - 1);
}

void UseTheStack() {
  const Resolver resolver;
  const Resolver copy = resolver;
  const std::optional<Resolver> maybe = copy;
  Resolver array[4] = {resolver, copy, *maybe, {}};
  std::swap(array[0], array[1]);
  const auto lambda = [resolver] { return resolver; };
  Resolver out;
  EXPECT_FALSE(Through(lambda(), 1000).ToLocal(&out));
  const v8::Local<v8::Value> up = out;
  EXPECT_TRUE(up.As<v8::Object>().IsEmpty());
}

TEST_F(OffStackGuard, LeavesTheStackAlone) {
  UseTheStack();
  EXPECT_TRUE(told_.empty()) << Told();
}

TEST_F(OffStackGuard, LeavesTheStackOfAThreadAlone) {
  std::thread(UseTheStack).join();
  EXPECT_TRUE(told_.empty()) << Told();
}

TEST_F(OffStackGuard, LeavesALocalVectorAlone) {
  v8::LocalVector<v8::Promise::Resolver> kept(nullptr);
  const Resolver resolver;
  for (int i = 0; i < 100; ++i) kept.push_back(resolver);
  kept.emplace_back(resolver);
  kept.resize(200);
  const Resolver read = kept[150];
  EXPECT_TRUE(read.IsEmpty());
  EXPECT_TRUE(told_.empty()) << Told();
}

TEST_F(OffStackGuard, TellsASiteOnceAndCountsIt) {
  std::map<int, Resolver> kept;
  for (int i = 0; i < 1000; ++i) kept[i];
  ExpectSite(__LINE__ - 1, Storage::kHeap);
  EXPECT_EQ(told_[0].count, 1);
  ASSERT_EQ(Sites().size(), 1u);
  EXPECT_EQ(Sites()[0].count, 1000);
  EXPECT_EQ(OffStackCount(), 1000);
}

TEST_F(OffStackGuard, CountsForAllThreadsTogether) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 250; ++i) delete new Resolver();
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(Sites().size(), 1u) << Told();
  EXPECT_EQ(Sites()[0].count, 1000);
}

TEST_F(OffStackGuard, OnlyCountsInModeCountAndDoesNothingInModeOff) {
  SetMode(Mode::kCount);
  delete new Resolver();
  EXPECT_TRUE(told_.empty()) << Told();
  EXPECT_EQ(OffStackCount(), 1);
  SetMode(Mode::kOff);
  delete new Resolver();
  EXPECT_EQ(OffStackCount(), 1);
}

TEST_F(OffStackGuard, AHandlerMayUseLocalsItself) {
  SetReportHandler([this](const OffStackSite& site) {
    delete new Resolver();
    told_.push_back(site);
  });
  delete new Resolver();
  ExpectSite(__LINE__ - 1, Storage::kHeap);
}

using OffStackGuardDeathTest = OffStackGuard;

TEST_F(OffStackGuardDeathTest, AbortsInModeAbortWithTheReport) {
  SetReportHandler(nullptr);
  SetMode(Mode::kAbort);
  EXPECT_DEATH(delete new Resolver(),
               "error\\[HD002\\]: a v8::Local<v8::Promise::Resolver> is stored on the heap.*\n"
               "  --> .*off_stack_guard_test.cc");
}

}  // namespace
}  // namespace handrail::guard
