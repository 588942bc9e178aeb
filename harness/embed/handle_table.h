// The strong handles that an environment holds for its Deferreds and Roots. They live here, not in
// them, because a v8::Global may be touched on its isolate's thread only, and not after the
// isolate: a Deferred or a Root carries a number instead, which any thread may drop.
//
// Cost: eight bytes and a bit for each handle, plus V8's own node for it.
// Threads: the isolate's thread only.
#pragma once

#include <v8.h>

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace handrail::embed {

// A handle whose isolate is gone: its memory, without the destructor that would touch V8.
template <class T>
void Forget(std::unique_ptr<v8::Global<T>> handle) {
  ::operator delete(handle.release());
}

using Slot = uint32_t;
inline constexpr Slot kNoSlot = UINT32_MAX;

// One handle of the table as its owner sees it: its slot, and V8's node for it, so that using it
// needs no look into the table. At a million handles in random order that look is one miss of the
// cache more than a bare v8::Global has (1.9 x its time, against 1.1 x without; bench_deferred).
// A strong v8::Global is one pointer and refers to nothing of itself, so its bytes may be copied;
// only one of the two copies is ever reset.
class TableHandle {
 public:
  TableHandle() = default;
  TableHandle(TableHandle&& other) noexcept
      : slot_(std::exchange(other.slot_, kNoSlot)), node_(other.node_) {}
  TableHandle& operator=(TableHandle&& other) noexcept {
    slot_ = std::exchange(other.slot_, kNoSlot);
    node_ = other.node_;
    return *this;
  }

  bool taken() const { return slot_ != kNoSlot; }
  Slot slot() const { return slot_; }
  // Gives up the slot, as a number, to whoever is to reset it.
  Slot Release() { return std::exchange(slot_, kNoSlot); }

 private:
  friend class HandleTable;
  Slot slot_ = kNoSlot;
  alignas(void*) std::array<unsigned char, sizeof(void*)> node_{};
};
static_assert(sizeof(v8::Global<v8::Value>) == sizeof(void*));

class HandleTable {
 public:
  explicit HandleTable(v8::Isolate* isolate) : isolate_(isolate) {}
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  TableHandle Put(v8::Local<v8::Value> value);
  // Require: it is taken. Its slot is given out again by a later Put.
  v8::Local<v8::Value> Get(Slot slot) const { return Cell(slot).global.Get(isolate_); }
  v8::Local<v8::Value> Get(const TableHandle& handle) const {
    return reinterpret_cast<const v8::Global<v8::Value>*>(handle.node_.data())->Get(isolate_);
  }
  void Reset(Slot slot);
  void Reset(TableHandle handle);

  int64_t taken() const { return taken_; }
  // Calls visit(slot) for every slot that is taken.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (Slot slot = 0; slot < used_; ++slot) {
      if (IsTaken(slot)) visit(slot);
    }
  }

 private:
  static constexpr Slot kChunk = 1024;
  // No constructor, no destructor: what is left when the isolate is gone is forgotten, not reset.
  union Entry {
    Entry() : next_free(kNoSlot) {}
    ~Entry() {}
    v8::Global<v8::Value> global;
    Slot next_free;
  };
  struct Chunk {
    Entry entries[kChunk];
    uint64_t taken[kChunk / 64] = {};
  };

  Entry& Cell(Slot slot) const { return chunks_[slot / kChunk]->entries[slot % kChunk]; }
  uint64_t& Bits(Slot slot) const { return chunks_[slot / kChunk]->taken[slot % kChunk / 64]; }
  void Free(Slot slot);
  bool IsTaken(Slot slot) const { return (Bits(slot) >> (slot % 64) & 1) != 0; }

  v8::Isolate* isolate_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  Slot used_ = 0;  // slots ever given out
  Slot free_ = kNoSlot;
  int64_t taken_ = 0;
};

}  // namespace handrail::embed
