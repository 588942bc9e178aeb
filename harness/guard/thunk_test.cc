#include "harness/guard/thunk.h"

#include <execinfo.h>
#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace handrail::guard {
namespace {

struct Seen {
  const void* function = nullptr;
  std::vector<uint64_t> first_arguments;
  std::vector<uint64_t> results;
};

const void* Note(void* what, Call* call) {
  auto* seen = static_cast<Seen*>(what);
  seen->first_arguments.push_back(call->registers[0]);
  return seen->function;
}
void NoteResult(void* what, Call* call) { static_cast<Seen*>(what)->results.push_back(call->value); }

double Mixed(int a, double b, int c, float d, int e, int f, int g, int h, double i, int j) {
  return a + 10 * b + 100 * c + 1000 * d + 1e4 * e + 1e5 * f + 1e6 * g + 1e7 * h + 1e8 * i + 1e9 * j;
}

struct Large {
  int64_t values[5];
};
Large MakeLarge(int64_t first, int64_t step) {
  return {{first, first + step, first + 2 * step, first + 3 * step, first + 4 * step}};
}
struct Pair {
  int64_t a, b;
};
Pair MakePair(int64_t a, int64_t b) { return {b, a}; }
int Throws(int value) {
  if (value < 0) throw std::runtime_error("below zero");
  return value;
}
int Frames(int) {
  void* addresses[64];
  return backtrace(addresses, 64);
}

class Thunk : public ::testing::Test {
 protected:
  template <class Function>
  Function* Make(Function* function, int stack_words = 0, bool floats = false, bool after = true) {
    seen_.function = reinterpret_cast<const void*>(function);
    void* thunk = arena_.Make({.function = seen_.function,
                               .what = &seen_,
                               .before = Note,
                               .after = after ? NoteResult : nullptr,
                               .stack_words = stack_words,
                               .floats = floats});
    EXPECT_NE(thunk, nullptr);
    EXPECT_TRUE(arena_.Contains(thunk));
    return reinterpret_cast<Function*>(thunk);
  }
  Seen seen_;
  ThunkArena arena_;
};

TEST_F(Thunk, PassesRegistersFloatsAndTheStackOn) {
  const double expected = Mixed(1, 2, 3, 4, 5, 6, 7, 8, 9, 1);
  EXPECT_EQ(Make(Mixed, 1, true)(1, 2, 3, 4, 5, 6, 7, 8, 9, 1), expected);
  EXPECT_EQ(Make(Mixed, 1, true, false)(1, 2, 3, 4, 5, 6, 7, 8, 9, 1), expected)
      << "left by a jump, with its arguments where the caller put them";
}

TEST_F(Thunk, BringsBackWhatIsReturnedInTwoRegistersOrInMemory) {
  const Pair pair = Make(MakePair)(3, 4);
  EXPECT_EQ(pair.a, 4);
  EXPECT_EQ(pair.b, 3);
  const Large large = Make(MakeLarge)(7, 2);
  EXPECT_EQ(large.values[4], 15);
}

TEST_F(Thunk, ShowsTheCallBeforeAndItsResultAfter) {
  EXPECT_EQ(Make(Throws)(42), 42);
  EXPECT_EQ(seen_.first_arguments, std::vector<uint64_t>{42});
  EXPECT_EQ(seen_.results, std::vector<uint64_t>{42});
}

TEST_F(Thunk, LetsExceptionsThrough) {
  auto* returning = Make(Throws);
  EXPECT_THROW(returning(-1), std::runtime_error);
  EXPECT_TRUE(seen_.results.empty()) << "the call did not return";
  auto* jumping = Make(Throws, 0, false, false);
  EXPECT_THROW(jumping(-1), std::runtime_error);
}

TEST_F(Thunk, IsSteppedOverByBacktraces) {
  int (*volatile function)(int) = Frames;  // not inlined
  const int direct = function(0);
  EXPECT_EQ(Make(Frames)(0), direct + 1) << "the stack below the thunk is complete";
  EXPECT_EQ(Make(Frames, 0, false, false)(0), direct) << "a thunk that jumped is gone";
}

TEST_F(Thunk, ManyFillSeveralChunks) {
  std::vector<int (*)(int)> thunks;
  for (int i = 0; i < 2000; ++i) thunks.push_back(Make(Throws));
  for (auto* thunk : thunks) ASSERT_EQ(thunk(5), 5);
  EXPECT_THROW(thunks.back()(-1), std::runtime_error);
}

}  // namespace
}  // namespace handrail::guard
