#include "harness/embed/deferred.h"

#include <gmock/gmock.h>

#include <thread>

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

class DeferredTest : public EmbedTest {};

TEST_F(DeferredTest, ResolvesItsPromise) {
  auto [deferred, promise] = MakePromise(environment());
  EXPECT_EQ(StateOf(promise), "pending");
  EXPECT_EQ(deferred.Resolve(Text("answer")), Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "fulfilled: answer");
}

TEST_F(DeferredTest, IsRejectedWhenItIsDroppedOnAnotherThread) {
  auto made = MakePromise(environment());
  std::thread([deferred = std::move(made.deferred)] {}).join();
  EXPECT_EQ(StateOf(made.promise), "pending") << "only the isolate's thread may settle";
  environment_->Settle();
  EXPECT_THAT(StateOf(made.promise), ::testing::HasSubstr("deferred_test.cc:"));
  EXPECT_EQ(totals().promises_dropped, 1);
}

}  // namespace
}  // namespace handrail::embed
