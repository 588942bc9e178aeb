// Internal to embed: the queue of a channel and its wake-up. Shared by the channel, the environment
// that has to empty it at its end, and nobody else; see channel.h for what it promises.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "harness/embed/channel.h"
#include "harness/embed/home.h"
#include "harness/embed/scheduled_sync.h"

namespace handrail::embed {

class Mailbox final : public Resident, public std::enable_shared_from_this<Mailbox> {
 public:
  Mailbox(std::shared_ptr<Home> home, size_t capacity);

  // ---- Any thread.
  // Why it was not taken; `closure` is moved from only when it was.
  std::optional<SendFailure> Put(Closure& closure, bool wait);
  void Shut();
  size_t waiting() const;
  bool referenced() const { return referenced_; }

  // ---- The isolate's thread.
  std::vector<Closure> TakeBack();
  bool Reference(bool keep_alive);
  void EnvironmentEnds(bool abandoned) override;
  const std::shared_ptr<Home>& home() const { return home_; }

 private:
  using Lock = std::unique_lock<ScheduledMutex>;

  std::optional<SendFailure> WaitForRoom(Lock& lock, bool wait);
  std::optional<SendFailure> TakeBackUnwoken(Closure& closure, uint64_t number);
  void Drain();
  void RunBatch();
  Closure TakeNext();
  size_t Accepted() const { return queue_.size() + left_of_batch_; }  // under the lock
  std::vector<Closure> Empty();
  void CloseIfShutAndEmpty();
  void LetGoOfLoop();

  const std::shared_ptr<Home> home_;
  const size_t capacity_;

  // Senders write these, the isolate's thread those further down: on lines of the cache of their
  // own, or each message would move both lines between two cores (four times its cost,
  // bench_channel).
  alignas(kCacheLine) mutable ScheduledMutex mutex_{"mailbox.lock"};
  ScheduledCondition room_{"mailbox.room"};
  std::vector<Closure> queue_;  // accepted, and not yet in batch_
  uint64_t put_ = 0;            // closures ever put into queue_, minus those taken back
  bool wake_sent_ = false;      // and not yet answered
  bool shut_ = false;

  // The isolate's thread only: what is being run, and how far that has come.
  alignas(kCacheLine) std::vector<Closure> batch_;
  size_t next_ = 0;
  // Read by all; written under the lock where there is a capacity to wait for.
  std::atomic<size_t> left_of_batch_ = 0;
  bool running_ = false;
  bool woken_while_running_ = false;
  std::atomic<bool> referenced_ = true;

  alignas(kCacheLine) WakeUp wake_;
};

}  // namespace handrail::embed
