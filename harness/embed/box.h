// A native object owned by a JavaScript one: the JsBox of RFC neon_rfc_threadsafe_handles.
//
//   struct Counter {
//     Root<v8::Function> callback;
//     void Finalize(Turn&) { callback.Finalize(); }   // optional
//   };
//   v8::Local<v8::Object> box = MakeBox(environment, Counter{MakeRoot(environment, function)});
//   Counter* counter = Unbox<Counter>(environment, box);
//
// When the JavaScript object is collected, or at the environment's end, Finalize(turn) and then the
// destructor run on the isolate's thread, outside the garbage collection: JavaScript may be run.
// V8's own weak callbacks allow neither, and Isolate::Dispose calls none of them.
//
// A box whose native part holds a Root of something that leads back to the box is a cycle through
// both heaps: neither is ever collected before the environment ends.
//
// Threads: the isolate's thread only.
#pragma once

#include <v8.h>

#include <concepts>
#include <memory>
#include <utility>

#include "harness/embed/environment.h"

namespace handrail::embed {

// What the environment knows of a boxed object.
class Boxed {
 public:
  virtual ~Boxed() = default;
  virtual void Finalize(Turn& turn) = 0;
  virtual const void* type() const = 0;  // the same for all of one C++ type
};

// Requires: a HandleScope open. Empty when the environment is closed, or JavaScript is terminated.
v8::MaybeLocal<v8::Object> PutInBox(Home& home, std::unique_ptr<Boxed> boxed);
// nullptr: no box of this environment, of another type, or not the isolate's thread.
Boxed* LookIntoBox(Home& home, v8::Local<v8::Value> box, const void* type);

template <class T>
class BoxedAs final : public Boxed {
 public:
  explicit BoxedAs(T value) : value_(std::move(value)) {}
  void Finalize(Turn& turn) override {
    if constexpr (requires { value_.Finalize(turn); }) value_.Finalize(turn);
  }
  const void* type() const override { return &kType; }
  T& value() { return value_; }
  static inline char kType = 0;  // its address is what counts

 private:
  T value_;
};

template <class T>
v8::MaybeLocal<v8::Object> MakeBox(const Environment& environment, T value) {
  return PutInBox(*environment.home(), std::make_unique<BoxedAs<T>>(std::move(value)));
}

// Valid while `box` is reachable.
template <class T>
T* Unbox(const Environment& environment, v8::Local<v8::Value> box) {
  Boxed* boxed = LookIntoBox(*environment.home(), box, &BoxedAs<T>::kType);
  return boxed != nullptr ? &static_cast<BoxedAs<T>*>(boxed)->value() : nullptr;
}

}  // namespace handrail::embed
