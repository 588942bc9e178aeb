#include "harness/observe/promise_ledger.h"

#include <algorithm>
#include <utility>

#include "harness/observe/promise_book.h"

namespace handrail {
namespace {

// What Now reads where nobody counts steps, and when the ledger is concluded: who counted may be
// gone.
const std::atomic<int64_t> kNoSteps = -1;

void Merge(std::vector<Route>& routes, const Route& more) {
  const auto same = std::find_if(routes.begin(), routes.end(), [&](const Route& route) {
    return route.outcome == more.outcome && SamePlace(route.made, more.made) &&
           SamePlace(route.settled, more.settled);
  });
  if (same == routes.end()) {
    routes.push_back(more);
  } else {
    same->count += more.count;
  }
}

void Add(WatchCounts& sum, const WatchCounts& more) {
  sum.rejected_unhandled += more.rejected_unhandled;
  sum.handled_later += more.handled_later;
  sum.resolved_again += more.resolved_again;
  sum.reactions += more.reactions;
  sum.reactions_run += more.reactions_run;
  sum.reactions_lost += more.reactions_lost;
  sum.hooks += more.hooks;
}

}  // namespace

PromiseLedger::PromiseLedger(Report report, const std::atomic<int64_t>* operations,
                             LedgerOptions options)
    : findings_(std::move(report)),
      operations_(operations != nullptr ? operations : &kNoSteps),
      options_(options) {}

std::shared_ptr<embed::PromiseObserver> PromiseLedger::ForEnvironment() {
  auto book = std::make_shared<PromiseBook>(shared_from_this());
  const std::lock_guard<std::mutex> lock(mutex_);
  open_.insert(book.get());
  for (const auto& watch : watches_) {
    if (watch->isolate() == book->isolate()) book->SetWatch(watch.get());
  }
  return book;
}

void PromiseLedger::TakeOver(PromiseBook* book) {
  const std::lock_guard<std::mutex> lock(mutex_);
  open_.erase(book);
  std::vector<Route> routes;
  book->AddTo(closed_, routes);
  for (const Route& route : routes) Merge(closed_routes_, route);
}

void PromiseLedger::Watch(v8::Isolate* isolate, WatchOptions options) {
  Unwatch(isolate);
  auto watch = std::make_unique<PromiseWatch>(isolate, options);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (PromiseBook* book : open_) {
    if (book->isolate() == isolate) book->SetWatch(watch.get());
  }
  watches_.push_back(std::move(watch));
}

void PromiseLedger::Unwatch(v8::Isolate* isolate) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (PromiseBook* book : open_) {
    if (book->isolate() == isolate) book->SetWatch(nullptr);
  }
  std::erase_if(watches_, [&](const auto& watch) {
    if (watch->isolate() != isolate) return false;
    watch->Finish(findings_, Now(), "when the isolate was last watched");
    Add(watched_, watch->counts());
    return true;
  });
}

WatchCounts PromiseLedger::watch_counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  WatchCounts counts = watched_;
  for (const auto& watch : watches_) Add(counts, watch->counts());
  return counts;
}

void PromiseLedger::Conclude() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (PromiseBook* book : open_) {
      book->SetWatch(nullptr);
      book->ReportPending("when the ledger was concluded");
    }
    // Their isolates may be gone: without Unwatch nothing is certain.
    for (const auto& watch : watches_) {
      watch->Forget();
      Add(watched_, watch->counts());
    }
    watches_.clear();
  }
  findings_.Conclude();
  operations_ = &kNoSteps;
}

LedgerCounts PromiseLedger::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  LedgerCounts counts = closed_;
  std::vector<Route> routes;
  for (const PromiseBook* book : open_) book->AddTo(counts, routes);
  counts.settled_twice = settled_twice_;
  counts.on_wrong_thread = on_wrong_thread_;
  counts.after_close = after_close_;
  return counts;
}

std::vector<PromiseDetail> PromiseLedger::details() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<PromiseDetail> details;
  for (const PromiseBook* book : open_) book->AddTo(details);
  return details;
}

std::vector<Route> PromiseLedger::routes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Route> merged = closed_routes_;
  for (const PromiseBook* book : open_) {
    LedgerCounts counts;
    std::vector<Route> routes;
    book->AddTo(counts, routes);
    for (const Route& route : routes) Merge(merged, route);
  }
  std::stable_sort(merged.begin(), merged.end(),
                   [](const Route& a, const Route& b) { return a.count > b.count; });
  return merged;
}

}  // namespace handrail
