// Mutex, condition variable and thread as in std, which a schedule explorer can see (see
// schedule_point.h). Without one they cost what std's cost, a load and a branch added to each call.
//
// Under an explorer: a lock is a point, before it is taken; a wait is a point, before it counts as
// waiting, so that a notification that comes too early is really lost; a notification picks among
// the waiting by the seed; time passes only when no thread can run, so that a time limit never
// depends on the machine's load.
//
// A mutex or condition is used either by threads of one exploration or by unscheduled ones; an
// unscheduled thread may notify or unlock too, it is then not part of what the seed repeats.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/embed/schedule_point.h"

namespace handrail {

// For std::lock_guard and std::unique_lock. `name` is the point, "channel.lock" for instance.
class ScheduledMutex {
 public:
  explicit ScheduledMutex(const char* name) : name_(name) {}
  ScheduledMutex(const ScheduledMutex&) = delete;
  ScheduledMutex& operator=(const ScheduledMutex&) = delete;

  void lock() {
    if (schedule_hook.load(std::memory_order_relaxed) == nullptr) [[likely]]
      return mutex_.lock();
    SchedulePoint(name_);
    LockAgain();
  }
  bool try_lock() {
    SchedulePoint(name_);
    return mutex_.try_lock();
  }
  void unlock() {
    mutex_.unlock();
    const ScheduleHook* hook = schedule_hook.load(std::memory_order_relaxed);
    if (hook != nullptr) [[unlikely]]
      hook->wake(this, true);
  }

 private:
  friend class ScheduledCondition;

  // Without a point: after a condition's wait. Out of line: a lock stays small where it is used.
  [[gnu::noinline]] void LockAgain() {
    const ScheduleHook* hook = ScheduledHere();
    if (hook == nullptr) return mutex_.lock();
    bool held = mutex_.try_lock();
    const auto look = [](void* data) -> bool {
      auto& [mutex, held] = *static_cast<std::pair<std::mutex&, bool&>*>(data);
      return held = mutex.try_lock();
    };
    std::pair<std::mutex&, bool&> data(mutex_, held);
    while (!held) {
      hook->wait(name_, this, kNoTimeLimit, look, &data);
      if (!held) held = mutex_.try_lock();
    }
  }

  std::mutex mutex_;
  const char* name_;
};

class ScheduledCondition {
 public:
  explicit ScheduledCondition(const char* name) : name_(name) {}
  ScheduledCondition(const ScheduledCondition&) = delete;
  ScheduledCondition& operator=(const ScheduledCondition&) = delete;

  void notify_one() { Notify(false); }
  void notify_all() { Notify(true); }

  // Without a predicate: may also return although nobody notified.
  void wait(std::unique_lock<ScheduledMutex>& lock) { WaitFor(lock, kNoTimeLimit); }

  template <class Predicate>
  void wait(std::unique_lock<ScheduledMutex>& lock, Predicate holds) {
    while (!holds()) wait(lock);
  }

  // False: the time is up and the predicate still does not hold.
  template <class Predicate>
  bool wait_for(std::unique_lock<ScheduledMutex>& lock, std::chrono::nanoseconds limit,
                Predicate holds) {
    constexpr std::chrono::nanoseconds kYear = std::chrono::hours(24 * 365);
    limit = std::clamp(limit, std::chrono::nanoseconds(0), kYear);  // the sum must not overflow
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
      // A schedule has its own time, in which only this wait passes.
      const std::chrono::nanoseconds left =
          ScheduledHere() != nullptr ? limit : deadline - std::chrono::steady_clock::now();
      if (!WaitFor(lock, std::max<int64_t>(left.count(), 0))) return holds();
    }
    return true;
  }

 private:
  void Notify(bool all) {
    all ? condition_.notify_all() : condition_.notify_one();
    const ScheduleHook* hook = schedule_hook.load(std::memory_order_relaxed);
    if (hook != nullptr) [[unlikely]]
      hook->wake(this, all);
  }

  bool WaitFor(std::unique_lock<ScheduledMutex>& lock, int64_t limit_ns) {
    ScheduledMutex& mutex = *lock.mutex();
    const ScheduleHook* hook = ScheduledHere();
    if (hook == nullptr) [[likely]] {
      std::unique_lock<std::mutex> inner(mutex.mutex_, std::adopt_lock);
      bool woken = true;
      if (limit_ns == kNoTimeLimit) {
        condition_.wait(inner);
      } else {
        const auto limit = std::chrono::nanoseconds(limit_ns);
        woken = condition_.wait_for(inner, limit) == std::cv_status::no_timeout;
      }
      inner.release();
      return woken;
    }
    hook->point(name_);
    const auto unlock = [](void* data) -> bool {
      static_cast<ScheduledMutex*>(data)->unlock();
      return false;
    };
    const bool woken = hook->wait(name_, this, limit_ns, unlock, &mutex);
    mutex.LockAgain();
    return woken;
  }

  std::condition_variable condition_;
  const char* name_;
};

// Joined or detached by its owner, as std::thread. Scheduled where the thread that makes it is.
class ScheduledThread {
 public:
  ScheduledThread() = default;

  template <class Function>
  ScheduledThread(const char* name, Function function)
      : ended_(std::make_shared<std::atomic<bool>>(false)) {
    const ScheduleHook* hook = ScheduledHere();
    void* spawned = hook == nullptr ? nullptr : hook->spawn(name);
    thread_ = std::thread(
        [hook, spawned, ended = ended_](Function run) {
          if (spawned != nullptr) hook->enter(spawned);
          Call(std::move(run));
          *ended = true;
          if (spawned != nullptr) hook->leave();
        },
        std::move(function));
    SchedulePoint("thread.made");
  }

  bool joinable() const { return thread_.joinable(); }
  std::thread::id get_id() const { return thread_.get_id(); }
  void detach() { thread_.detach(); }
  void join() {
    // Once `ended_` is set the thread only returns: the real join is then a short one.
    (void)BlockUntil("thread.join", [this] { return ended_->load(); });
    thread_.join();
  }

 private:
  // What the function holds is destroyed while the thread is still scheduled.
  template <class Function>
  static void Call(Function run) {
    run();
  }

  std::shared_ptr<std::atomic<bool>> ended_;
  std::thread thread_;
};

}  // namespace handrail
