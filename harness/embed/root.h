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
// Size: a pointer, and 32 bytes in the environment. Threads: moved and destroyed on any; made,
// opened, cloned and dropped explicitly on the isolate's, elsewhere these do nothing and say so.
#pragma once

#include <v8.h>

#include <type_traits>
#include <utility>

#include "harness/embed/environment.h"

namespace handrail::embed {

// What all Roots are, whatever they hold.
class RootBase {
 public:
  RootBase() = default;
  RootBase(RootBase&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
  RootBase& operator=(RootBase&& other) noexcept;
  ~RootBase() { Release(); }

  // Whether it holds something. A Root that was moved from, dropped or opened by IntoInner does
  // not.
  bool holds() const { return entry_ != nullptr; }

  // Ends it now. False: not on the isolate's thread (it still holds), or there was nothing.
  bool Drop();
  // The same under the name that containers of roots know: see Box.
  bool Finalize() { return Drop(); }

 protected:
  RootBase(Home& home, v8::Local<v8::Value> value, const Place& made);
  bool Usable() const;
  v8::Local<v8::Value> Read() const;  // requires Usable()
  void Release();
  const HandleEntry& entry() const { return *entry_; }

 private:
  HandleEntry* entry_ = nullptr;
};

template <class T>
class Root;

// Requires: the isolate's thread, a HandleScope open. Empty when the environment is closed.
template <class T>
Root<T> MakeRoot(const Environment& environment, v8::Local<T> object,
                 Place here = Place::current());

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
    return Get().ToLocal(&object) ? Root(*entry().home, object, entry().made) : Root();
  }

 private:
  template <class U>
  friend Root<U> MakeRoot(const Environment&, v8::Local<U>, Place);
  Root(Home& home, v8::Local<T> object, const Place& made) : RootBase(home, object, made) {}
};

static_assert(sizeof(Root<v8::Object>) == sizeof(void*));

template <class T>
Root<T> MakeRoot(const Environment& environment, v8::Local<T> object, Place here) {
  return Root<T>(*environment.home(), object, here);
}

// For a value that came from JavaScript: empty when it is no object.
inline Root<v8::Object> TryMakeRoot(const Environment& environment, v8::Local<v8::Value> value,
                                    Place here = Place::current()) {
  if (value.IsEmpty() || !value->IsObject()) return {};
  return MakeRoot(environment, value.As<v8::Object>(), here);
}

}  // namespace handrail::embed
