// What addons have made through Node-API and not yet given back: references, deferreds, thread-safe
// functions, work, scopes; each with the place that made it and the place that ended it.
//
// An address that was ended is kept as ended, so that a second use is known for what it is. Node
// frees such things at once and malloc hands the memory out again, which would make the old pointer
// look like the new one: ChunkKeeper takes the freed memory and keeps it for a while.
//
// Plain data, nothing of Node. Threads: any; one lock, held for the length of a call. What find()
// hands out is a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/guard/handle_stack.h"

namespace handrail::guard {

enum class NapiThing : uint8_t {
  kReference,
  kDeferred,
  kWork,
  kFunction,  // a thread-safe one
  kAsyncContext,
};

struct NapiEntry {
  const void* env = nullptr;
  Site made{};
  Site ended{};
  bool over = false;               // deleted, concluded, released for the last time
  int64_t count = 1;               // of a thread-safe function: how many may still use it
  bool closing = false;            // of a thread-safe function: aborted
  bool bounded = false;            // of a thread-safe function: its queue has a limit
  bool may_stay = false;           // at the end of the environment
  bool queued = false;             // of work: handed to the pool, complete not called yet
  const void* complete = nullptr;  // of work, with its data
  const void* data = nullptr;
};

class NapiBook {
 public:
  // A fresh one, even if one with this address was known.
  void Made(NapiThing thing, const void* address, const NapiEntry& entry);
  std::optional<NapiEntry> Find(NapiThing thing, const void* address);
  // Changes an entry under the lock. False: not known.
  template <class Change>
  bool With(NapiThing thing, const void* address, Change change) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find({thing, address});
    if (found == entries_.end()) return false;
    change(found->second);
    return true;
  }
  void End(NapiThing thing, const void* address, const Site& site);
  // complete is called with this data: the oldest work like that is no longer the pool's.
  void Completes(const void* complete, const void* data);

  // Those that are open, counted by kind and place, most numerous first, of
  // the environments that have ended; they are forgotten.
  struct Left {
    NapiThing thing;
    Site made;
    int64_t count = 0;
  };
  std::vector<Left> Conclude(const std::function<bool(const void* env)>& has_ended);

 private:
  static constexpr size_t kMostOver = 1 << 16;  // ended ones that are remembered
  using Key = std::pair<NapiThing, const void*>;

  std::mutex mutex_;
  std::map<Key, NapiEntry> entries_;
  std::deque<Key> over_;
};

// Keeps freed memory out of malloc's hands, at most `kMost` pieces, the oldest given back first.
// Relies on glibc's habit of handing out what the same thread freed last; where that fails, the
// memory is simply not kept, and nothing else happens.
class ChunkKeeper {
 public:
  // `address` lies in a piece that was just freed on this thread, of at most kLargest bytes.
  // Whether it is ours now.
  bool Take(const void* address);

 private:
  static constexpr size_t kMost = 4096;
  static constexpr size_t kLargest = 512;
  std::mutex mutex_;
  std::map<size_t, int> sizes_;  // that were right before, tried first
  std::deque<void*> kept_;
};

}  // namespace handrail::guard
