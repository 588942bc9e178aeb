// The stack of handle blocks of one isolate as one thread uses it, and what is known of every slot in
// it: made by which call, dead since when. This is the quarantine itself.
//
// V8 keeps handles in blocks of 1022 slots and a pointer to the next free one. Closing a HandleScope only
// moves that pointer back; the next handle made gets the same slot, and a stale Local becomes another
// object. So whenever a call finds that `next` has moved back, the slots in between are dead: they are
// filled with a tombstone, and `next` is moved forward over them again. The scope around them takes them
// all back when it closes, as V8 does with its own. Moving `next` was chosen over changing what a scope
// saves ("burning" it), because it needs no scope object: from V8 13 on constructors and destructors of
// scopes are inlined into the embedder, and nobody sees them run.
//
// Bounds. Blocks are bump stacks, nothing can be given back from the bottom. Where the quarantine has
// filled a block, `extend` gets the next one; when it fills `max_blocks`, the tail of dead slots on top is
// given back as a whole and filled anew (`given_back` counts its slots): what is older than that is no
// longer certain to be found.
//
// What it cannot see: a slot that was reused before the next V8 call through a thunk (possible where a
// header inlines both the scope and the handle), a slot that V8 itself reused after a callback returned.
// Such a slot holds no tombstone and is never reported.
//
// Plain memory, no V8: `area` is V8's own pair of pointers, or a test's.
//
// Threads: the one that the isolate is on. Find() from others only while that one waits.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace handrail::guard {

// The head of v8::internal::HandleScopeData, the same in V8 10.2 to 14.6.
struct HandleArea {
  uintptr_t* next;   // where the next handle goes
  uintptr_t* limit;  // end of the block; equal to `next` where the scope is sealed
  int level;         // how many scopes are open
  int sealed_level;  // no handle may be made at this one
};

// A place in the program: the address after a call, and which function was called (an index of the
// host's, 0: unknown).
struct Site {
  const void* at = nullptr;
  uint32_t function = 0;
};

// Where a range of slots died: at some moment after one call and before another.
struct Death {
  Site after;
  Site before;
  bool by_callback = false;  // V8 took them back because a callback returned
};

struct Slot {
  const void* made_at = nullptr;  // the call that made it returned here; of an inlined one, the call before
  uint32_t made_by = 0;           // which function; 0: inlined by a header, or V8 itself
  uint32_t death = 0;             // 0: alive, or never used
};

class HandleStack {
 public:
  static constexpr size_t kSlots = 1022;  // of one block

  // `tombstone`: a place that always holds the tombstone's current value (the GC may move it).
  // `extend`: makes one handle in the scope that is open, without allocating on the heap; called when the
  // block is full, so that V8 goes on to another.
  HandleStack(HandleArea* area, const uintptr_t* tombstone, int max_blocks,
              std::function<void()> extend);
  ~HandleStack();
  HandleStack(const HandleStack&) = delete;
  HandleStack& operator=(const HandleStack&) = delete;

  // Before a call at `site`: takes in what happened without us since the last one. Some nanoseconds when
  // nothing did. `after_follows`: After will be called.
  void Before(const Site& site, bool after_follows = true) {
    if (area_->next != top_ || area_->limit != limit_) [[unlikely]] Changed(top_, {last_.at, 0}, site);
    last_ = site;
    in_call_ = after_follows;
  }
  // After it: what was made since `next_before` is the call's.
  void After(const Site& site, uintptr_t* next_before) {
    last_ = site;
    in_call_ = false;
    if (area_->next == top_ && area_->limit == limit_) return;
    // Most calls make a handle or two, right behind the others.
    if (next_before == top_ && area_->next > top_ && area_->limit == limit_ && block_begin_ != nullptr) {
      uintptr_t* const next = area_->next;
      Block& block = *top_block_;
      for (uintptr_t* slot = top_; slot < next; ++slot) {
        Slot& record = block_slots_[slot - block_begin_];
        if (record.death != 0) --block.quarantined;
        record = {site.at, site.function, 0};
      }
      top_ = next;
      block.used = std::max(block.used, next - block_begin_);
      return;
    }
    Changed(next_before, site, site);
  }

  // No scope is open and V8 may have freed its blocks for other threads to use (a Locker was let go): all
  // that was known is void.
  void StartOver();

  // A callback of the embedder begins: what V8 has made for itself is on top. Returns how many were going
  // on already, to be given to LeaveCallback: what was made inside is dead then, V8 takes it back right after.
  size_t EnterCallback();
  // `result`: a slot that the caller still reads before that.
  void LeaveCallback(size_t depth, uintptr_t* next_at_entry, const Site& site,
                     uintptr_t* result = nullptr);

  // Whether this is a slot that died and whose place nobody has taken. Slots that are none of ours are not.
  bool IsDead(const uintptr_t* slot) const {
    const size_t i = static_cast<size_t>(slot - block_begin_);
    if (i < kSlots) return slot >= area_->next || (block_slots_[i].death != 0 && Buried(slot));
    return IsDeadElsewhere(slot);
  }
  // The quick answer for most handles: in one of the blocks, and alive.
  bool IsFine(const uintptr_t* slot) const {
    const size_t i = static_cast<size_t>(slot - block_begin_);
    if (i < kSlots) return slot < area_->next && block_slots_[i].death == 0;
    const Block* const block = recent_[Page(slot)];
    if (block == nullptr) return IsFineElsewhere(slot);
    const size_t in_block = static_cast<size_t>(slot - block->begin);
    if (in_block < kSlots) return block->slots[in_block].death == 0;
    return IsFineElsewhere(slot);
  }
  // A handle that V8 returned is alive, whatever we believe.
  void Revive(const uintptr_t* slot);

  const Slot* Find(const uintptr_t* slot) const;
  // nullptr: too long ago, its record was used again.
  const Death* DeathOf(const Slot& slot) const;
  // Whether the slot lies in one of its blocks.
  bool Owns(const uintptr_t* slot) const { return Find(slot) != nullptr; }

  HandleArea* area() const { return area_; }
  uintptr_t tombstone() const { return *tombstone_; }
  // Dead slots that lie below `next`, which V8 counts as handles and an embedder does not.
  int64_t quarantined() const;
  int64_t given_back() const { return given_back_; }
  int64_t buried() const { return buried_; }  // slots put into quarantine so far

 private:
  struct Block {
    uintptr_t* begin;
    int quarantined = 0;
    bool extension = false;  // asked for by us, for the quarantine
    ptrdiff_t used = 0;  // slots from the beginning that ever held a handle
    std::unique_ptr<Slot[]> slots;
  };
  // The last run of dead slots, all holding tombstones. Empty where V8 may have written to it since.
  struct Tail {
    uintptr_t* begin = nullptr;
    uintptr_t* end = nullptr;
  };
  struct Caller {
    Tail tail;
    bool in_call;
  };
  static constexpr size_t kDeaths = 1 << 12;
  static constexpr size_t kGone = 16;  // blocks given back to V8 that are remembered

  void Changed(uintptr_t* from, const Site& maker, const Site& now);
  void Adopt();
  void MoveToBlock(Block& block);
  void ToBlockOf(uintptr_t* limit, uintptr_t* from, const Site& maker);
  void Retire(size_t from);
  void Enter(uintptr_t* begin);
  void Born(uintptr_t* from, uintptr_t* to, const Site& maker);
  void Bury(uintptr_t* from, uintptr_t* to, const Death& death, bool keep);
  void BuryIn(Block& block, uintptr_t* from, uintptr_t* to, const Death& death);
  void MakeRoom();
  void GiveBackTail();
  bool Buried(const uintptr_t* slot) const { return *slot == *tombstone_; }
  static size_t Page(const uintptr_t* slot) { return reinterpret_cast<uintptr_t>(slot) >> 12 & 15; }
  bool IsFineElsewhere(const uintptr_t* slot) const;
  bool IsDeadElsewhere(const uintptr_t* slot) const;
  Block* BlockAt(const uintptr_t* slot) const;

  HandleArea* area_;
  const uintptr_t* tombstone_;
  size_t max_blocks_;
  std::function<void()> extend_;
  uintptr_t* top_ = nullptr;    // highest `next` since it was last seen to move back
  uintptr_t* limit_ = nullptr;
  uintptr_t* block_begin_ = nullptr;  // of the topmost block; nullptr: not known yet
  Slot* block_slots_ = nullptr;
  Block* top_block_ = nullptr;
  Tail tail_;
  std::vector<Caller> callers_;  // of the callbacks that are going on
  bool in_call_ = false;             // a V8 call of ours has begun and not returned
  bool may_extend_ = true;      // no: the scope that is open takes an extension with it when it closes
  Site last_;
  std::vector<std::unique_ptr<Block>> blocks_;  // from the bottom up
  std::deque<std::unique_ptr<Block>> gone_;
  mutable std::array<const Block*, 16> recent_{};  // of blocks_, by the page of a slot that was asked for
  std::vector<Death> deaths_;
  uint32_t next_death_ = 1;
  int64_t buried_ = 0;
  int64_t given_back_ = 0;
};

}  // namespace handrail::guard
