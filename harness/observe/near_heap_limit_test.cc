#include "harness/observe/near_heap_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/observe/v8_test.h"

namespace handrail {
namespace {

using ::handrail::testing::EnteredIsolate;
using ::handrail::testing::Findings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An isolate with a heap that is soon full, and a way to fill it.
class NearHeapLimitTest : public ::testing::Test {
 protected:
  static constexpr size_t kLimitMb = 16;

  // Holds about one more MiB for the rest of the test.
  void HoldOneMore() {
    const v8::HandleScope scope(entered_.get());
    held_.emplace_back(entered_.get(), v8::Array::New(entered_.get(), 128 << 10));
  }
  size_t Limit() const {
    v8::HeapStatistics heap;
    entered_.get()->GetHeapStatistics(&heap);
    return heap.heap_size_limit();
  }

  Findings found_;
  EnteredIsolate entered_{{.heap_limit_mb = kLimitMb}};
  v8::HandleScope scope_{entered_.get()};
  v8::Local<v8::Context> context_ = v8::Context::New(entered_.get());
  v8::Context::Scope context_scope_{context_};
  std::vector<v8::Global<v8::Array>> held_;
};

TEST_F(NearHeapLimitTest, SaysNothingWhileThereIsRoom) {
  const NearHeapLimit watch(entered_.get(), found_.Sink());
  HoldOneMore();
  engine::CollectAll(entered_.get());
  EXPECT_THAT(found_.Codes(), IsEmpty());
  EXPECT_FALSE(watch.stop_requested());
}

TEST_F(NearHeapLimitTest, ReportsOnceRaisesTheLimitAndAsksToStop) {
  const NearHeapLimit watch(entered_.get(), found_.Sink());
  const size_t before = Limit();
  for (size_t i = 0; i < 4 * kLimitMb && !watch.stop_requested(); ++i) HoldOneMore();
  ASSERT_TRUE(watch.stop_requested()) << "held " << held_.size() << " MiB of " << kLimitMb;
  EXPECT_GT(Limit(), before);
  ASSERT_THAT(found_.Codes(), ElementsAre("HP002"));
  EXPECT_EQ(found_.all[0].detector, "near-heap-limit");
  EXPECT_THAT(found_.all[0].message, HasSubstr("MiB"));
  // The trial lives on, and may even pass the raised limit: that is no second finding.
  for (size_t i = 0; i < 4 * kLimitMb; ++i) HoldOneMore();
  EXPECT_THAT(found_.Codes(), ElementsAre("HP002"));
}

TEST_F(NearHeapLimitTest, IsCalledNoMoreAfterItsEnd) {
  { const NearHeapLimit watch(entered_.get(), found_.Sink()); }
  const NearHeapLimit second(entered_.get(), [](const Finding&) {});  // or V8 would end us
  for (size_t i = 0; i < 4 * kLimitMb && !second.stop_requested(); ++i) HoldOneMore();
  EXPECT_TRUE(second.stop_requested());
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

}  // namespace
}  // namespace handrail
