// Internal to the promise ledger: promises known by what they are, not by who holds them. Each is
// held weakly, so that looking keeps nothing alive.
//
// Cost: 40 bytes and a bucket of 4 to 8 for each, plus V8's own node for the weak handle; a look-up
// takes V8's identity hash of the promise. Threads: the isolate's.
#pragma once

#include <v8.h>

#include <cstdint>
#include <deque>
#include <vector>

namespace handrail {

struct KnownPromise {
  static constexpr uint32_t kNone = UINT32_MAX;
  enum Flag : uint32_t {
    kUsed = 1,
    kSettled = 2,     // made by native code, and fulfilled or rejected since
    kReaction = 4,    // then(), catch() or await made it, to hold what its handler gives
    kRan = 8,         // that handler has run
    kUnhandled = 16,  // rejected, and no handler so far
  };

  v8::Global<v8::Promise> handle;  // weak: empty once it was collected
  uint32_t flags = 0;
  uint32_t place = kNone;     // where native code made it, or what it derives from
  uint32_t rejected = kNone;  // where native code rejected it
  uint32_t parent = kNone;    // of a reaction: what it waits for
  uint32_t waiting = 0;       // reactions that wait for this one and have not run
  int32_t hash = 0;
  uint32_t next = kNone;  // in its bucket, or in the list of those free

  bool Is(Flag flag) const { return (flags & flag) != 0; }
};
static_assert(sizeof(KnownPromise) <= 56, "64 with its bucket");

class PromiseIndex {
 public:
  explicit PromiseIndex(v8::Isolate* isolate) : isolate_(isolate) {}
  PromiseIndex(const PromiseIndex&) = delete;
  PromiseIndex& operator=(const PromiseIndex&) = delete;

  // Its number, kNone if it is not known.
  uint32_t Find(v8::Local<v8::Promise> promise) const;
  // Requires: it is not known.
  uint32_t Add(v8::Local<v8::Promise> promise);
  void Remove(uint32_t number);

  KnownPromise& operator[](uint32_t number) { return known_[number]; }
  int64_t size() const { return used_; }
  // Calls visit(number, promise) for each, what was added last mostly first; visit may remove it.
  template <class Visit>
  void ForEach(Visit visit) {
    for (auto i = static_cast<uint32_t>(known_.size()); i-- > 0;) {
      if (known_[i].Is(KnownPromise::kUsed)) visit(i, known_[i]);
    }
  }

 private:
  uint32_t& Bucket(int32_t hash) { return buckets_[hash & (buckets_.size() - 1)]; }
  void Grow();

  v8::Isolate* isolate_;
  std::deque<KnownPromise> known_;  // a deque: V8 writes to weak handles where they are
  std::vector<uint32_t> buckets_ = std::vector<uint32_t>(64, KnownPromise::kNone);
  uint32_t free_ = KnownPromise::kNone;
  int64_t used_ = 0;
};

}  // namespace handrail
