// Internal to the promise ledger: what V8 itself tells of one isolate's promises. Others call
// PromiseLedger::Watch.
//
// Two sources. Reject events: a promise was rejected and has no handler; it got one later. Promise
// hooks, if asked for: a reaction was registered, a reaction runs. V8 hands neither of them any
// data, so a process-wide table leads from the isolate to its watch.
//
// Certain only: a reaction counts as lost if what it waits for was settled and it had not run.
// A promise that native code did not make is counted, and told only if it derives from one that it
// made (which takes hooks).
//
// Threads: the isolate's, until it is forgotten.
#pragma once

#include <v8.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "harness/observe/promise_index.h"
#include "harness/observe/promise_places.h"
#include "harness/observe/repeated_findings.h"

namespace handrail {

struct WatchOptions {
  // Promise hooks: reactions are counted. Every promise of the isolate then costs more, about 2.4 x
  // at 1,000 in flight (bench/bench_ledger.cc).
  bool reactions = false;
  // Tells PR016 for what was rejected with no handler and handled later, instead of only counting.
  bool handled_later = false;
  // Promises known by identity at one time, at most. Beyond that, new ones are counted only.
  int64_t at_most = 1 << 16;
};

// Of one isolate. Exact at any number, but for reactions: those are of the promises that are known.
struct WatchCounts {
  int64_t rejected_unhandled = 0;  // with no handler at that time, by native code or JavaScript
  int64_t handled_later = 0;       // of those
  int64_t resolved_again = 0;  // by JavaScript's own functions; 0 on V8 14.6, which tells no more
  int64_t reactions = 0;       // registered on promises of native code and what derives from them
  int64_t reactions_run = 0;
  int64_t reactions_lost = 0;  // known only at the end
  int64_t hooks = 0;           // calls of the hook: what the slowness comes from
};

class PromiseWatch {
 public:
  // Requires: `isolate` is entered. Takes the place of callbacks that it had before.
  PromiseWatch(v8::Isolate* isolate, WatchOptions options);
  // Requires: Finish or Forget was called.
  ~PromiseWatch();
  PromiseWatch(const PromiseWatch&) = delete;
  PromiseWatch& operator=(const PromiseWatch&) = delete;

  // From the book of an environment.
  void Made(v8::Local<v8::Promise> promise, const Place& here);
  void Ended(v8::Local<v8::Promise> promise, const Place& made, const Place& here, Outcome outcome);

  // The end: callbacks are taken out, what is still wrong is told. On the isolate's thread.
  void Finish(RepeatedFindings& findings, int64_t operation, const char* when);
  // For an isolate that may be gone: touches no V8, tells nothing.
  void Forget();

  const WatchCounts& counts() const { return counts_; }
  v8::Isolate* isolate() const { return isolate_; }

 private:
  struct PlaceCount {
    Place place;
    int64_t reactions = 0;
    int64_t run = 0;
    int64_t lost = 0;
  };
  struct Unhandled {
    uint32_t made;
    uint32_t rejected;
    bool derived;
    auto operator<=>(const Unhandled&) const = default;
  };

  static PromiseWatch* OfCurrent();
  static void OnHook(v8::PromiseHookType type, v8::Local<v8::Promise> promise,
                     v8::Local<v8::Value> parent);
  static void OnReject(v8::PromiseRejectMessage message);
  void Registered(v8::Local<v8::Promise> promise, v8::Local<v8::Value> parent);
  void Runs(v8::Local<v8::Promise> promise);
  void Rejected(v8::Local<v8::Promise> promise);
  void Handled(v8::Local<v8::Promise> promise);

  uint32_t PlaceNumber(const Place& place);
  // kNone: there are too many.
  uint32_t AddOrFind(v8::Local<v8::Promise> promise);
  bool IsLost(const KnownPromise& reaction);
  void Count(const KnownPromise& known);
  void Sweep(bool all);
  void TellUnhandled(RepeatedFindings& findings, int64_t operation, const char* when) const;
  void TellLost(RepeatedFindings& findings, int64_t operation, const char* when) const;

  v8::Isolate* const isolate_;
  const WatchOptions options_;
  std::unique_ptr<PromiseIndex> index_;
  int64_t sweep_at_ = 1024;
  bool sampled_ = false;
  Numbering numbers_;
  std::deque<PlaceCount> places_;
  WatchCounts counts_;
  std::map<Unhandled, int64_t> unhandled_;  // for good
  std::map<Unhandled, int64_t> late_;       // handled later
};

}  // namespace handrail
