// Ends scripts that run too long: one thread that asks V8 to terminate an isolate whose time is up.
// Shared by the engines of an executor, whose time limit is the same for all.
//
// Costs: a lock when a script begins and one when it ends; its thread is woken about once a limit,
// not once a script. Without a limit there is no thread.
// Threads: Guards on their isolates' threads, StopAll on any.
// Rule: Isolate::TerminateExecution may be called on any thread while the isolate lives, and stays
// in force until the script has unwound or CancelTerminateExecution was called.
#pragma once

#include <v8.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace handrail::embed {

class Watchdog {
 public:
  explicit Watchdog(std::chrono::milliseconds limit);
  // Requires: no Guard is left.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  enum class Verdict { kInTime, kTimeLimit, kStopped };

  // One stretch of JavaScript, on the isolate's thread.
  class Guard {
   public:
    Guard(Watchdog& watchdog, v8::Isolate* isolate);
    ~Guard() { End(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    // False after StopAll: nothing must be begun.
    bool may_begin() const { return may_begin_; }

    // Ensures: this watchdog terminates the isolate no more for this stretch. It may have, when not
    // kInTime, and then it has not been cancelled. Idempotent.
    Verdict End();

   private:
    friend class Watchdog;
    using Clock = std::chrono::steady_clock;

    Watchdog& watchdog_;
    v8::Isolate* const isolate_;
    Clock::time_point deadline_ = Clock::time_point::max();
    Verdict verdict_ = Verdict::kInTime;
    bool may_begin_ = true;
    bool ended_ = false;
    std::list<Guard*>::iterator place_;
  };

  // Terminates all that runs, and all that would begin later.
  void StopAll();

 private:
  using Clock = std::chrono::steady_clock;

  void Watch();
  void Terminate(Guard& guard, Verdict verdict);

  const std::chrono::milliseconds limit_;
  std::mutex mutex_;  // guards all below; no schedule point lies inside
  std::condition_variable changed_;
  std::list<Guard*> running_;  // by deadline, since all have the same limit
  Clock::time_point wakes_at_ = Clock::time_point::max();
  bool stopped_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace handrail::embed
