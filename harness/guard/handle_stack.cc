#include "harness/guard/handle_stack.h"

#include <algorithm>

namespace handrail::guard {
namespace {

// A block whose last slots are near is full enough to ask whether the quarantine may take one more.
constexpr ptrdiff_t kRoom = 32;

}  // namespace

HandleStack::HandleStack(HandleArea* area, const uintptr_t* tombstone, int max_blocks)
    : area_(area),
      tombstone_(tombstone),
      max_blocks_(static_cast<size_t>(std::max(max_blocks, 1))),
      deaths_(kDeaths) {
  Adopt();
}

HandleStack::~HandleStack() = default;

// What lies on the stack now is V8's or was made before we looked: alive, maker unknown.
void HandleStack::Adopt() {
  if (area_->limit != limit_) ToBlockOf(area_->limit, top_, {});
  top_ = std::max(area_->next, block_begin_ == nullptr ? area_->next : top_);
  if (area_->next > top_) top_ = area_->next;
}

void HandleStack::MoveToBlock(Block& block) {
  block_begin_ = block.begin;
  block_slots_ = block.slots.get();
}

// `next` lies in another block than before, or the scope was sealed or unsealed.
void HandleStack::ToBlockOf(uintptr_t* limit, uintptr_t* from, const Site& maker) {
  limit_ = limit;
  for (size_t i = blocks_.size(); i-- > 0;) {
    Block& block = *blocks_[i];
    if (limit <= block.begin || limit > block.begin + kSlots) continue;
    if (i + 1 < blocks_.size()) {  // a scope that spanned blocks has closed: V8 has freed those above
      while (blocks_.size() > i + 1) {
        gone_.push_back(std::move(blocks_.back()));
        blocks_.pop_back();
      }
      while (gone_.size() > kGone) gone_.pop_front();
      MoveToBlock(block);
      top_ = block.begin + kSlots;  // it had been full
      tail_ = tail_end_ = nullptr;
    }
    return;
  }
  if (limit == area_->next && blocks_.empty()) return;  // sealed or empty: where the block ends is not told
  uintptr_t* const begin = limit - kSlots;
  if (block_begin_ != nullptr && from >= block_begin_) {
    Born(from, block_begin_ + kSlots, maker);
  }
  std::erase_if(gone_, [&](const auto& gone) {
    return gone->begin < begin + kSlots && begin < gone->begin + kSlots;
  });
  blocks_.push_back(std::make_unique<Block>(Block{begin, 0, std::make_unique<Slot[]>(kSlots)}));
  MoveToBlock(*blocks_.back());
  top_ = begin;
  tail_ = tail_end_ = nullptr;
}

void HandleStack::Changed(uintptr_t* from, const Site& maker, const Site& now) {
  if (area_->limit != limit_) {
    uintptr_t* const block_before = block_begin_;
    ToBlockOf(area_->limit, from, maker);
    if (block_begin_ != block_before) from = std::max(block_begin_, std::min(from, area_->next));
    if (from < block_begin_ || from > block_begin_ + kSlots) from = block_begin_;
  }
  if (block_begin_ == nullptr) {
    top_ = area_->next;
    return;
  }
  uintptr_t* const next = area_->next;
  if (next < block_begin_ || next > block_begin_ + kSlots) {  // not the stack that we know: stay out
    top_ = next;
    return;
  }
  if (next > from && from >= block_begin_) Born(from, next, maker);
  if (top_ > next) {
    Bury(next, top_, {last_, now, false}, true);
  } else {
    top_ = next;
  }
}

void HandleStack::Born(uintptr_t* from, uintptr_t* to, const Site& maker) {
  Block* const block = BlockAt(from);
  if (block == nullptr) return;
  Slot* const slots = block->slots.get();
  const ptrdiff_t end = std::min<ptrdiff_t>(to - block->begin, kSlots);
  for (ptrdiff_t i = from - block->begin; i < end; ++i) {
    if (slots[i].death != 0 && block->quarantined > 0) --block->quarantined;
    slots[i] = {maker.at, maker.function, 0};
  }
}

// `keep`: move `next` over them, so that V8 does not use them again.
void HandleStack::Bury(uintptr_t* from, uintptr_t* to, const Death& death, bool keep) {
  uint32_t number = 0;
  const uintptr_t tombstone = *tombstone_;
  Block* const block = BlockAt(from);
  for (uintptr_t* slot = from; slot < to; ++slot) {
    *slot = tombstone;
    Slot& record = block_slots_[slot - block_begin_];
    if (record.death != 0) continue;
    if (number == 0) {
      number = next_death_++;
      deaths_[number % kDeaths] = death;
    }
    record.death = number;
    ++buried_;
    if (block != nullptr) ++block->quarantined;
  }
  if (!keep) return;
  // A sealed scope has no room; the slots are buried all the same, and moved over once it is unsealed.
  if (area_->limit < to) return;
  if (from > tail_end_ || from < tail_) tail_ = from;
  tail_end_ = area_->next = top_ = to;
  if (block_begin_ + kSlots - to < kRoom) GiveBackTail();
}

void HandleStack::GiveBackTail() {
  const size_t mostly_dead = static_cast<size_t>(
      std::count_if(blocks_.begin(), blocks_.end(),
                    [](const auto& block) { return block->quarantined > static_cast<int>(kSlots / 2); }));
  if (mostly_dead < max_blocks_) return;
  uintptr_t* const begin = std::max(tail_, block_begin_);
  if (top_ - begin < static_cast<ptrdiff_t>(kSlots / 4)) return;  // a short tail is not worth it
  given_back_ += top_ - begin;
  tail_end_ = area_->next = top_ = begin;
}

void HandleStack::LeaveCallback(uintptr_t* next_at_entry, const Site& site) {
  if (area_->next != top_ || area_->limit != limit_) Changed(top_, {last_.at, 0}, site);
  if (block_begin_ == nullptr) return;
  // Of a callback that filled blocks only what lies in the last one can be told apart from V8's own.
  uintptr_t* const from =
      next_at_entry >= block_begin_ && next_at_entry <= top_ ? next_at_entry : block_begin_;
  Bury(from, top_, {last_, site, true}, false);
}

HandleStack::Block* HandleStack::BlockAt(const uintptr_t* slot) const {
  for (size_t i = blocks_.size(); i-- > 0;) {
    if (slot >= blocks_[i]->begin && slot < blocks_[i]->begin + kSlots) return blocks_[i].get();
  }
  return nullptr;
}

bool HandleStack::IsDeadElsewhere(const uintptr_t* slot) const {
  if (const Block* block = BlockAt(slot)) {
    return block->slots[slot - block->begin].death != 0 && Buried(slot);
  }
  // In a block that V8 has freed: nothing may be read there, and no handle can be.
  return std::any_of(gone_.begin(), gone_.end(), [&](const auto& gone) {
    return slot >= gone->begin && slot < gone->begin + kSlots;
  });
}

void HandleStack::Revive(const uintptr_t* slot) {
  if (Block* block = BlockAt(slot)) {
    Slot& record = block->slots[slot - block->begin];
    if (record.death != 0 && block->quarantined > 0) --block->quarantined;
    record.death = 0;
    return;
  }
  std::erase_if(gone_, [&](const auto& gone) {
    return slot >= gone->begin && slot < gone->begin + kSlots;
  });
}

const Slot* HandleStack::Find(const uintptr_t* slot) const {
  if (const Block* block = BlockAt(slot)) return &block->slots[slot - block->begin];
  for (const auto& gone : gone_) {
    if (slot >= gone->begin && slot < gone->begin + kSlots) return &gone->slots[slot - gone->begin];
  }
  return nullptr;
}

const Death* HandleStack::DeathOf(const Slot& slot) const {
  if (slot.death == 0 || next_death_ - slot.death >= kDeaths) return nullptr;
  return &deaths_[slot.death % kDeaths];
}

int64_t HandleStack::quarantined() const {
  int64_t count = 0;
  for (const auto& block : blocks_) {
    const ptrdiff_t end = block->begin == block_begin_
                              ? std::clamp<ptrdiff_t>(area_->next - block->begin, 0, kSlots)
                              : static_cast<ptrdiff_t>(kSlots);
    count += std::count_if(block->slots.get(), block->slots.get() + end,
                           [](const Slot& slot) { return slot.death != 0; });
  }
  return count;
}

}  // namespace handrail::guard
