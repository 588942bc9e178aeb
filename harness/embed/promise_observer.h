// Who wants to see the promises that native code makes and settles: the promise ledger of Handrail
// (harness/observe/promise_ledger.h), or a program's own statistics.
//
// A promise is known by the slot of its Deferred: given again to another promise only after the
// earlier one was Settled or Dropped. Shared by the environment and everything made from it. An
// observer overrides what it wants to see.
#pragma once

#include <v8.h>

#include <memory>

#include "harness/embed/environment.h"

namespace handrail::embed {

class PromiseObserver {
 public:
  enum class Refused { kTwice, kWrongThread, kIsolateGone };
  // A number of the observer's own that a settled Deferred carries for it.
  using Note = uint32_t;

  virtual ~PromiseObserver() = default;

  // An environment begins, on its isolate's thread: who is to see its promises. nullptr: this one.
  // For an observer of several environments, since each counts its slots from 0.
  virtual std::shared_ptr<PromiseObserver> ForEnvironment() { return nullptr; }

  // On the isolate's thread, a HandleScope is open.
  virtual void Made(Slot /*slot*/, v8::Local<v8::Promise> /*promise*/, const Place& /*here*/) {}
  // Right after it was settled, as above. `fulfilled` false: by Reject.
  virtual Note Settled(Slot /*slot*/, v8::Local<v8::Promise> /*promise*/, bool /*fulfilled*/,
                       const Place& /*made*/, const Place& /*here*/) {
    return 0;
  }
  // Its Deferred was destroyed, and the promise has just been rejected for that, as above.
  // `reason`: what Deferred::Drop was given; nullptr: the Deferred was simply destroyed.
  virtual void Dropped(Slot /*slot*/, v8::Local<v8::Promise> /*promise*/, const char* /*reason*/,
                       const Place& /*made*/) {}
  // Close found it pending. The promise itself goes on, held by whoever holds it.
  virtual void LeftOver(Slot /*slot*/) {}
  // The environment is closed: nothing above comes any more. After Abandon nobody was told what was
  // left over. On the isolate's thread.
  virtual void Closed() {}

  // On any thread: a settlement that was not carried out. `made` is where its Deferred was made,
  // `note` what Settled gave for it; without meaning unless `why` is kTwice.
  virtual void RefusedToSettle(Refused /*why*/, Note /*note*/, const Place& /*made*/,
                               const Place& /*here*/) {}
};

}  // namespace handrail::embed
