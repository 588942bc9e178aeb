#include "harness/embed/deferred.h"

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
  Drop(nullptr);
  home_ = std::move(other.home_);
  handle_ = std::move(other.handle_);
  note_ = other.note_;
  made_ = other.made_;
  return *this;
}

void Deferred::Drop(const char* reason) {
  if (armed()) home_->DropDeferred(handle_.Release(), made_, reason);
}

v8::Isolate* Deferred::isolate() const { return home_->isolate(); }

Settlement Deferred::MaySettle(const Place& here) {
  using Refused = PromiseObserver::Refused;
  if (!armed()) {
    if (home_ != nullptr) home_->Refuse(Refused::kTwice, note_, made_, here);
    return Settlement::kAlready;
  }
  if (home_->Usable()) [[likely]] {
    return Settlement::kSettled;
  }
  const bool gone = home_->OnThread() && !home_->open();
  home_->Refuse(gone ? Refused::kIsolateGone : Refused::kWrongThread, note_, made_, here);
  return gone ? Settlement::kGone : Settlement::kWrongThread;
}

Settlement Deferred::SettleInScope(bool fulfil, v8::Local<v8::Value> value, const Place& here) {
  if (const Settlement may = MaySettle(here); may != Settlement::kSettled) return may;
  const v8::HandleScope scope(home_->isolate());
  return Settle(fulfil, home_->context(), value, here);
}

Settlement Deferred::Settle(bool fulfil, v8::Local<v8::Context> context, v8::Local<v8::Value> value,
                            const Place& here) {
  if (const Settlement may = MaySettle(here); may != Settlement::kSettled) return may;
  Home& home = *home_;
  auto resolver = home.promises().Get(handle_).As<v8::Promise::Resolver>();
  // Disarmed first: V8 reads `then` of the value, which may be JavaScript that comes back here.
  TableHandle handle = std::move(handle_);
  const v8::Maybe<bool> done =
      fulfil ? resolver->Resolve(context, value) : resolver->Reject(context, value);
  if (done.IsNothing()) {
    handle_ = std::move(handle);
    return Settlement::kTerminating;
  }
  if (!home.open()) return Settlement::kSettled;  // closed by that: counted as left over
  const Slot slot = handle.slot();
  home.promises().Reset(std::move(handle));
  home.own.promises_settled.Add();
  if (home.observer() != nullptr) {
    note_ = home.observer()->Settled(slot, resolver->GetPromise(), fulfil, made_, here);
  }
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
  static PromiseAndDeferred Make(const std::shared_ptr<Home>& shared, const Place& here) {
    Home& home = *shared;
    v8::Local<v8::Promise::Resolver> resolver;
    if (!home.Usable() || !v8::Promise::Resolver::New(home.context()).ToLocal(&resolver)) return {};
    TableHandle handle = home.promises().Put(resolver);
    home.own.promises_made.Add();
    const v8::Local<v8::Promise> promise = resolver->GetPromise();
    if (home.observer() != nullptr) home.observer()->Made(handle.slot(), promise, here);
    return {Deferred(shared, std::move(handle), here), promise};
  }
};

PromiseAndDeferred MakePromise(const std::shared_ptr<Home>& home, Place here) {
  return PromiseMaker::Make(home, here);
}

}  // namespace handrail::embed
