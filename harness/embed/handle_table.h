// The strong handles that an environment holds for its Deferreds and Roots. They live here, not in
// them, because a v8::Global may be touched on its isolate's thread only, and not after the
// isolate: a Deferred or a Root is a pointer to its entry instead, which any thread may drop.
//
// An entry belongs to two: `handle` to the environment, everything else to the Deferred or Root
// that was given it, until that gives it back. Entries never move; their memory is the Home's,
// which lives as long as one of them is out.
//
// Cost: 32 bytes a handle, plus V8's own node for it. Threads: the isolate's thread only.
#pragma once

#include <v8.h>

#include <cstdint>
#include <memory>
#include <source_location>
#include <vector>

namespace handrail::embed {

using Place = std::source_location;

class Home;

// A handle whose isolate is gone: its memory, without the destructor that would touch V8.
template <class T>
void Forget(std::unique_ptr<v8::Global<T>> handle) {
  ::operator delete(handle.release());
}

using Slot = uint32_t;  // the number of an entry; given again when the entry is

struct HandleEntry {
  HandleEntry() : handle() {}
  ~HandleEntry() {}  // what is left when the isolate is gone is forgotten, not reset
  HandleEntry(const HandleEntry&) = delete;
  HandleEntry& operator=(const HandleEntry&) = delete;

  union {
    v8::Global<v8::Value> handle;  // empty: settled, opened, or left over
  };
  Home* home = nullptr;
  union {
    Place made;
    HandleEntry* next_free;  // of one that is not out
  };
  Slot slot = 0;
  uint32_t note = 0;  // its owner's
};
static_assert(sizeof(HandleEntry) == 32, "two to a line of the cache");

class HandleTable {
 public:
  HandleTable(v8::Isolate* isolate, Home* home) : isolate_(isolate), home_(home) {}
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;

  HandleEntry* Put(v8::Local<v8::Value> value, const Place& made);
  v8::Local<v8::Value> Get(const HandleEntry& entry) const { return entry.handle.Get(isolate_); }
  // Ends the handle; the entry stays out. Requires: the handle is not empty.
  void Reset(HandleEntry* entry) {
    entry->handle.Reset();
    --live_;
  }
  // Takes the entry back. Requires: its handle is empty.
  void Free(HandleEntry* entry) {
    entry->next_free = free_;
    free_ = entry;
    --out_;
  }

  int64_t live() const { return live_; }  // handles
  int64_t out() const { return out_; }    // entries, those with an empty handle included

  // Calls visit(entry) for every entry whose handle is not empty.
  template <class Visit>
  void ForEachLive(Visit visit) const {
    for (Slot slot = 0; slot < used_; ++slot) {
      HandleEntry& entry = chunks_[slot / kChunk]->entries[slot % kChunk];
      if (!entry.handle.IsEmpty()) visit(&entry);
    }
  }

 private:
  static constexpr Slot kChunk = 1024;
  struct Chunk {
    HandleEntry entries[kChunk];
  };

  HandleEntry* TakeFree();

  v8::Isolate* const isolate_;
  Home* const home_;
  std::vector<std::unique_ptr<Chunk>> chunks_;
  Slot used_ = 0;  // entries ever given out
  HandleEntry* free_ = nullptr;
  int64_t live_ = 0;
  int64_t out_ = 0;
};

}  // namespace handrail::embed
