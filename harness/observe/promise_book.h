// Internal to the promise ledger: the book of one environment. Others include promise_ledger.h.
//
// Ownership: by its environment; it keeps the ledger alive. Threads: those of PromiseObserver, so
// that the usual events take no lock.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "harness/observe/promise_ledger.h"

namespace handrail {

// What is kept of one promise, until its slot is used again.
struct PromiseRecord {
  static constexpr uint32_t kUnused = UINT32_MAX;
  static constexpr uint32_t kPending = UINT32_MAX - 1;
  uint32_t place = 0;        // number in PromisePlaces
  uint32_t made_at = 0;      // steps of the program by then
  uint32_t route = kUnused;  // number in PromisePlaces, once it has ended
  uint32_t ended_at = 0;
};
static_assert(sizeof(PromiseRecord) <= 64, "what the issue allows for a promise");

// Records by slot: all of them at first, then one in so many.
class PromiseRecords {
 public:
  explicit PromiseRecords(const LedgerOptions& options);
  // nullptr: no details of this slot are kept.
  PromiseRecord* At(embed::Slot slot) {
    size_t index = slot;
    if (slot >= all_up_to_) {
      const embed::Slot beyond = slot - all_up_to_;
      if ((beyond & ((1u << shift_) - 1)) != 0) {
        sampled_ = true;
        return nullptr;
      }
      index = all_up_to_ + (beyond >> shift_);
    }
    while (index / kChunk >= chunks_.size()) chunks_.emplace_back(new PromiseRecord[kChunk]);
    return &chunks_[index / kChunk][index % kChunk];
  }
  // Whether there was a slot without.
  bool sampled() const { return sampled_; }
  int64_t bytes() const {
    return static_cast<int64_t>(chunks_.size() * kChunk * sizeof(PromiseRecord));
  }
  template <class Visit>
  void ForEach(Visit visit) const {
    for (const auto& chunk : chunks_) {
      for (size_t i = 0; i < kChunk; ++i) visit(chunk[i]);
    }
  }

 private:
  static constexpr size_t kChunk = 1024;
  const uint32_t all_up_to_;
  const int shift_;
  bool sampled_ = false;
  std::vector<std::unique_ptr<PromiseRecord[]>> chunks_;
};

class PromiseBook final : public embed::PromiseObserver {
 public:
  explicit PromiseBook(std::shared_ptr<PromiseLedger> ledger);
  ~PromiseBook() override { Closed(); }

  void Made(embed::Slot slot, v8::Local<v8::Promise> promise, const Place& here) override;
  Note Settled(embed::Slot slot, v8::Local<v8::Promise> promise, bool fulfilled, const Place& made,
               const Place& here) override;
  void Dropped(embed::Slot slot, v8::Local<v8::Promise> promise, const char* reason,
               const Place& made) override;
  void Closed() override;
  void RefusedToSettle(Refused why, Note note, const Place& made, const Place& here) override;

  // Promises that are pending now, by the place that made them, most numerous first.
  void ReportPending(const char* when);
  // Where V8's own events of this isolate go; nullptr: nowhere. On the isolate's thread.
  void SetWatch(PromiseWatch* watch) { watch_ = watch; }
  v8::Isolate* isolate() const { return isolate_; }
  void AddTo(LedgerCounts& counts, std::vector<Route>& routes) const;
  void AddTo(std::vector<PromiseDetail>& details) const;

 private:
  uint32_t Now() const { return static_cast<uint32_t>(ledger_->Now()); }
  uint32_t End(embed::Slot slot, const Place& made, const Place& here, Outcome outcome);

  const std::shared_ptr<PromiseLedger> ledger_;
  v8::Isolate* const isolate_ = v8::Isolate::GetCurrent();
  const std::thread::id thread_ = std::this_thread::get_id();
  PromiseWatch* watch_ = nullptr;
  PromisePlaces places_;
  PromiseRecords records_;
  bool closed_ = false;
};

}  // namespace handrail
