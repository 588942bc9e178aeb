#include "harness/observe/promise_watch.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>

namespace handrail {
namespace {

using Known = KnownPromise;

struct Watches {
  std::mutex mutex;
  std::map<v8::Isolate*, PromiseWatch*> by_isolate;
  std::atomic<int64_t> changes = 0;
  // Weak handles of isolates that may be gone: kept, never touched.
  std::vector<std::unique_ptr<PromiseIndex>> forgotten;
};

Watches& All() {
  static Watches& all = *new Watches;  // a callback may come while the process ends
  return all;
}

void Register(v8::Isolate* isolate, PromiseWatch* watch) {
  const std::lock_guard<std::mutex> lock(All().mutex);
  if (watch != nullptr) {
    All().by_isolate[isolate] = watch;
  } else {
    All().by_isolate.erase(isolate);
  }
  ++All().changes;
}

}  // namespace

// A thread mostly asks for the same isolate again: it remembers the last answer.
PromiseWatch* PromiseWatch::OfCurrent() {
  thread_local struct {
    v8::Isolate* isolate = nullptr;
    PromiseWatch* watch = nullptr;
    int64_t changes = -1;
  } last;
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  const int64_t changes = All().changes.load(std::memory_order_acquire);
  if (last.isolate != isolate || last.changes != changes) {
    const std::lock_guard<std::mutex> lock(All().mutex);
    const auto at = All().by_isolate.find(isolate);
    last = {isolate, at == All().by_isolate.end() ? nullptr : at->second, All().changes.load()};
  }
  return last.watch;
}

PromiseWatch::PromiseWatch(v8::Isolate* isolate, WatchOptions options)
    : isolate_(isolate), options_(options), index_(std::make_unique<PromiseIndex>(isolate)) {
  Register(isolate, this);
  isolate->SetPromiseRejectCallback(OnReject);
  if (options_.reactions) isolate->SetPromiseHook(OnHook);
}

PromiseWatch::~PromiseWatch() = default;

void PromiseWatch::OnHook(v8::PromiseHookType type, v8::Local<v8::Promise> promise,
                          v8::Local<v8::Value> parent) {
  PromiseWatch* watch = OfCurrent();
  if (watch == nullptr) return;
  ++watch->counts_.hooks;
  const v8::HandleScope scope(watch->isolate_);
  if (type == v8::PromiseHookType::kInit) watch->Registered(promise, parent);
  if (type == v8::PromiseHookType::kBefore) watch->Runs(promise);
}

void PromiseWatch::OnReject(v8::PromiseRejectMessage message) {
  PromiseWatch* watch = OfCurrent();
  if (watch == nullptr) return;
  const v8::HandleScope scope(watch->isolate_);
  switch (message.GetEvent()) {
    case v8::kPromiseRejectWithNoHandler:
      watch->Rejected(message.GetPromise());
      return;
    case v8::kPromiseHandlerAddedAfterReject:
      watch->Handled(message.GetPromise());
      return;
    default:  // resolved or rejected again, from JavaScript
      ++watch->counts_.resolved_again;
  }
}

uint32_t PromiseWatch::PlaceNumber(const Place& place) {
  const auto answer = numbers_.Of(reinterpret_cast<uintptr_t>(place.file_name()), place.line());
  if (answer.is_new) places_.push_back({place});
  return answer.number;
}

uint32_t PromiseWatch::AddOrFind(v8::Local<v8::Promise> promise) {
  const uint32_t found = index_->Find(promise);
  if (found != Known::kNone) return found;
  if (index_->size() >= sweep_at_) Sweep(false);
  if (index_->size() >= options_.at_most) {
    sampled_ = true;
    return Known::kNone;
  }
  return index_->Add(promise);
}

void PromiseWatch::Made(v8::Local<v8::Promise> promise, const Place& here) {
  if (!options_.reactions) return;
  const uint32_t number = AddOrFind(promise);
  if (number != Known::kNone) (*index_)[number].place = PlaceNumber(here);
}

void PromiseWatch::Ended(v8::Local<v8::Promise> promise, const Place& made, const Place& here,
                         Outcome outcome) {
  const bool rejected = outcome != Outcome::kFulfilled && outcome != Outcome::kFollows;
  // Without hooks nobody asks for a fulfilled one; one that follows another may yet be rejected.
  if (!options_.reactions && outcome == Outcome::kFulfilled) return;
  const uint32_t number = outcome == Outcome::kFollows ? AddOrFind(promise) : index_->Find(promise);
  if (number == Known::kNone) return;
  Known& known = (*index_)[number];
  known.place = PlaceNumber(made);
  known.rejected = PlaceNumber(here);
  if (rejected || outcome == Outcome::kFulfilled) known.flags |= Known::kSettled;
}

void PromiseWatch::Registered(v8::Local<v8::Promise> promise, v8::Local<v8::Value> parent) {
  if (!parent->IsPromise()) return;
  const uint32_t from = index_->Find(parent.As<v8::Promise>());
  if (from == Known::kNone || (*index_)[from].place == Known::kNone) return;
  const uint32_t place = (*index_)[from].place;
  ++(*index_)[from].waiting;  // a sweep must leave it
  const uint32_t number = AddOrFind(promise);
  if (number == Known::kNone || number == from) {
    --(*index_)[from].waiting;
    return;
  }
  Known& known = (*index_)[number];
  known.flags |= Known::kReaction;
  known.place = place;
  known.parent = from;
  ++places_[place].reactions;
  ++counts_.reactions;
}

void PromiseWatch::Runs(v8::Local<v8::Promise> promise) {
  const uint32_t number = index_->Find(promise);
  if (number == Known::kNone) return;
  Known& known = (*index_)[number];
  if (!known.Is(Known::kReaction) || known.Is(Known::kRan)) return;
  known.flags |= Known::kRan;
  --(*index_)[known.parent].waiting;
  ++places_[known.place].run;
  ++counts_.reactions_run;
}

void PromiseWatch::Rejected(v8::Local<v8::Promise> promise) {
  ++counts_.rejected_unhandled;
  const uint32_t number = AddOrFind(promise);
  if (number != Known::kNone) (*index_)[number].flags |= Known::kUnhandled;
}

void PromiseWatch::Handled(v8::Local<v8::Promise> promise) {
  ++counts_.handled_later;
  const uint32_t number = index_->Find(promise);
  if (number == Known::kNone) return;
  Known& known = (*index_)[number];
  known.flags &= ~uint32_t{Known::kUnhandled};
  if (known.place != Known::kNone) {
    ++late_[{known.place, known.rejected, known.Is(Known::kReaction)}];
  }
}

// Whether what it waits for is known to be settled. Requires: it has not run.
bool PromiseWatch::IsLost(const Known& reaction) {
  const Known& parent = (*index_)[reaction.parent];
  if (parent.Is(Known::kSettled)) return true;
  return !parent.handle.IsEmpty() && parent.handle.Get(isolate_)->State() != v8::Promise::kPending;
}

// What is known of a promise when nothing more can come.
void PromiseWatch::Count(const Known& known) {
  if (known.Is(Known::kUnhandled) && known.place != Known::kNone) {
    ++unhandled_[{known.place, known.rejected, known.Is(Known::kReaction)}];
  }
  if (known.Is(Known::kReaction) && !known.Is(Known::kRan)) {
    if (IsLost(known)) {
      ++places_[known.place].lost;
      ++counts_.reactions_lost;
    }
    --(*index_)[known.parent].waiting;
  }
}

// Removes promises that were collected and those that turned out to be nobody's, or all. What is
// queued to run keeps its promise alive, so that a reaction whose promise is gone will never run.
void PromiseWatch::Sweep(bool all) {
  const v8::HandleScope scope(isolate_);
  // Those that wait come before what they wait for: a chain of them takes several rounds.
  for (bool again = true; again;) {
    again = false;
    index_->ForEach([&](uint32_t number, Known& known) {
      const bool over = all || known.handle.IsEmpty() || known.place == Known::kNone;
      if (known.waiting > 0 || !over) return;
      Count(known);
      index_->Remove(number);
      again = true;
    });
  }
  sweep_at_ = std::max<int64_t>(1024, index_->size() * 2);
}

void PromiseWatch::Forget() {
  Register(isolate_, nullptr);
  const std::lock_guard<std::mutex> lock(All().mutex);
  All().forgotten.push_back(std::move(index_));
}

void PromiseWatch::Finish(RepeatedFindings& findings, int64_t operation, const char* when) {
  isolate_->SetPromiseRejectCallback(nullptr);
  isolate_->SetPromiseHook(nullptr);
  Register(isolate_, nullptr);
  Sweep(true);
  TellUnhandled(findings, operation, when);
  TellLost(findings, operation, when);
}

void PromiseWatch::TellUnhandled(RepeatedFindings& findings, int64_t operation,
                                 const char* when) const {
  const auto tell = [&](const char* code, const Unhandled& what, int64_t count,
                        const std::string& text) {
    Finding finding;
    finding.code = code;
    finding.detector = "promise-ledger";
    finding.count = count;
    finding.operation = operation;
    finding.message = std::to_string(count) +
                      (what.derived ? " promises that derive from those made here were"
                                    : " promises made here were") +
                      " rejected " + text + when;
    if (sampled_) finding.message += " (of a sample: there were more)";
    finding.life = {ToLifeEvent({"made here", places_[what.made].place})};
    if (what.rejected != Known::kNone) {
      finding.life.push_back(ToLifeEvent({"settled here", places_[what.rejected].place}));
    }
    findings.TellCounted(std::move(finding));
  };
  for (const auto& [what, count] : unhandled_) {
    tell("PR015", what, count, "and had no handler ");
  }
  if (!options_.handled_later) return;
  for (const auto& [what, count] : late_) {
    tell("PR016", what, count, "with no handler, and got one later; seen ");
  }
}

void PromiseWatch::TellLost(RepeatedFindings& findings, int64_t operation, const char* when) const {
  for (const PlaceCount& place : places_) {
    if (place.lost == 0) continue;
    Finding finding;
    finding.code = "PR017";
    finding.detector = "promise-ledger";
    finding.count = place.lost;
    finding.operation = operation;
    finding.message = "of " + std::to_string(place.reactions) +
                      " reactions to promises made here " + std::to_string(place.run) +
                      " had run and " + std::to_string(place.lost) + " were due and had not " +
                      when;
    if (sampled_) finding.message += " (of a sample: there were more)";
    finding.life = {ToLifeEvent({"made here", place.place})};
    findings.TellCounted(std::move(finding));
  }
}

}  // namespace handrail
