#include "harness/embed/handle_table.h"

#include <new>

namespace handrail::embed {

Slot HandleTable::Put(v8::Local<v8::Value> value) {
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
  return slot;
}

void HandleTable::Reset(Slot slot) {
  Entry& cell = Cell(slot);
  cell.global.Reset();
  cell.next_free = free_;
  Bits(slot) &= ~(uint64_t{1} << (slot % 64));
  free_ = slot;
  --taken_;
}

}  // namespace handrail::embed
