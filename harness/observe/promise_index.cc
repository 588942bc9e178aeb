#include "harness/observe/promise_index.h"

namespace handrail {

uint32_t PromiseIndex::Find(v8::Local<v8::Promise> promise) const {
  const int32_t hash = promise->GetIdentityHash();
  uint32_t at = buckets_[hash & (buckets_.size() - 1)];
  while (at != KnownPromise::kNone && (known_[at].hash != hash || known_[at].handle != promise)) {
    at = known_[at].next;
  }
  return at;
}

uint32_t PromiseIndex::Add(v8::Local<v8::Promise> promise) {
  if (static_cast<size_t>(used_) >= buckets_.size()) Grow();
  uint32_t number = free_;
  if (number != KnownPromise::kNone) {
    free_ = known_[number].next;
  } else {
    number = static_cast<uint32_t>(known_.size());
    known_.emplace_back();
  }
  KnownPromise& known = known_[number];
  known.handle.Reset(isolate_, promise);
  known.handle.SetWeak();
  known.flags = KnownPromise::kUsed;
  known.hash = promise->GetIdentityHash();
  uint32_t& bucket = Bucket(known.hash);
  known.next = bucket;
  bucket = number;
  ++used_;
  return number;
}

void PromiseIndex::Remove(uint32_t number) {
  KnownPromise& known = known_[number];
  uint32_t* link = &Bucket(known.hash);
  while (*link != number) link = &known_[*link].next;
  *link = known.next;
  known = KnownPromise();
  known.next = free_;
  free_ = number;
  --used_;
}

void PromiseIndex::Grow() {
  buckets_.assign(buckets_.size() * 2, KnownPromise::kNone);
  ForEach([this](uint32_t number, KnownPromise& known) {
    uint32_t& bucket = Bucket(known.hash);
    known.next = bucket;
    bucket = number;
  });
}

}  // namespace handrail
