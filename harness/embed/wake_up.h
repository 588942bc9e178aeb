// A wake-up of an event loop that any thread may send, whatever has become of the loop: libuv's
// uv_async_t, which may not be sent to once it is being closed, behind a lock that knows.
//
// Ownership: one owner on the loop's thread. libuv needs the handle's memory until the loop has run
// once more after Close, so it is released there; an owner may be gone by then. A loop that was
// ended first must have closed its handles itself (uv_walk, uv_close) and run to its end; while it
// does so nobody may send, as libuv has no lock for it.
// Threads: Send on any, the rest on the loop's.
#pragma once

#include <uv.h>

#include <functional>
#include <mutex>

namespace handrail::embed {

class WakeUp {
 public:
  // Tests put a failing one in its place.
  using SendFunction = int (*)(uv_async_t*);

  WakeUp(uv_loop_t* loop, std::function<void()> on_wake, SendFunction send = uv_async_send);
  ~WakeUp() { Close(); }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  // 0 or libuv's error; UV_ECANCELED after Close, and after the end of the loop. Several before the
  // loop gets to it are one.
  int Send();

  // Whether it keeps the loop alive; it does from the start. Idempotent.
  void Ref();
  void Unref();
  // Not closed, by us or by a loop that was ended first.
  bool usable() const;

  void Close();

 private:
  struct Handle {
    uv_async_t async;  // first: libuv gives back its address
    std::function<void()> on_wake;
    bool owned = true;
  };

  const SendFunction send_;
  std::mutex mutex_;          // a Send is never in the midst of a Close
  Handle* handle_ = nullptr;  // nullptr: closed, or libuv refused it
};

}  // namespace handrail::embed
