#include "harness/embed/handle_table.h"

#include <cstring>
#include <new>

namespace handrail::embed {

TableHandle HandleTable::Put(v8::Local<v8::Value> value) {
  Slot slot = free_;
  if (slot != kNoSlot) {
    free_ = Cell(slot).next_free;
  } else {
    slot = used_++;
    if (slot % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
  }
  new (&Cell(slot).global) v8::Global<v8::Value>(isolate_, value);
  Bits(slot) |= uint64_t{1} << (slot % 64);
  ++taken_;
  TableHandle handle;
  handle.slot_ = slot;
  std::memcpy(handle.node_.data(), &Cell(slot).global, sizeof handle.node_);
  return handle;
}

void HandleTable::Reset(Slot slot) {
  Cell(slot).global.Reset();
  Free(slot);
}

// The copy is reset; the cell is written over unread.
void HandleTable::Reset(TableHandle handle) {
  reinterpret_cast<v8::Global<v8::Value>*>(handle.node_.data())->Reset();
  Free(handle.slot_);
}

void HandleTable::Free(Slot slot) {
  Cell(slot).next_free = free_;
  Bits(slot) &= ~(uint64_t{1} << (slot % 64));
  free_ = slot;
  --taken_;
}

}  // namespace handrail::embed
