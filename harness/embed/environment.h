// One isolate as an embedder runs it: the isolate, a context, the thread they belong to and its
// libuv loop. Deferreds, Roots, Channels, Boxes and Tasks are made from an environment and may
// outlive it.
//
//   EventLoop loop;
//   Environment environment(isolate, context, loop.get());
//   auto [deferred, promise] = MakePromise(environment);
//   ...
//   loop.Run();           // closures sent from other threads run here
//   environment.Close();  // or its destructor; then the isolate may be disposed
//
// Ends in any order:
//   environment first   the rule. What was dropped is settled, what is left over is counted and
//   told. loop first          a loop that closed our handles itself and ran to its end; then Close
//   as usual.
//                       In between sends fail, or wait for Close as what is dropped does.
//   isolate first       Abandon instead of Close: no V8 is touched any more, all is left over.
//   the others last     a Deferred, Root or Channel after Close can be dropped, on any thread; what
//                       it held is gone already, it is only counted.
//
// Threads: made, closed and used on the isolate's thread. OnThread and totals on any.
// Rules: v8::Global (persistent-handle.h), Isolate (one thread at a time without a Locker);
// RFCs neon_rfc_promise_taskbuilder and neon_rfc_threadsafe_handles.
#pragma once

#include <absl/functional/any_invocable.h>
#include <uv.h>
#include <v8.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <string>

#include "harness/embed/handle_table.h"
#include "harness/embed/wake_up.h"

namespace handrail::embed {

class PromiseObserver;

// An exception that nothing in the program caught: of a closure, a completion or a finalizer.
struct Uncaught {
  std::string from;     // "channel", "task", "finalizer", "turn"
  std::string message;  // one line: "Uncaught Error: ..."
  std::string stack;    // of JavaScript; empty for a C++ exception
};

// What has happened in one environment so far. A snapshot; the numbers are exact once the threads
// that use it have come to rest. After Close or Abandon:
//   promises_made     == settled + dropped + left_over
//   roots_made        == dropped + left_over
//   messages_accepted == run + handed_back + lost
//   tasks_queued      == completed + cancelled + lost
//   boxes_made        == finalized, after Close
// and what is dropped late was among the left over.
struct Totals {
  int64_t promises_made = 0;
  int64_t promises_settled = 0;       // by Resolve, Reject or SettleWith
  int64_t promises_dropped = 0;       // by a Deferred that was destroyed unsettled: rejected
  int64_t promises_dropped_late = 0;  // the same when it was too late to tell anybody
  int64_t promises_left_over = 0;     // pending at Close
  int64_t settlements_refused = 0;    // second ones, on another thread, after Close
  int64_t roots_made = 0;             // clones included
  int64_t roots_dropped = 0;          // Drop, Finalize, IntoInner, destructor
  int64_t roots_dropped_late = 0;
  int64_t roots_left_over = 0;
  int64_t messages_accepted = 0;  // by a channel
  int64_t messages_run = 0;
  int64_t messages_handed_back = 0;  // by Channel::CloseAndTakeBack
  int64_t messages_lost = 0;         // accepted, and the environment closed before they ran
  int64_t tasks_queued = 0;
  int64_t tasks_completed = 0;
  int64_t tasks_cancelled = 0;
  int64_t tasks_lost = 0;  // the environment was closed before their completion
  int64_t boxes_made = 0;
  int64_t boxes_finalized = 0;  // at Close included
  int64_t uncaught = 0;
};

struct EnvironmentOptions {
  // What becomes of a promise whose Deferred is destroyed unsettled. kAbort is the RFC's other
  // rule: the process ends there and then, on that thread, with the place that made the Deferred.
  enum class WhenDropped { kReject, kAbort };
  WhenDropped when_dropped = WhenDropped::kReject;

  // On the isolate's thread, with nothing pending. Must not throw. Default: writes it to stderr.
  std::function<void(const Uncaught&)> uncaught{};

  // At Close, if something is left over or lost. Default: writes one line to stderr.
  std::function<void(const Totals&)> left_over{};

  // Sees every promise that goes through this environment. nullptr: nobody.
  std::shared_ptr<PromiseObserver> promises{};

  // How the loop is woken. For tests of what follows when that fails.
  WakeUp::SendFunction send_wake_up = uv_async_send;
};

// One stretch of work on the isolate's thread: given to closures. The isolate and the context are
// entered, a HandleScope of its own is open; when it ends, microtasks run, and what it threw is
// reported as uncaught. Not to be kept.
class Turn {
 public:
  explicit Turn(Home& home, v8::Local<v8::Context> context) : home_(home), context_(context) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  v8::Isolate* isolate() const;
  v8::Local<v8::Context> context() const { return context_; }
  Home& home() const { return home_; }

 private:
  Home& home_;
  v8::Local<v8::Context> context_;
};

// What is sent to be run in a turn. Moved, never copied; called at most once.
using Closure = absl::AnyInvocable<void(Turn&) &&>;
// What settles a promise: the value to resolve it with, or an exception to reject it with.
using Compute = absl::AnyInvocable<v8::MaybeLocal<v8::Value>(Turn&) &&>;

class Environment {
 public:
  // `loop` and the isolate outlive the environment, but see above.
  // Requires: the isolate is entered on this thread and a HandleScope is open. From here on nobody
  // but this environment's owner runs `loop`, on this thread.
  Environment(v8::Isolate* isolate, v8::Local<v8::Context> context, uv_loop_t* loop,
              EnvironmentOptions options = {});
  ~Environment() { Close(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // In this order: channels take no more; closures that were accepted and did not run are counted
  // as lost and destroyed; boxes are finalized; promises whose Deferred was dropped are rejected,
  // and their handlers run; what is left over is counted, its handles are reset. Idempotent.
  // Meanwhile nothing new can be made of the environment but promises and roots. Ensures: nothing
  // of this environment touches V8 afterwards. In a turn (a closure that closes) that is so from
  // the turn's end on, when the handlers run.
  void Close();

  // For an isolate that is gone already: the same without V8.
  void Abandon();

  // Does now what the loop would do next: rejects promises and resets handles that were dropped,
  // runs finalizers. For hosts that do not run the loop, or whose loop nothing keeps alive: what
  // was dropped does not. Not inside a function that JavaScript called: handlers run in here.
  void Settle();

  // Runs `work(turn)` as a closure from a channel would be. False: closed, or not this thread.
  bool Run(Closure work);

  bool OnThread() const;
  Totals totals() const;
  v8::Isolate* isolate() const;
  uv_loop_t* loop() const;
  const std::shared_ptr<Home>& home() const { return home_; }

 private:
  std::shared_ptr<Home> home_;
};

// A libuv loop of one's own that is ended as libuv wants it: run until nothing keeps it alive, its
// last handles closed, and only then released.
class EventLoop {
 public:
  EventLoop();
  // Closes what is still open in it. Requires: the environments on it are closed.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Until nothing keeps it alive.
  void Run();
  // One round without waiting; libuv does nothing in a loop that nothing keeps alive. Whether
  // something still does.
  bool RunOnce();
  uv_loop_t* get() { return &loop_; }

 private:
  uv_loop_t loop_;
};

}  // namespace handrail::embed
