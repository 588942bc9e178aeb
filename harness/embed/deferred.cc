#include "harness/embed/deferred.h"

#include <algorithm>

#include "harness/embed/home.h"
#include "harness/embed/schedule_point.h"
#include "harness/engine/script.h"

namespace handrail::embed {

const char* ToString(Settlement settlement) {
  switch (settlement) {
    case Settlement::kSettled:
      return "settled";
    case Settlement::kAlready:
      return "settled before";
    case Settlement::kWrongThread:
      return "not on the isolate's thread";
    case Settlement::kGone:
      return "the environment is closed";
    case Settlement::kTerminating:
      return "JavaScript is being terminated";
  }
  return "?";
}

Deferred& Deferred::operator=(Deferred&& other) noexcept {
  if (this == &other) return *this;
  if (entry_ != nullptr) End(nullptr);
  entry_ = std::exchange(other.entry_, nullptr);
  return *this;
}

void Deferred::Drop(const char* reason) {
  if (armed()) End(reason);
}

void Deferred::End(const char* reason) {
  HandleEntry* const entry = std::exchange(entry_, nullptr);
  if (entry->note == kArmed) {
    entry->home->DropDeferred(entry, reason);
  } else if (entry->note == kSettling) {
    entry->note = kOrphaned;  // Settle, further up the stack, gives the entry back
  } else {
    entry->home->GiveBack(entry);
  }
}

v8::Isolate* Deferred::isolate() const { return entry_->home->isolate(); }

Settlement Deferred::MaySettle(const Place& here) {
  using Refused = PromiseObserver::Refused;
  if (!armed()) {
    if (entry_ != nullptr) entry_->home->Refuse(Refused::kTwice, entry_->note, entry_->made, here);
    return Settlement::kAlready;
  }
  Home& home = *entry_->home;
  if (home.Usable()) [[likely]] {
    return Settlement::kSettled;
  }
  const bool gone = home.OnThread() && !home.open();
  home.Refuse(gone ? Refused::kIsolateGone : Refused::kWrongThread, entry_->note, entry_->made,
              here);
  return gone ? Settlement::kGone : Settlement::kWrongThread;
}

Settlement Deferred::SettleInScope(bool fulfil, v8::Local<v8::Value> value, const Place& here) {
  if (const Settlement may = MaySettle(here); may != Settlement::kSettled) return may;
  const v8::HandleScope scope(isolate());
  return Settle(fulfil, entry_->home->context(), value, here);
}

Settlement Deferred::Settle(bool fulfil, v8::Local<v8::Context> context, v8::Local<v8::Value> value,
                            const Place& here) {
  if (const Settlement may = MaySettle(here); may != Settlement::kSettled) return may;
  HandleEntry* const entry = entry_;  // this Deferred may be moved or destroyed by what V8 calls
  Home& home = *entry->home;
  auto resolver = home.promises().Get(*entry).As<v8::Promise::Resolver>();
  // Disarmed first: V8 reads `then` of the value, which may be JavaScript that comes back here.
  entry->note = kSettling;
  const v8::Maybe<bool> done =
      fulfil ? resolver->Resolve(context, value) : resolver->Reject(context, value);
  const bool orphaned = entry->note == kOrphaned;
  if (done.IsNothing() && !orphaned) {
    entry->note = kArmed;
    return Settlement::kTerminating;
  }
  entry->note = 0;
  if (home.open()) {  // else closed by that, and counted as left over
    home.promises().Reset(entry);
    home.own.promises_settled.Add();
    if (home.observer() != nullptr) {
      const PromiseObserver::Note note =
          home.observer()->Settled(entry->slot, resolver->GetPromise(), fulfil, entry->made, here);
      entry->note = std::min(note, kOrphaned - 1);
    }
  }
  if (orphaned) home.GiveBack(entry);
  return Settlement::kSettled;
}

Settlement Deferred::SettleWithResult(v8::Isolate* isolate, const v8::TryCatch& failure,
                                      v8::MaybeLocal<v8::Value> result, const char* thrown,
                                      const Place& here) {
  v8::Local<v8::Value> value;
  if (result.ToLocal(&value)) return SettleInScope(true, value, here);
  if (failure.HasTerminated()) return Settlement::kTerminating;
  if (failure.HasCaught()) return SettleInScope(false, failure.Exception(), here);
  if (thrown == nullptr) thrown = "the closure that was to settle this promise gave no value";
  return SettleInScope(false, v8::Exception::Error(engine::Text(isolate, thrown)), here);
}

// The one that may make a Deferred with something in it.
class PromiseMaker {
 public:
  static PromiseAndDeferred Make(Home& home, const Place& here) {
    v8::Local<v8::Promise::Resolver> resolver;
    if (!home.Usable() || !v8::Promise::Resolver::New(home.context()).ToLocal(&resolver)) return {};
    HandleEntry* entry = home.promises().Put(resolver, here);
    home.own.promises_made.Add();
    const v8::Local<v8::Promise> promise = resolver->GetPromise();
    if (home.observer() != nullptr) home.observer()->Made(entry->slot, promise, here);
    return {Deferred(entry), promise};
  }
};

PromiseAndDeferred MakePromise(Home& home, Place here) { return PromiseMaker::Make(home, here); }

}  // namespace handrail::embed
