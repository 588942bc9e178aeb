#include "harness/embed/handle_table.h"

#include <set>
#include <vector>

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

class HandleTableTest : public handrail::testing::V8Test {
 protected:
  v8::Local<v8::Value> Number(int value) { return v8::Integer::New(isolate(), value); }
  HandleTable table{isolate()};
};

TEST_F(HandleTableTest, HoldsMoreThanAChunkAndGivesEachBack) {
  for (int i = 0; i < 3'000; ++i) EXPECT_EQ(table.Put(Number(i)).slot(), static_cast<Slot>(i));
  engine::CollectAll(isolate());
  for (int i = 0; i < 3'000; ++i) {
    const v8::HandleScope scope(isolate());
    ASSERT_EQ(table.Get(i)->Int32Value(context()).FromJust(), i) << "in slot " << i;
  }
  EXPECT_EQ(table.taken(), 3'000);
  table.ForEach([&](Slot slot) { table.Reset(slot); });
  EXPECT_EQ(table.taken(), 0);
}

TEST_F(HandleTableTest, GivesOutAgainWhatWasReset) {
  for (int i = 0; i < 4; ++i) table.Put(Number(i));
  table.Reset(1);
  table.Reset(3);
  EXPECT_EQ(table.Put(Number(10)).slot(), 3u);
  EXPECT_EQ(table.Put(Number(11)).slot(), 1u);
  EXPECT_EQ(table.Put(Number(12)).slot(), 4u);
  EXPECT_EQ(table.Get(1)->Int32Value(context()).FromJust(), 11);
  table.ForEach([&](Slot slot) { table.Reset(slot); });
}

TEST_F(HandleTableTest, VisitsWhatIsTakenAndNothingElse) {
  for (int i = 0; i < 130; ++i) table.Put(Number(i));
  for (Slot slot = 0; slot < 130; slot += 2) table.Reset(slot);
  std::set<Slot> seen;
  table.ForEach([&](Slot slot) { seen.insert(slot); });
  EXPECT_EQ(seen.size(), 65u);
  for (Slot slot : seen) EXPECT_EQ(slot % 2, 1u);
  for (Slot slot : seen) table.Reset(slot);
}

TEST_F(HandleTableTest, AHandleReadsAndResetsWithoutALookIntoTheTable) {
  TableHandle first = table.Put(Number(1));
  TableHandle second = table.Put(Number(2));
  engine::CollectAll(isolate());
  TableHandle moved = std::move(first);
  EXPECT_FALSE(first.taken());
  EXPECT_EQ(table.Get(moved)->Int32Value(context()).FromJust(), 1);
  table.Reset(std::move(moved));
  EXPECT_EQ(table.taken(), 1);
  EXPECT_EQ(table.Put(Number(3)).slot(), 0u) << "the slot is free again";
  EXPECT_EQ(table.Get(second)->Int32Value(context()).FromJust(), 2);
  table.ForEach([&](Slot slot) { table.Reset(slot); });
}

// Globals of an isolate that is gone must not be reset: V8 would write into freed memory.
TEST_F(HandleTableTest, ForgetsWhatItHoldsWhenItIsDestroyed) {
  auto other = std::make_unique<handrail::testing::EnteredIsolate>();
  auto forgetful = std::make_unique<HandleTable>(other->get());
  {
    const v8::HandleScope scope(other->get());
    forgetful->Put(v8::Integer::New(other->get(), 1));
  }
  auto global = std::make_unique<v8::Global<v8::Value>>(other->get(), v8::Null(other->get()));
  other.reset();
  forgetful.reset();
  Forget(std::move(global));
}

}  // namespace
}  // namespace handrail::embed
