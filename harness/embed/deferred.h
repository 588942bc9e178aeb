// A promise and the right to settle it, made together as a pair:
//
//   auto [deferred, promise] = MakePromise(environment);
//   info.GetReturnValue().Set(promise);
//   channel->Send([deferred = std::move(deferred)](Turn& turn) mutable {
//     deferred.Resolve(v8::Undefined(turn.isolate()));
//   });
//
// A Deferred moves between threads, is not copied, and settles at most once: V8 itself takes a
// second settlement in silence. One that is destroyed unsettled, on any thread, has its promise
// rejected with an error that says where it was made. (RFC neon_rfc_promise_taskbuilder,
// `Deferred`.)
//
// Size: a pointer, and 32 bytes in the environment. Threads: moved and destroyed on any; settled on
// the isolate's.
#pragma once

#include <v8.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "harness/embed/environment.h"

namespace handrail::embed {

enum class Settlement {
  kSettled,
  kAlready,      // this Deferred settled before, or was moved from
  kWrongThread,  // not the isolate's, or the isolate is not entered: the Deferred keeps its right
  kGone,         // the environment is closed
  kTerminating,  // JavaScript is being terminated: the Deferred keeps its right
};
const char* ToString(Settlement settlement);

class Deferred {
 public:
  Deferred() = default;  // settled from the start
  Deferred(Deferred&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
  Deferred& operator=(Deferred&& other) noexcept;
  ~Deferred() {
    if (entry_ != nullptr) End(nullptr);
  }

  // Settle it, once. Handlers of the promise run at the next microtask checkpoint, not in here.
  // `value` belongs to the same isolate: V8 cannot tell, and neither can we.
  // Require: the isolate is entered, a HandleScope is open. Cost: about that of
  // Promise::Resolver::Resolve.
  Settlement Resolve(v8::Local<v8::Value> value, Place here = Place::current()) {
    return SettleInScope(true, value, here);
  }
  Settlement Reject(v8::Local<v8::Value> error, Place here = Place::current()) {
    return SettleInScope(false, error, here);
  }
  // The same for callers who have the context at hand, as V8's own: cheaper by a HandleScope and a
  // handle. One handle is left in the caller's scope.
  Settlement Resolve(v8::Local<v8::Context> context, v8::Local<v8::Value> value,
                     Place here = Place::current()) {
    return Settle(true, context, value, here);
  }
  Settlement Reject(v8::Local<v8::Context> context, v8::Local<v8::Value> error,
                    Place here = Place::current()) {
    return Settle(false, context, error, here);
  }

  // Runs `v8::MaybeLocal<v8::Value> compute()` under a TryCatch: what it returns resolves, what it
  // throws (in JavaScript, or as a std::exception) rejects. Any other C++ exception goes through.
  // Require: as Resolve; a context is entered.
  template <class Compute>
  Settlement SettleWith(Compute&& compute, Place here = Place::current());

  // Gives up: the promise is rejected soon, with an error that has this text. A literal: it is
  // kept.
  void Drop(const char* reason);

  // Whether it can still settle something.
  bool armed() const { return entry_ != nullptr && entry_->note == kArmed; }
  // Where it was made. Requires: not moved from.
  Place made() const { return entry_->made; }

 private:
  friend class PromiseMaker;
  // What stands in the entry's note until the observer's does.
  static constexpr uint32_t kArmed = UINT32_MAX;
  static constexpr uint32_t kSettling = UINT32_MAX - 1;
  static constexpr uint32_t kOrphaned = UINT32_MAX - 2;  // destroyed while it settled

  explicit Deferred(HandleEntry* entry) : entry_(entry) { entry_->note = kArmed; }
  // kSettled: go on.
  Settlement MaySettle(const Place& here);
  Settlement SettleInScope(bool fulfil, v8::Local<v8::Value> value, const Place& here);
  Settlement Settle(bool fulfil, v8::Local<v8::Context> context, v8::Local<v8::Value> value,
                    const Place& here);
  Settlement SettleWithResult(v8::Isolate* isolate, const v8::TryCatch& failure,
                              v8::MaybeLocal<v8::Value> result, const char* thrown,
                              const Place& here);
  void End(const char* reason);
  v8::Isolate* isolate() const;

  HandleEntry* entry_ = nullptr;  // nullptr: moved from
};
static_assert(sizeof(Deferred) == sizeof(void*));

struct PromiseAndDeferred {
  Deferred deferred;
  v8::Local<v8::Promise> promise;
};

// Requires: the isolate's thread, a HandleScope open, the environment not closed.
// While JavaScript is being terminated both come back empty.
PromiseAndDeferred MakePromise(Home& home, Place here = Place::current());
inline PromiseAndDeferred MakePromise(const Environment& environment,
                                      Place here = Place::current()) {
  return MakePromise(*environment.home(), here);
}

template <class Compute>
Settlement Deferred::SettleWith(Compute&& compute, Place here) {
  if (const Settlement may = MaySettle(here); may != Settlement::kSettled) return may;
  v8::Isolate* const isolate = this->isolate();  // compute() may move this Deferred away
  const v8::HandleScope scope(isolate);
  const v8::TryCatch failure(isolate);
  v8::MaybeLocal<v8::Value> result;
  try {
    result = std::forward<Compute>(compute)();
  } catch (const std::exception& error) {
    return SettleWithResult(isolate, failure, {}, error.what(), here);
  }
  return SettleWithResult(isolate, failure, result, nullptr, here);
}

}  // namespace handrail::embed
