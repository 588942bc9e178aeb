// Who wants to see the promises that native code makes and settles: the promise ledger of Handrail
// (harness/observe/promise_ledger.h), or a program's own statistics.
//
// A promise is known by the slot of its Deferred: given again to another promise only after the
// earlier one was Settled or Dropped. Shared by the environment and everything made from it.
#pragma once

#include <v8.h>

#include "harness/embed/environment.h"

namespace handrail::embed {

class PromiseObserver {
 public:
  enum class Refused { kTwice, kWrongThread, kIsolateGone };

  virtual ~PromiseObserver() = default;

  // On the isolate's thread, a HandleScope is open.
  virtual void Made(Slot slot, v8::Local<v8::Promise> promise, const Place& here) = 0;
  // Right after it was settled. `fulfilled` false: rejected.
  virtual void Settled(Slot slot, bool fulfilled, const Place& here) = 0;
  // Its Deferred was destroyed, and the promise has just been rejected for that.
  virtual void Dropped(Slot slot) = 0;
  // Close found it pending. The promise itself goes on, held by whoever holds it.
  virtual void LeftOver(Slot slot) = 0;

  // On any thread: a settlement that was not carried out. `made` is where its Deferred was made.
  virtual void RefusedToSettle(Refused why, const Place& made, const Place& here) = 0;
};

}  // namespace handrail::embed
