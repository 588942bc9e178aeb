// The quarantine on plain memory that behaves as V8's handle blocks do.
#include "harness/guard/handle_stack.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace handrail::guard {
namespace {

constexpr uintptr_t kTombstone = 0xdead;

// V8's side: blocks of 1022 slots, scopes that save and restore `next` and `limit`.
class FakeV8 {
 public:
  FakeV8() : stack_(&area_, &tombstone_, 2, [this] { Handle(1); }) {}

  struct Scope {
    uintptr_t* next;
    uintptr_t* limit;
  };
  Scope Open() {
    ++area_.level;
    return {area_.next, area_.limit};
  }
  void Close(const Scope& scope) {
    --area_.level;
    area_.next = scope.next;
    if (area_.limit == scope.limit) return;
    area_.limit = scope.limit;
    while (!blocks_.empty() && blocks_.back().get() + HandleStack::kSlots != scope.limit) {
      spare_ = std::move(blocks_.back());  // V8 keeps one
      blocks_.pop_back();
    }
  }
  uintptr_t* Handle(uintptr_t value) {
    if (area_.next == area_.limit) {
      blocks_.push_back(spare_ != nullptr ? std::move(spare_)
                                          : std::make_unique<uintptr_t[]>(HandleStack::kSlots));
      area_.next = blocks_.back().get();
      area_.limit = area_.next + HandleStack::kSlots;
    }
    *area_.next = value;
    return area_.next++;
  }

  // A V8 call that makes `handles` handles and returns the last one.
  uintptr_t* Call(int handles, uint32_t function = 1) {
    const Site site = {reinterpret_cast<const void*>(uintptr_t{0x1000} + function), function};
    stack_.Before(site);
    uintptr_t* const before = area_.next;
    uintptr_t* last = nullptr;
    for (int i = 0; i < handles; ++i) last = Handle(++value_);
    stack_.After(site, before);
    return last;
  }

  HandleStack& stack() { return stack_; }
  HandleArea& area() { return area_; }
  uintptr_t* tombstone() { return &tombstone_; }

 private:
  HandleArea area_{.next = nullptr, .limit = nullptr, .level = 0, .sealed_level = 0};
  uintptr_t tombstone_ = kTombstone;
  uintptr_t value_ = 0x10000;
  std::vector<std::unique_ptr<uintptr_t[]>> blocks_;
  std::unique_ptr<uintptr_t[]> spare_;
  HandleStack stack_;
};

TEST(HandleStack, AHandleIsDeadOnceItsScopeHasClosedAndACallWasMade) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  const auto scope = v8.Open();
  const uintptr_t* handle = v8.Call(1);
  EXPECT_FALSE(v8.stack().IsDead(handle));
  v8.Close(scope);
  v8.Call(0);
  EXPECT_TRUE(v8.stack().IsDead(handle));
  EXPECT_EQ(*handle, kTombstone);
  v8.Close(outer);
}

TEST(HandleStack, ADeadSlotIsNotGivenToTheNextHandle) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  std::vector<const uintptr_t*> stale;
  for (int i = 0; i < 100; ++i) {
    const auto scope = v8.Open();
    stale.push_back(v8.Call(3));
    v8.Close(scope);
  }
  const uintptr_t* alive = v8.Call(1);
  for (const uintptr_t* handle : stale) {
    EXPECT_NE(handle, alive);
    EXPECT_TRUE(v8.stack().IsDead(handle));
  }
  EXPECT_FALSE(v8.stack().IsDead(alive));
  EXPECT_EQ(v8.stack().quarantined(), 300);
  v8.Close(outer);
}

TEST(HandleStack, TheOuterScopeTakesTheQuarantineBack) {
  FakeV8 v8;
  const auto outermost = v8.Open();
  uintptr_t* first = v8.Call(1);
  {
    const auto outer = v8.Open();
    const auto inner = v8.Open();
    v8.Call(5);
    v8.Close(inner);
    v8.Call(1);
    v8.Close(outer);
  }
  v8.Call(0);
  EXPECT_EQ(v8.area().next, first + 7) << "all six slots are in quarantine again, none was lost";
  EXPECT_EQ(v8.stack().quarantined(), 6);
  v8.Close(outermost);
}

TEST(HandleStack, TellsWhereASlotWasMadeAndBetweenWhichCallsItDied) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1, 7);
  const auto scope = v8.Open();
  const uintptr_t* handle = v8.Call(1, 8);
  v8.Call(0, 9);
  v8.Close(scope);
  v8.Call(0, 10);
  const Slot* slot = v8.stack().Find(handle);
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slot->made_by, 8u);
  const Death* death = v8.stack().DeathOf(*slot);
  ASSERT_NE(death, nullptr);
  EXPECT_EQ(death->after.function, 9u);
  EXPECT_EQ(death->before.function, 10u);
  v8.Close(outer);
}

TEST(HandleStack, ATombstoneThatTheGcHasMovedIsKnownByItsNewAddress) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  const auto scope = v8.Open();
  uintptr_t* handle = v8.Call(1);
  v8.Close(scope);
  v8.Call(0);
  *handle = *v8.tombstone() = 0xbeef;  // the GC updates every slot below `next`, and the Global
  EXPECT_TRUE(v8.stack().IsDead(handle));
  v8.Close(outer);
}

TEST(HandleStack, ASlotThatV8ItselfHasTakenOverIsNotCalledDead) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  const auto callback = v8.Open();
  uintptr_t* handle = v8.Call(1);
  v8.Close(callback);
  uintptr_t* const internal = v8.Handle(0x4242);  // V8's own, without a call of ours in between
  EXPECT_EQ(internal, handle);
  v8.Call(0);
  EXPECT_FALSE(v8.stack().IsDead(handle));
  v8.Close(outer);
}

TEST(HandleStack, HandlesOfAScopeThatSpansBlocksAreDeadAfterIt) {
  FakeV8 v8;
  const auto outer = v8.Open();
  const uintptr_t* alive = v8.Call(1);
  const auto scope = v8.Open();
  std::vector<const uintptr_t*> handles;
  for (int i = 0; i < 3000; ++i) handles.push_back(v8.Call(1));
  v8.Close(scope);
  v8.Call(0);
  int dead = 0;
  for (const uintptr_t* handle : handles) dead += v8.stack().IsDead(handle) ? 1 : 0;
  EXPECT_EQ(dead, 3000);
  EXPECT_FALSE(v8.stack().IsDead(alive));
  v8.Close(outer);
}

TEST(HandleStack, WhatWasDeadBelowAScopeThatSpannedBlocksStaysDead) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  const auto first = v8.Open();
  const uintptr_t* stale = v8.Call(300);
  v8.Close(first);
  v8.Call(0);
  const auto second = v8.Open();
  v8.Call(2000);
  v8.Close(second);
  v8.Call(0);
  EXPECT_TRUE(v8.stack().IsDead(stale));
  EXPECT_GE(v8.stack().quarantined(), 1021) << "all of the first block but the handle of the outer scope";
  v8.Close(outer);
}

TEST(HandleStack, GivesWholeTailsBackAtItsBound) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto scope = v8.Open();
    v8.Call(8);
    v8.Close(scope);
  }
  v8.Call(0);
  EXPECT_GT(v8.stack().given_back(), 0);
  EXPECT_LE(v8.stack().quarantined(), int64_t{3} * HandleStack::kSlots);
  v8.Close(outer);
}

TEST(HandleStack, KeepsTheNewestDeadSlotsApartHoweverLongTheLoop) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  const uintptr_t* before = nullptr;
  int reused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto scope = v8.Open();
    const uintptr_t* handle = v8.Call(1);
    reused += handle == before ? 1 : 0;
    before = handle;
    v8.Close(scope);
  }
  EXPECT_EQ(reused, 0) << "a handle got the slot of the one right before it";
  v8.Close(outer);
}

// As above where the scope's constructor is a V8 call that we see: what is dead is put away before the
// scope remembers where it began.
TEST(HandleStack, FillsSeveralBlocksWhereScopesAreNotInlined) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  std::vector<const uintptr_t*> stale;
  for (int i = 0; i < 1500; ++i) {
    v8.Call(0);
    const auto scope = v8.Open();
    stale.push_back(v8.Call(1));
    v8.Close(scope);
  }
  v8.Call(0);
  for (const uintptr_t* handle : stale) EXPECT_TRUE(v8.stack().IsDead(handle));
  EXPECT_EQ(v8.stack().given_back(), 0);
  v8.Close(outer);
}

TEST(HandleStack, WhatACallbackMadeIsDeadWhenItHasReturned) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  const auto v8s_own = v8.Open();
  const size_t depth = v8.stack().EnterCallback();
  uintptr_t* const entry = v8.area().next;
  const uintptr_t* handle = v8.Call(1);
  v8.stack().LeaveCallback(depth, entry, {});
  v8.Close(v8s_own);
  v8.Call(0);
  ASSERT_TRUE(v8.stack().IsDead(handle));
  EXPECT_TRUE(v8.stack().DeathOf(*v8.stack().Find(handle))->by_callback);
  v8.Close(outer);
}

TEST(HandleStack, NeverGivesBackWhatV8HoldsForItselfBelowACallback) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(1);
  {
    const auto scope = v8.Open();  // dead slots, which V8 then takes for itself
    v8.Call(5);
    v8.Close(scope);
    v8.stack().Before({});
    v8.area().next -= 5;
  }
  const auto v8s_own = v8.Open();
  std::vector<uintptr_t*> internal;
  for (int i = 0; i < 5; ++i) internal.push_back(v8.Handle(0x7000));
  const size_t depth = v8.stack().EnterCallback();
  uintptr_t* const entry = v8.area().next;
  for (int i = 0; i < 5000; ++i) {
    const auto scope = v8.Open();
    v8.Call(3);
    v8.Close(scope);
  }
  v8.Call(0);
  EXPECT_GT(v8.stack().given_back(), 0);
  for (const uintptr_t* slot : internal) EXPECT_EQ(*slot, 0x7000u);
  v8.stack().LeaveCallback(depth, entry, {});
  v8.Close(v8s_own);
  v8.Close(outer);
}

TEST(HandleStack, ASealedScopeIsLeftAsItIs) {
  FakeV8 v8;
  const auto outer = v8.Open();
  v8.Call(2);
  uintptr_t* const limit = v8.area().limit;
  v8.area().limit = v8.area().next;
  v8.Call(0);
  EXPECT_EQ(v8.area().next, v8.area().limit);
  v8.area().limit = limit;
  const uintptr_t* handle = v8.Call(1);
  EXPECT_FALSE(v8.stack().IsDead(handle));
  v8.Close(outer);
}

// Random programs of nested scopes against a model that knows which handles are alive.
TEST(HandleStack, NeverCallsALiveHandleDeadInRandomPrograms) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    FakeV8 v8;
    struct Level {
      FakeV8::Scope scope;
      std::vector<std::pair<const uintptr_t*, uintptr_t>> handles;
    };
    std::vector<Level> levels;
    levels.push_back({v8.Open(), {}});
    for (int step = 0; step < 3000; ++step) {
      const auto dice = random() % 10;
      if (dice < 3 && levels.size() < 40) {
        levels.push_back({v8.Open(), {}});
      } else if (dice < 6 && levels.size() > 1) {
        v8.Close(levels.back().scope);
        levels.pop_back();
      } else {
        const int handles = static_cast<int>(random() % (dice == 9 ? 700 : 5));
        const uintptr_t* handle = v8.Call(handles);
        if (handle != nullptr) levels.back().handles.emplace_back(handle, *handle);
      }
      v8.Call(0);
      for (const Level& level : levels) {
        for (const auto& [handle, value] : level.handles) {
          ASSERT_FALSE(v8.stack().IsDead(handle)) << "seed " << seed << ", step " << step;
          ASSERT_EQ(*handle, value) << "overwritten; seed " << seed << ", step " << step;
        }
      }
    }
    while (!levels.empty()) {
      v8.Close(levels.back().scope);
      levels.pop_back();
    }
  }
}

}  // namespace
}  // namespace handrail::guard
