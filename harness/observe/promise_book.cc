#include "harness/observe/promise_book.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string>
#include <utility>

namespace handrail {
namespace {

int64_t& CountOf(LedgerCounts& counts, Outcome outcome) {
  switch (outcome) {
    case Outcome::kFulfilled:
      return counts.fulfilled;
    case Outcome::kRejected:
      return counts.rejected;
    case Outcome::kFollows:
      return counts.follows;
    case Outcome::kDropped:
      return counts.dropped;
    case Outcome::kGivenUp:
      break;
  }
  return counts.given_up;
}

// What a life says of a first settlement. Literals: they tell what is the same finding.
const char* SettledHere(Outcome outcome) {
  if (outcome == Outcome::kFulfilled) return "fulfilled here";
  if (outcome == Outcome::kRejected) return "rejected here";
  return "resolved here with another promise";
}

// Steps as a record keeps them; -1: nobody counts them.
int64_t Steps(uint32_t kept) { return kept == UINT32_MAX ? -1 : int64_t{kept}; }

}  // namespace

PromiseRecords::PromiseRecords(const LedgerOptions& options)
    : all_up_to_(options.details_up_to),
      shift_(std::bit_width(std::max(options.then_one_in, 1u) - 1)) {}

PromiseBook::PromiseBook(std::shared_ptr<PromiseLedger> ledger)
    : ledger_(std::move(ledger)), records_(ledger_->options_) {}

void PromiseBook::Made(embed::Slot slot, v8::Local<v8::Promise> promise, const Place& here) {
  const uint32_t place = places_.Made(here);
  if (PromiseRecord* record = records_.At(slot)) {
    *record = {place, Now(), PromiseRecord::kPending, 0};
  }
  if (watch_ != nullptr) watch_->Made(promise, here);
}

uint32_t PromiseBook::End(embed::Slot slot, const Place& made, const Place& here, Outcome outcome) {
  const uint32_t route = places_.Ended(made, here, outcome);
  if (PromiseRecord* record = records_.At(slot)) {
    record->route = route;
    record->ended_at = Now();
  }
  return route;
}

PromiseBook::Note PromiseBook::Settled(embed::Slot slot, v8::Local<v8::Promise> promise,
                                       bool fulfilled, const Place& made, const Place& here) {
  const v8::Promise::PromiseState state = promise->State();
  const Outcome outcome = state == v8::Promise::kPending     ? Outcome::kFollows
                          : state == v8::Promise::kFulfilled ? Outcome::kFulfilled
                                                             : Outcome::kRejected;
  // Reject never fulfils: somebody else did before, through the promise itself. (The other way
  // round is no proof: resolving with a thenable that throws rejects.)
  if (!fulfilled && state == v8::Promise::kFulfilled) {
    ++ledger_->settled_twice_;
    ledger_->findings_.Tell(
        "PR010", "a promise is rejected in vain: it was fulfilled before, past its Deferred",
        {{"made here", made}, {"rejected here, in vain", here}}, ledger_->Now());
  }
  if (watch_ != nullptr) watch_->Ended(promise, made, here, outcome);
  return End(slot, made, here, outcome) + 1;
}

void PromiseBook::Dropped(embed::Slot slot, v8::Local<v8::Promise> promise, const char* reason,
                          const Place& made) {
  const Outcome outcome = reason != nullptr ? Outcome::kGivenUp : Outcome::kDropped;
  if (watch_ != nullptr) watch_->Ended(promise, made, made, outcome);
  End(slot, made, made, outcome);
  if (reason != nullptr) return;
  ledger_->findings_.Tell("PR012", "the Deferred of a promise was destroyed and had not settled it",
                          {{"made here", made}}, ledger_->Now());
}

void PromiseBook::RefusedToSettle(Refused why, Note note, const Place& made, const Place& here) {
  RepeatedFindings& findings = ledger_->findings_;
  switch (why) {
    case Refused::kTwice: {
      ++ledger_->settled_twice_;
      if (note == 0) {
        findings.Tell("PR010", "a promise is settled after its Deferred had given it up",
                      {{"made here", made}, {"settled here", here}}, ledger_->Now());
        return;
      }
      const Route first = places_.RouteAt(note - 1);
      findings.Tell("PR010", "a promise is settled a second time",
                    {{"made here", made},
                     {SettledHere(first.outcome), first.settled},
                     {"second settlement here: it changes nothing", here}},
                    ledger_->Now());
      return;
    }
    case Refused::kWrongThread:
      ++ledger_->on_wrong_thread_;
      if (std::this_thread::get_id() == thread_) {
        findings.Tell("PR013", "a promise is to be settled while its isolate is not entered",
                      {{"made here", made}, {"settled here, isolate not entered", here}},
                      ledger_->Now());
        return;
      }
      findings.Tell("PR013", "a promise is to be settled on a thread that is not its isolate's",
                    {{"made here", made}, {"settled here, on another thread", here}},
                    ledger_->Now());
      return;
    case Refused::kIsolateGone:
      ++ledger_->after_close_;
      findings.Tell("PR014", "a promise is to be settled after its environment was closed",
                    {{"made here", made}, {"settled here, too late", here}}, ledger_->Now());
      return;
  }
}

void PromiseBook::Closed() {
  if (closed_) return;
  closed_ = true;
  ReportPending("when their environment was closed");
  ledger_->TakeOver(this);
}

void PromiseBook::ReportPending(const char* when) {
  std::map<uint32_t, uint32_t> first;  // by place: after how many steps the first of them was made
  records_.ForEach([&](const PromiseRecord& record) {
    if (record.route != PromiseRecord::kPending) return;
    const auto [at, is_new] = first.emplace(record.place, record.made_at);
    if (!is_new) at->second = std::min(at->second, record.made_at);
  });
  std::vector<Finding> findings;
  for (uint32_t number = 0; number < places_.places().size(); ++number) {
    const PromisePlace& place = places_.places()[number];
    const int64_t pending = place.made - place.ended;
    if (pending == 0) continue;
    Finding finding;
    finding.code = "PR011";
    finding.detector = "promise-ledger";
    finding.count = pending;
    finding.message = std::to_string(pending) + " of " + std::to_string(place.made) +
                      " promises made here were pending " + when;
    if (const auto at = first.find(number); at != first.end()) {
      finding.operation = Steps(at->second);
    }
    if (records_.sampled()) finding.message += " (counts are exact, the rest is a sample)";
    finding.life = {ToLifeEvent({"made here", place.place})};
    findings.push_back(std::move(finding));
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.count > b.count; });
  for (Finding& finding : findings) ledger_->findings_.TellCounted(std::move(finding));
}

void PromiseBook::AddTo(LedgerCounts& counts, std::vector<Route>& routes) const {
  for (const PromisePlace& place : places_.places()) {
    counts.made += place.made;
    (closed_ ? counts.never : counts.pending) += place.made - place.ended;
  }
  for (const Route& route : places_.routes()) {
    CountOf(counts, route.outcome) += route.count;
    routes.push_back(route);
  }
}

void PromiseBook::AddTo(std::vector<PromiseDetail>& details) const {
  records_.ForEach([&](const PromiseRecord& record) {
    if (record.route == PromiseRecord::kUnused) return;
    PromiseDetail detail;
    detail.made = places_.places()[record.place].place;
    detail.made_at = Steps(record.made_at);
    if (record.route != PromiseRecord::kPending) {
      const Route& route = places_.routes()[record.route];
      detail.outcome = route.outcome;
      detail.settled = route.settled;
      detail.ended_at = Steps(record.ended_at);
    }
    details.push_back(detail);
  });
}

}  // namespace handrail
