#include "harness/embed/handle_table.h"

namespace handrail::embed {

HandleEntry* HandleTable::TakeFree() {
  if (HandleEntry* entry = free_; entry != nullptr) {
    free_ = entry->next_free;
    return entry;
  }
  if (used_ % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
  HandleEntry* entry = &chunks_.back()->entries[used_ % kChunk];
  entry->home = home_;
  entry->slot = used_++;
  return entry;
}

HandleEntry* HandleTable::Put(v8::Local<v8::Value> value, const Place& made) {
  HandleEntry* entry = TakeFree();
  entry->handle.Reset(isolate_, value);
  entry->made = made;
  ++live_;
  ++out_;
  return entry;
}

}  // namespace handrail::embed
