#include "harness/observe/gc_watch.h"

#include <gtest/gtest.h>

#include "harness/observe/v8_test.h"

namespace handrail {
namespace {

using GcWatchTest = ::handrail::testing::V8Test;

TEST_F(GcWatchTest, CountsFullAndMinorCollectionsApart) {
  const GcWatch watch(isolate());
  engine::CollectMinor(isolate());
  engine::CollectMinor(isolate());
  EXPECT_EQ(watch.counts().minor, 2);
  EXPECT_EQ(watch.counts().major, 0);
  engine::CollectAll(isolate());
  EXPECT_GE(watch.counts().major, 1);
  EXPECT_GT(watch.counts().minor_ns, 0);
  EXPECT_GT(watch.counts().major_ns, 0);
}

TEST_F(GcWatchTest, CountsNothingBeforeItWasAttached) {
  engine::CollectAll(isolate());
  const GcWatch watch(isolate());
  EXPECT_EQ(watch.counts().major + watch.counts().minor + watch.counts().other, 0);
}

TEST_F(GcWatchTest, IsCalledNoMoreAfterItsEnd) {
  { const GcWatch watch(isolate()); }
  engine::CollectAll(isolate());  // must not call into the watch that is gone
  const GcWatch watch(isolate());
  EXPECT_EQ(watch.counts().major, 0);
}

TEST_F(GcWatchTest, OfOneIsolateSeesNothingOfAnother) {
  const GcWatch watch(isolate());
  {
    const testing::EnteredIsolate other;
    engine::CollectAll(other.get());
  }
  EXPECT_EQ(watch.counts().major, 0);
}

TEST_F(GcWatchTest, CanBeAttachedTwiceAndBothCount) {
  const GcWatch first(isolate());
  const GcWatch second(isolate());
  engine::CollectMinor(isolate());
  EXPECT_EQ(first.counts().minor, 1);
  EXPECT_EQ(second.counts().minor, 1);
}

}  // namespace
}  // namespace handrail
