#include "harness/embed/watchdog.h"

#include <algorithm>

namespace handrail::embed {

Watchdog::Watchdog(std::chrono::milliseconds limit) : limit_(limit) {
  if (limit_.count() > 0) thread_ = std::thread([this] { Watch(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Watchdog::Guard::Guard(Watchdog& watchdog, v8::Isolate* isolate)
    : watchdog_(watchdog), isolate_(isolate) {
  const std::lock_guard<std::mutex> lock(watchdog.mutex_);
  may_begin_ = !watchdog.stopped_;
  if (watchdog.limit_.count() > 0) deadline_ = Clock::now() + watchdog.limit_;
  place_ = watchdog.running_.insert(watchdog.running_.end(), this);
  // A thread that sleeps until an earlier deadline will see this one when it wakes.
  if (deadline_ < watchdog.wakes_at_) watchdog.changed_.notify_all();
}

Watchdog::Verdict Watchdog::Guard::End() {
  if (ended_) return verdict_;
  ended_ = true;
  const std::lock_guard<std::mutex> lock(watchdog_.mutex_);
  watchdog_.running_.erase(place_);
  return verdict_;
}

void Watchdog::StopAll() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  for (Guard* guard : running_) Terminate(*guard, Verdict::kStopped);
}

void Watchdog::Terminate(Guard& guard, Verdict verdict) {
  if (guard.verdict_ != Verdict::kInTime) return;
  guard.verdict_ = verdict;
  guard.isolate_->TerminateExecution();
}

void Watchdog::Watch() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    const auto next = std::find_if(running_.begin(), running_.end(), [](const Guard* guard) {
      return guard->verdict_ == Verdict::kInTime;
    });
    wakes_at_ = next == running_.end() ? Clock::time_point::max() : (*next)->deadline_;
    if (next == running_.end()) {
      changed_.wait(lock);
    } else if (Clock::now() < wakes_at_) {
      changed_.wait_until(lock, wakes_at_);
    } else {
      Terminate(**next, Verdict::kTimeLimit);
    }
  }
}

}  // namespace handrail::embed
