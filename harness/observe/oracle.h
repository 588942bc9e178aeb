// The outcome oracle: a record, kept apart from V8, of what must be true, and the comparison of V8
// with it. Every scenario uses it and none writes one of its own: a scenario says what its program
// *means* to do ("this promise is pending", "now it is settled with 'value 7'"), the oracle looks at
// what V8 *has*, and reports where the two differ. A scenario never reports on itself.
//
// The shadow side is plain C++ (states, texts, counts). To find the same promise again the oracle
// holds a v8::Global to it from its birth on: a witness that no HandleScope can end. So it keeps
// every tracked promise alive, which scenarios that are judged by heap growth must not want: they
// use the checks without memory (Is, Count).
//
// Used on the isolate's thread, with a HandleScope and a context open. Findings go to the trial's
// events at once, so that they outlive a crash one line later.
#pragma once

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/finding.h"

namespace handrail {

using Place = std::source_location;

enum class PromiseState { kPending, kFulfilled, kRejected };

// How many promises a program saw in each state.
struct StateCount {
  int64_t pending = 0;
  int64_t fulfilled = 0;
  int64_t rejected = 0;
  void Add(v8::Promise::PromiseState state);
};

class Oracle {
 public:
  using Report = std::function<void(Finding)>;

  // `operations`: the trial's count of steps, to say after how many a finding was made.
  Oracle(Report report, const std::atomic<int64_t>* operations)
      : report_(std::move(report)), operations_(operations) {}

  // A number that the program has against what it must be. PX011.
  void Count(std::string_view what, int64_t is, int64_t must, Place here = Place::current());

  // A text that the program has against what it must be. PX011.
  void Text(std::string_view what, std::string_view is, std::string_view must,
            Place here = Place::current());

  // States that a program counted through its own handles, against the shadow's. PR004.
  void States(const StateCount& is, const StateCount& must, Place here = Place::current());

  // The isolate that is current on this thread; nullptr: none must be. IS002.
  void Current(const v8::Isolate* must, Place here = Place::current());

  // One promise looked at and forgotten: its state (PR002) and the text of its result (PR003).
  void Is(v8::Isolate* isolate, v8::Local<v8::Promise> promise, PromiseState state,
          std::string_view value, Place here = Place::current());

  void Tell(std::string code, std::string message, std::vector<LifeEvent> life);

 private:
  Report report_;
  const std::atomic<int64_t>* operations_;
};

// The shadow of one family of promises, by the scenario's own dense numbers 0, 1, 2, ...
class PromiseShadow {
 public:
  // `name` tells the family in findings: "promise of resolve_later()".
  PromiseShadow(Oracle& oracle, v8::Isolate* isolate, std::string name)
      : oracle_(oracle), isolate_(isolate), name_(std::move(name)) {}

  // A promise was just made: from here on it must be pending. Ids count up from 0.
  void Born(int64_t id, v8::Local<v8::Promise> promise, Place here = Place::current());

  // The program settles it now: from here on it must be in `state` and hold `value` as text.
  void Settles(int64_t id, PromiseState state, std::string value, Place here = Place::current());

  // A handle that the program kept and now reads back: the very promise (or its resolver, which is
  // the same object in V8) that was born under this id, or HD010. Looks at slots only: safe with a
  // stale Local. Cost: a comparison.
  void ReadsBack(int64_t id, v8::Local<v8::Value> handle, Place here = Place::current());

  // The same question without a report: the scenario's own test of whether the harm came about.
  bool Holds(int64_t id, v8::Local<v8::Value> handle) const;

  // Compares V8 with the shadow: all promises up to kAllUpTo of them; above that, those that changed
  // since the last check and kWindow others in turn, so that a step stays O(1). PR001, PR002, PR003.
  void Check(Place here = Place::current());

  // Compares every promise, whatever their number.
  void CheckAll(Place here = Place::current());

  StateCount Expected() const { return expected_; }
  int64_t size() const { return static_cast<int64_t>(entries_.size()); }

  static constexpr int64_t kAllUpTo = 256;
  static constexpr int64_t kWindow = 64;

 private:
  struct Entry {
    v8::Global<v8::Promise> witness;
    std::string value;
    Place born;
    Place settled;
    PromiseState state = PromiseState::kPending;
    bool value_seen = false;  // its result was compared: later only the state is
    bool reported = false;
  };
  void CheckOne(int64_t id, const Place& here);
  void ReportOnce(Entry& entry, std::string code, std::string message, const Place& here);
  std::string Name(int64_t id) const;

  Oracle& oracle_;
  v8::Isolate* isolate_;
  std::string name_;
  std::vector<Entry> entries_;
  std::vector<int64_t> changed_;
  StateCount expected_;
  int64_t next_ = 0;  // where the rotating window goes on
};

}  // namespace handrail
