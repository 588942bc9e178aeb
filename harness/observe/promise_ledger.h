// The promise ledger: every promise that native code makes, with the place, and what became of it:
// settled by which line, when and to what, twice, never, on the wrong thread, dropped.
//
//   EnvironmentOptions options;
//   options.promises = trial.ledger();     // or std::make_shared<PromiseLedger>(report)
//   Environment environment(isolate, context, loop.get(), options);
//
//   trial.ledger()->Watch(isolate, {.reactions = true});  // if wanted; Unwatch before the disposal
//
// One ledger serves any number of environments, on any threads: each gets a book of its own
// (promise_book.h). Findings PR010 to PR017, all certain, once for each place, with a count: the
// first of a kind at once, never-settled ones when their environment closes, the rest at the end.
//
// What it sees: what goes through harness/embed, and with Watch what V8 tells of one isolate
// (promise_watch.h): rejections that nobody handles, reactions that were due and did not run.
// What it does not see: a bare v8::Promise::Resolver that is settled twice or never. V8 takes a
// second settlement in silence and tells no hook, so that only a border between the code and V8
// could see it (the detectors' issue).
//
// Counts are exact at any number. Details (when a promise was made and settled) are kept for the
// promises of the first `details_up_to` slots of an environment and for one in `then_one_in` of the
// others: findings say so.
//
// Cost: 16 bytes for a promise in flight whose details are kept, nothing for others; 1.01 to 1.05 x
// the time at 1,000,000 in flight (bench/bench_ledger.cc). Threads: Watch and Unwatch on the
// isolate's; Conclude, counts, routes and details when all environments are closed or at rest.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "harness/embed/promise_observer.h"
#include "harness/observe/promise_places.h"
#include "harness/observe/promise_watch.h"
#include "harness/observe/repeated_findings.h"

namespace handrail {

class PromiseBook;

struct LedgerOptions {
  uint32_t details_up_to = 1 << 16;
  uint32_t then_one_in = 64;  // taken up to a power of two
};

// Of all environments so far.
struct LedgerCounts {
  int64_t made = 0;
  int64_t fulfilled = 0;
  int64_t rejected = 0;
  int64_t follows = 0;   // resolved with another promise that was pending
  int64_t dropped = 0;   // their Deferred was destroyed unsettled
  int64_t given_up = 0;  // the same with a reason: no fault
  int64_t pending = 0;   // of environments that are open
  int64_t never = 0;     // pending when their environment closed
  int64_t settled_twice = 0;
  int64_t on_wrong_thread = 0;
  int64_t after_close = 0;
};

// One promise, for listings. Its steps: -1 where nobody counts them.
struct PromiseDetail {
  Place made;
  int64_t made_at = -1;
  std::optional<Outcome> outcome;  // nullopt: pending
  Place settled;
  int64_t ended_at = -1;
};

class PromiseLedger final : public embed::PromiseObserver,
                            public std::enable_shared_from_this<PromiseLedger> {
 public:
  using Report = RepeatedFindings::Report;

  // `operations`: a count of the program's steps, to say when; nullptr: there is none.
  explicit PromiseLedger(Report report, const std::atomic<int64_t>* operations = nullptr,
                         LedgerOptions options = {});
  ~PromiseLedger() override { Conclude(); }
  PromiseLedger(const PromiseLedger&) = delete;
  PromiseLedger& operator=(const PromiseLedger&) = delete;

  std::shared_ptr<PromiseObserver> ForEnvironment() override;

  // Also hears what V8 itself tells of `isolate` from here on: promises rejected with no handler
  // (mark those that are meant to have none with Promise::MarkAsHandled) and, if asked for,
  // reactions. Not for Node's own isolate: Node has these callbacks. Cost: see WatchOptions.
  // Requires: its thread, entered. Unwatch before it is disposed, after the last checkpoint.
  void Watch(v8::Isolate* isolate, WatchOptions options = {});
  // Tells what is unhandled or has not run by now.
  // Requires: its thread, entered.
  void Unwatch(v8::Isolate* isolate);
  // Of all isolates, watched now and before.
  WatchCounts watch_counts() const;

  // The end of what is reported: promises of open environments that are pending now were never
  // settled, and what repeated itself is told with its number. Idempotent.
  void Conclude();

  LedgerCounts counts() const;
  // On which lines promises were made and came to their end, most numerous first.
  std::vector<Route> routes() const;
  // Of open environments: promises in flight, and the last one of each slot that is free again.
  std::vector<PromiseDetail> details() const;

 private:
  friend class PromiseBook;

  // Steps so far; -1: nobody counts them.
  int64_t Now() const {
    return operations_.load(std::memory_order_relaxed)->load(std::memory_order_relaxed);
  }
  // A book that ends: its counts and routes outlive it.
  void TakeOver(PromiseBook* book);

  RepeatedFindings findings_;
  std::atomic<const std::atomic<int64_t>*> operations_;
  const LedgerOptions options_;
  // Of all environments: a refusal may come after its book is closed.
  std::atomic<int64_t> settled_twice_ = 0, on_wrong_thread_ = 0, after_close_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::set<PromiseBook*> open_;
  std::vector<std::unique_ptr<PromiseWatch>> watches_;
  WatchCounts watched_;
  LedgerCounts closed_;
  std::vector<Route> closed_routes_;
};

}  // namespace handrail
