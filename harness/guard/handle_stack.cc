#include "harness/guard/handle_stack.h"

#include <algorithm>

namespace handrail::guard {
namespace {

// A block whose last slots are near is full enough to ask whether the quarantine may take one more.
constexpr ptrdiff_t kRoom = 32;

}  // namespace

HandleStack::HandleStack(HandleArea* area, const uintptr_t* tombstone, int max_blocks,
                         std::function<void()> extend)
    : area_(area),
      tombstone_(tombstone),
      max_blocks_(static_cast<size_t>(std::max(max_blocks, 1))),
      extend_(std::move(extend)),
      deaths_(kDeaths) {
  Adopt();
}

HandleStack::~HandleStack() = default;

// What lies on the stack now is V8's or was made before we looked: alive, maker unknown.
void HandleStack::Adopt() {
  if (area_->limit != limit_) ToBlockOf(area_->limit, top_, {});
  if (block_begin_ == nullptr || area_->next > top_) top_ = area_->next;
}

void HandleStack::MoveToBlock(Block& block) {
  block_begin_ = block.begin;
  block_slots_ = block.slots.get();
  top_block_ = &block;
}

void HandleStack::StartOver() {
  recent_.fill(nullptr);
  blocks_.clear();
  gone_.clear();
  block_begin_ = nullptr;
  block_slots_ = nullptr;
  top_block_ = nullptr;
  top_ = limit_ = nullptr;
  tail_ = {};
}

// V8 has freed the blocks from this one up. It may use one again: what is known of it is kept for then.
void HandleStack::Retire(size_t from) {
  recent_.fill(nullptr);
  while (blocks_.size() > from) {
    if (blocks_.back()->extension) may_extend_ = false;
    blocks_.back()->extension = false;
    gone_.push_back(std::move(blocks_.back()));
    blocks_.pop_back();
  }
  while (gone_.size() > kGone) gone_.pop_front();
}

// V8 goes on in a block that is not one of those below.
void HandleStack::Enter(uintptr_t* begin) {
  const auto again = std::find_if(gone_.begin(), gone_.end(),
                                  [&](const auto& gone) { return gone->begin == begin; });
  if (again != gone_.end()) {
    blocks_.push_back(std::move(*again));
    gone_.erase(again);
  } else {
    blocks_.push_back(std::make_unique<Block>(Block{begin, 0, false, 0, std::make_unique<Slot[]>(kSlots)}));
  }
  // Its memory may have been another block's, cut differently.
  std::erase_if(gone_, [&](const auto& gone) {
    return gone->begin < begin + kSlots && begin < gone->begin + kSlots;
  });
  MoveToBlock(*blocks_.back());
  top_ = begin + blocks_.back()->used;
  tail_ = {};
}

// `next` lies in another block than before, or the scope was sealed or unsealed.
void HandleStack::ToBlockOf(uintptr_t* limit, uintptr_t* from, const Site& maker) {
  limit_ = limit;
  if (limit == nullptr) {  // the outermost scope has closed
    Retire(0);
    may_extend_ = true;
    block_begin_ = nullptr;
    block_slots_ = nullptr;
    top_block_ = nullptr;
    return;
  }
  for (size_t i = blocks_.size(); i-- > 0;) {
    Block& block = *blocks_[i];
    if (limit <= block.begin || limit > block.begin + kSlots) continue;
    if (i + 1 == blocks_.size()) return;  // sealed or unsealed, the same block
    Retire(i + 1);  // a scope that spanned blocks has closed
    MoveToBlock(block);
    top_ = block.begin + kSlots;  // it had been full
    tail_ = {};
    return;
  }
  // Sealed before we knew the block: where it ends is not told.
  if (limit == area_->next && blocks_.empty()) return;
  if (block_begin_ != nullptr && from >= block_begin_) Born(from, block_begin_ + kSlots, maker);
  Enter(limit - kSlots);
}

void HandleStack::Changed(uintptr_t* from, const Site& maker, const Site& now) {
  if (area_->limit != limit_) {
    const uintptr_t* const block_before = block_begin_;
    const size_t blocks_before = blocks_.size();
    ToBlockOf(area_->limit, from, maker);
    // In a new block all is new; in one that V8 came back to, nothing.
    if (block_begin_ != block_before) {
      from = blocks_.size() > blocks_before ? block_begin_ : area_->next;
    }
  }
  uintptr_t* const next = area_->next;
  const auto in_block = [this](const uintptr_t* slot) {
    return slot >= block_begin_ && slot <= block_begin_ + kSlots;
  };
  if (block_begin_ == nullptr || !in_block(next)) {  // nothing is open, or not the stack that we know
    top_ = next;
    return;
  }
  if (!in_block(top_)) top_ = next;
  if (in_block(from) && from < next) Born(from, next, maker);
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
  block->used = std::max(block->used, end);
  for (ptrdiff_t i = from - block->begin; i < end; ++i) {
    if (slots[i].death != 0 && block->quarantined > 0) --block->quarantined;
    slots[i] = {maker.at, maker.function, 0};
  }
}

void HandleStack::BuryIn(Block& block, uintptr_t* from, uintptr_t* to, const Death& death) {
  uint32_t number = 0;
  const uintptr_t tombstone = *tombstone_;
  block.used = std::max(block.used, to - block.begin);
  for (uintptr_t* slot = from; slot < to; ++slot) {
    *slot = tombstone;
    Slot& record = block.slots[static_cast<size_t>(slot - block.begin)];
    if (record.death != 0) continue;
    if (number == 0) {
      number = next_death_++;
      deaths_[number % kDeaths] = death;
    }
    record.death = number;
    ++buried_;
    ++block.quarantined;
  }
}

// Slots of the topmost block. `keep`: move `next` over them, so that V8 does not use them again.
void HandleStack::Bury(uintptr_t* from, uintptr_t* to, const Death& death, bool keep) {
  // Where scopes are inlined, one is opened and closed before we see that the last one was: `from` then
  // is the beginning of the whole tail, which holds tombstones already.
  const bool again = from >= tail_.begin && from <= tail_.end && to >= tail_.end;
  BuryIn(*top_block_, again ? tail_.end : from, to, death);
  // A sealed scope has no room; the slots are buried all the same, and moved over once it is unsealed.
  if (!keep || area_->limit < to) return;
  if (!again) tail_.begin = from;
  tail_.end = area_->next = top_ = to;
  if (block_begin_ + kSlots - to < kRoom) MakeRoom();
}

// The block is about full. Were it left at that, every scope from here on would begin in a fresh block and
// give the same first slots to its handles, over and over.
void HandleStack::MakeRoom() {
  const auto mostly_dead = [](const auto& block) {
    return block->quarantined > static_cast<int>(kSlots / 2);
  };
  const auto full = std::count_if(blocks_.begin(), blocks_.end(), mostly_dead);
  uintptr_t* const end = block_begin_ + kSlots;
  if (!may_extend_ || static_cast<size_t>(full) >= max_blocks_ || area_->level <= area_->sealed_level ||
      area_->limit != end) {
    GiveBackTail();
    return;
  }
  const Death death = {last_, last_, false};
  area_->next = end;
  extend_();
  if (area_->limit == end) return;  // V8 has found no other block
  Born(top_, end, {});
  uintptr_t* const rest = top_;
  BuryIn(*blocks_.back(), rest, end, death);
  uintptr_t* const next = area_->next;
  ToBlockOf(area_->limit, end, {});
  blocks_.back()->extension = true;
  Bury(block_begin_, std::max(next, top_), death, true);
}

void HandleStack::GiveBackTail() {
  // Tails that met are one. What V8 has taken for itself holds no tombstone.
  uintptr_t* begin = top_;
  while (begin > block_begin_ && block_slots_[begin - block_begin_ - 1].death != 0 && Buried(begin - 1)) {
    --begin;
  }
  if (top_ - begin < static_cast<ptrdiff_t>(kSlots / 4)) return;  // a short tail is not worth it
  given_back_ += top_ - begin;
  tail_ = {begin, begin};
  area_->next = top_ = begin;
}

size_t HandleStack::EnterCallback() {
  Adopt();
  // Called from within a V8 call of ours, V8 does not touch what lay below when that began. Called by
  // others, as Node calls an addon, V8 may have been anywhere since.
  callers_.push_back({in_call_ ? tail_ : Tail{}, in_call_});
  tail_ = {};
  in_call_ = false;
  return callers_.size() - 1;
}

void HandleStack::LeaveCallback(size_t depth, uintptr_t* next_at_entry, const Site& site,
                                uintptr_t* result) {
  if (area_->next != top_ || area_->limit != limit_) Changed(top_, {last_.at, 0}, site);
  if (block_begin_ != nullptr) {
    // Of a callback that filled blocks only what lies in the last one can be told from V8's own. Where so
    // much was given back that `next` lies below where it began, nothing can.
    const bool same_block = next_at_entry >= block_begin_ && next_at_entry <= block_begin_ + kSlots;
    uintptr_t* const from = same_block ? std::min(next_at_entry, top_) : block_begin_;
    const uintptr_t kept = result == nullptr ? 0 : *result;
    Bury(from, top_, {last_, site, true}, false);
    // Buried with the others when `next` is seen to be back.
    if (result != nullptr && *result != kept) *result = kept;
  }
  if (depth >= callers_.size()) return;  // it was not seen to begin
  tail_ = callers_[depth].tail;
  if (tail_.begin < block_begin_ || tail_.begin > block_begin_ + kSlots) tail_ = {};
  in_call_ = callers_[depth].in_call;
  callers_.resize(depth);
}

HandleStack::Block* HandleStack::BlockAt(const uintptr_t* slot) const {
  for (size_t i = blocks_.size(); i-- > 0;) {
    if (slot >= blocks_[i]->begin && slot < blocks_[i]->begin + kSlots) return blocks_[i].get();
  }
  return nullptr;
}

bool HandleStack::IsFineElsewhere(const uintptr_t* slot) const {
  const Block* const block = BlockAt(slot);
  if (block == nullptr) return false;
  recent_[Page(slot)] = block;
  return block->slots[static_cast<size_t>(slot - block->begin)].death == 0;
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
