// A JavaScript object kept alive from any thread: the Root of RFC neon_rfc_threadsafe_handles.
//
//   Root<v8::Function> callback = MakeRoot(environment, function);
//   std::thread([channel, callback = std::move(callback)]() mutable {
//     channel->Send([callback = std::move(callback)](Turn& turn) mutable {
//       v8::Local<v8::Function> function;
//       if (callback.IntoInner().ToLocal(&function)) function->Call(...);
//     });
//   });
//
// A v8::Global may be reset on its isolate's thread only, and not after the isolate; a Root may be
// destroyed anywhere and at any time: elsewhere the handle is reset by the isolate's thread soon
// after, and after the environment's end it is only counted.
//
// Shared by several threads (the RFC's Arc): std::shared_ptr<const Root<T>>, opened with Get; the
// last owner ends it, wherever that is.
//
// Size: 24 bytes, and 8 in the environment. Threads: moved and destroyed on any; made, opened,
// cloned and dropped explicitly on the isolate's, elsewhere these do nothing and say so.
#pragma once

#include <v8.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "harness/embed/environment.h"

namespace handrail::embed {

// What all Roots are, whatever they hold.
class RootBase {
 public:
  RootBase() = default;
  RootBase(RootBase&& other) noexcept
      : home_(std::move(other.home_)), slot_(std::exchange(other.slot_, kNoSlot)) {}
  RootBase& operator=(RootBase&& other) noexcept;
  ~RootBase() { Release(); }

  // Whether it holds something. A Root that was moved from, dropped or opened by IntoInner does
  // not.
  bool holds() const { return slot_ != kNoSlot; }

  // Ends it now. False: not on the isolate's thread (it still holds), or there was nothing.
  bool Drop();
  // The same under the name that containers of roots know: see Box.
  bool Finalize() { return Drop(); }

 protected:
  RootBase(Home& home, v8::Local<v8::Value> value);
  bool Usable() const;
  v8::Local<v8::Value> Read() const;  // requires Usable()
  void Release();
  Home& home() const { return *home_; }

 private:
  std::shared_ptr<Home> home_;
  Slot slot_ = kNoSlot;
};

// T: v8::Object or one of its kinds. A value that is no object cannot be a Root: see TryMakeRoot.
template <class T>
class Root : public RootBase {
  static_assert(std::is_base_of_v<v8::Object, T>, "a Root holds objects and functions");

 public:
  Root() = default;

  // A handle to it in the HandleScope that is open. Empty: another thread, or nothing held.
  v8::MaybeLocal<T> Get() const {
    if (!Usable()) return {};
    return Read().template As<T>();
  }

  // The same, and ends it; where it comes back empty, the Root holds what it held.
  v8::MaybeLocal<T> IntoInner() {
    v8::MaybeLocal<T> inner = Get();
    if (!inner.IsEmpty()) Drop();
    return inner;
  }

  // One more, of the same object. Empty (holds() is false) where Get is.
  Root Clone() const {
    v8::Local<T> object;
    return Get().ToLocal(&object) ? Root(home(), object) : Root();
  }

 private:
  template <class U>
  friend Root<U> MakeRoot(const Environment&, v8::Local<U>);
  Root(Home& home, v8::Local<T> object) : RootBase(home, object) {}
};

static_assert(sizeof(Root<v8::Object>) == 24);

// Requires: the isolate's thread, a HandleScope open. Empty when the environment is closed.
template <class T>
Root<T> MakeRoot(const Environment& environment, v8::Local<T> object) {
  return Root<T>(*environment.home(), object);
}

// For a value that came from JavaScript: empty when it is no object.
inline Root<v8::Object> TryMakeRoot(const Environment& environment, v8::Local<v8::Value> value) {
  if (value.IsEmpty() || !value->IsObject()) return {};
  return MakeRoot(environment, value.As<v8::Object>());
}

}  // namespace handrail::embed
