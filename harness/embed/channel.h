// Closures from any thread to the isolate's thread: the EventQueue of RFC
// neon_rfc_threadsafe_handles.
//
//   std::shared_ptr<Channel> channel = Channel::Make(environment);
//   std::thread([channel] {
//     channel->Send([](Turn& turn) { /* JavaScript may be touched here */ });
//   });
//
// Order is kept for each sender. What was accepted runs, or is handed back by CloseAndTakeBack;
// what neither happened to when the environment closed is counted and reported
// (Totals::messages_lost). A closure that throws becomes an uncaught exception
// (EnvironmentOptions), not a crash.
//
// A channel keeps its loop alive until it is unref'd or closed. It is shared, not copied: Unref on
// one copy would be felt by all. The last to let go of it closes it.
//
// Threads: Send, TrySend, SettleWith, TrySettleWith, HasRef, Close and destruction on any; Ref,
// Unref and CloseAndTakeBack on the isolate's.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "harness/embed/deferred.h"
#include "harness/embed/environment.h"

namespace handrail::embed {

class Mailbox;

enum class SendFailure {
  kClosed,         // the channel, or its environment
  kFull,           // TrySend on a bounded channel
  kWakeUpFailed,   // the loop could not be woken
  kWouldDeadlock,  // Send on the isolate's own thread while the channel is full
};
const char* ToString(SendFailure failure);

// Whether it was accepted; if not, why, and what was to be sent.
template <class Sent>
class [[nodiscard]] SendResult {
 public:
  SendResult() = default;
  SendResult(SendFailure failure, Sent sent) : failure_(failure), sent_(std::move(sent)) {}
  bool ok() const { return !failure_.has_value(); }
  // Require: not ok().
  SendFailure failure() const { return *failure_; }
  Sent TakeBack() { return *std::move(sent_); }

 private:
  std::optional<SendFailure> failure_;
  std::optional<Sent> sent_;
};

struct Settling {
  Deferred deferred;
  Compute compute;
};

struct ChannelOptions {
  size_t capacity = 0;  // closures accepted and not yet run; 0: any number
};

class Channel {
 public:
  // Requires: the isolate's thread.
  static std::shared_ptr<Channel> Make(const Environment& environment, ChannelOptions options = {});
  ~Channel() { Close(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Send waits while a bounded channel is full. Cost: a lock, and a wake-up for the first of a
  // batch.
  SendResult<Closure> Send(Closure closure);
  SendResult<Closure> TrySend(Closure closure);

  // Sends the settling of a promise. When that fails, SettleWith has the promise rejected with an
  // error that says why; TrySettleWith gives both back.
  std::optional<SendFailure> SettleWith(Deferred deferred, Compute compute,
                                        Place here = Place::current());
  SendResult<Settling> TrySettleWith(Deferred deferred, Compute compute,
                                     Place here = Place::current());

  // Whether this channel keeps the loop alive. Idempotent; may alternate, also inside a closure.
  // False, and nothing done: called on another thread, or the channel is closed and empty.
  bool Ref();
  bool Unref();
  bool HasRef() const;

  // Takes no more. What was accepted still runs, then the loop is let go. Idempotent.
  void Close();
  // The same, but gives back, in order, what has not run. On another thread: nothing done, empty.
  std::vector<Closure> CloseAndTakeBack();

  // Accepted and not yet run.
  size_t waiting() const;

 private:
  explicit Channel(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace handrail::embed
