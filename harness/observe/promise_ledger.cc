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
  return book;
}

void PromiseLedger::TakeOver(PromiseBook* book) {
  const std::lock_guard<std::mutex> lock(mutex_);
  open_.erase(book);
  std::vector<Route> routes;
  book->AddTo(closed_, routes);
  for (const Route& route : routes) Merge(closed_routes_, route);
}

void PromiseLedger::Conclude() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (PromiseBook* book : open_) book->ReportPending("when the ledger was concluded");
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
