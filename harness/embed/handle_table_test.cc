#include "harness/embed/handle_table.h"

#include <set>
#include <vector>

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

class HandleTableTest : public handrail::testing::V8Test {
 protected:
  v8::Local<v8::Value> Number(int value) { return v8::Integer::New(isolate(), value); }
  HandleEntry* Put(int value) { return table.Put(Number(value), Place::current()); }
  int Read(const HandleEntry* entry) {
    const v8::HandleScope scope(isolate());
    return table.Get(*entry)->Int32Value(context()).FromJust();
  }
  void End(HandleEntry* entry) {
    table.Reset(entry);
    table.Free(entry);
  }
  HandleTable table{isolate(), nullptr};
};

TEST_F(HandleTableTest, HoldsMoreThanAChunkAndGivesEachBack) {
  std::vector<HandleEntry*> entries;
  for (int i = 0; i < 3'000; ++i) entries.push_back(Put(i));
  engine::CollectAll(isolate());
  for (int i = 0; i < 3'000; ++i) {
    EXPECT_EQ(entries[i]->slot, static_cast<Slot>(i));
    ASSERT_EQ(Read(entries[i]), i) << "in slot " << i;
  }
  EXPECT_EQ(table.live(), 3'000);
  for (HandleEntry* entry : entries) End(entry);
  EXPECT_EQ(table.live(), 0);
  EXPECT_EQ(table.out(), 0);
}

TEST_F(HandleTableTest, GivesOutAgainWhatWasFreed) {
  std::vector<HandleEntry*> entries;
  for (int i = 0; i < 4; ++i) entries.push_back(Put(i));
  End(entries[1]);
  End(entries[3]);
  EXPECT_EQ(Put(10)->slot, 3u);
  EXPECT_EQ(Put(11)->slot, 1u);
  EXPECT_EQ(Put(12)->slot, 4u);
  EXPECT_EQ(Read(entries[1]), 11);
  table.ForEachLive([&](HandleEntry* entry) { table.Reset(entry); });
}

TEST_F(HandleTableTest, KeepsAnEntryOutThatHasOnlyLostItsHandle) {
  HandleEntry* settled = Put(1);
  table.Reset(settled);
  EXPECT_EQ(table.live(), 0);
  EXPECT_EQ(table.out(), 1);
  HandleEntry* other = Put(2);
  EXPECT_NE(other->slot, settled->slot) << "it still belongs to its Deferred";
  table.Free(settled);
  EXPECT_EQ(Put(3)->slot, settled->slot);
  table.ForEachLive([&](HandleEntry* entry) { table.Reset(entry); });
}

TEST_F(HandleTableTest, VisitsWhatIsLiveAndNothingElse) {
  std::vector<HandleEntry*> entries;
  for (int i = 0; i < 130; ++i) entries.push_back(Put(i));
  for (int i = 0; i < 130; i += 2) i % 4 == 0 ? End(entries[i]) : table.Reset(entries[i]);
  std::set<Slot> seen;
  table.ForEachLive([&](HandleEntry* entry) { seen.insert(entry->slot); });
  EXPECT_EQ(seen.size(), 65u);
  for (Slot slot : seen) EXPECT_EQ(slot % 2, 1u);
  table.ForEachLive([&](HandleEntry* entry) { table.Reset(entry); });
}

// Globals of an isolate that is gone must not be reset: V8 would write into freed memory.
TEST_F(HandleTableTest, ForgetsWhatItHoldsWhenItIsDestroyed) {
  auto other = std::make_unique<handrail::testing::EnteredIsolate>();
  auto forgetful = std::make_unique<HandleTable>(other->get(), nullptr);
  {
    const v8::HandleScope scope(other->get());
    forgetful->Put(v8::Integer::New(other->get(), 1), Place::current());
  }
  auto global = std::make_unique<v8::Global<v8::Value>>(other->get(), v8::Null(other->get()));
  other.reset();
  forgetful.reset();
  Forget(std::move(global));
}

}  // namespace
}  // namespace handrail::embed
