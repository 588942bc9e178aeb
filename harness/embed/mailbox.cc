#include "harness/embed/mailbox.h"

#include <iterator>
#include <utility>

namespace handrail::embed {

Mailbox::Mailbox(std::shared_ptr<Home> home, size_t capacity)
    : home_(std::move(home)),
      capacity_(capacity),
      wake_(
          home_->live_loop(), [this] { Drain(); }, home_->options().send_wake_up) {}

std::optional<SendFailure> Mailbox::WaitForRoom(Lock& lock, bool wait) {
  if (shut_) return SendFailure::kClosed;
  if (capacity_ == 0 || Accepted() < capacity_) return std::nullopt;
  if (!wait) return SendFailure::kFull;
  if (home_->OnThread()) return SendFailure::kWouldDeadlock;  // only this thread can make room
  room_.wait(lock, [&] { return shut_ || Accepted() < capacity_; });
  return shut_ ? std::optional(SendFailure::kClosed) : std::nullopt;
}

std::optional<SendFailure> Mailbox::Put(Closure& closure, bool wait) {
  uint64_t number = 0;
  {
    Lock lock(mutex_);
    if (const auto failure = WaitForRoom(lock, wait)) return failure;
    queue_.push_back(std::move(closure));
    number = ++put_;
    home_->shared.messages_accepted.Add();
    if (std::exchange(wake_sent_, true)) return std::nullopt;
  }
  // Not under the lock: it is a system call, and others would wait for it.
  if (wake_.Send() == 0) return std::nullopt;
  return TakeBackUnwoken(closure, number);
}

// The loop was not woken for this closure. Unless it is running all the same, its sender gets it
// back; others that came after it wait for the next wake-up that works, or for the end.
std::optional<SendFailure> Mailbox::TakeBackUnwoken(Closure& closure, uint64_t number) {
  const Lock lock(mutex_);
  wake_sent_ = false;
  const uint64_t after = put_ - number;  // closures put behind it
  if (after >= queue_.size()) return std::nullopt;
  const auto it = queue_.end() - 1 - static_cast<ptrdiff_t>(after);
  closure = std::move(*it);
  queue_.erase(it);
  --put_;
  home_->shared.messages_accepted.Add(-1);
  room_.notify_one();  // the room that this one waited for is another's now
  return SendFailure::kWakeUpFailed;
}

void Mailbox::Shut() {
  if (home_->OnThread() && !running_) {
    {
      const Lock lock(mutex_);
      shut_ = true;
      room_.notify_all();
    }
    return CloseIfShutAndEmpty();
  }
  const Lock lock(mutex_);
  shut_ = true;
  room_.notify_all();
  // The loop's thread closes the wake-up, once everything has run. Where that thread cannot be
  // woken the environment's end does it.
  if (!wake_sent_) wake_sent_ = wake_.Send() == 0;
}

size_t Mailbox::waiting() const {
  const Lock lock(mutex_);
  return Accepted();
}

bool Mailbox::Reference(bool keep_alive) {
  if (!home_->OnThread() || !wake_.usable()) return false;
  referenced_ = keep_alive;
  keep_alive ? wake_.Ref() : wake_.Unref();
  return true;
}

void Mailbox::Drain() {
  if (running_) {  // a closure that runs the loop: the outer round sees to it
    woken_while_running_ = true;
    return;
  }
  const std::shared_ptr<Mailbox> keep = shared_from_this();
  running_ = true;
  do {
    woken_while_running_ = false;
    {
      const Lock lock(mutex_);
      wake_sent_ = false;
      batch_ = std::exchange(queue_, {});
      next_ = 0;
      left_of_batch_ = batch_.size();
    }
    RunBatch();
  } while (woken_while_running_);
  running_ = false;
  CloseIfShutAndEmpty();
}

void Mailbox::RunBatch() {
  if (next_ < batch_.size()) {
    const Home::Stay stay(*home_);
    while (next_ < batch_.size()) {
      Closure closure = TakeNext();
      home_->own.messages_run.Add();
      home_->InTurn(stay, "channel", [&](Turn& turn) { std::move(closure)(turn); });
      closure = nullptr;  // what it holds ends before the next one runs
      SchedulePoint("mailbox.ran");
    }
  }
  batch_.clear();
  next_ = 0;
}

// It counts against the capacity no longer.
Closure Mailbox::TakeNext() {
  Closure closure = std::move(batch_[next_++]);
  if (capacity_ == 0) {  // nobody waits for room: no lock
    left_of_batch_.store(batch_.size() - next_, std::memory_order_relaxed);
    return closure;
  }
  const Lock lock(mutex_);
  left_of_batch_ = batch_.size() - next_;
  room_.notify_one();
  return closure;
}

void Mailbox::CloseIfShutAndEmpty() {
  {
    const Lock lock(mutex_);
    if (!shut_ || Accepted() > 0) return;
  }
  LetGoOfLoop();
  home_->MovesOut(this);
}

void Mailbox::LetGoOfLoop() {
  referenced_ = false;
  wake_.Close();
}

std::vector<Closure> Mailbox::Empty() {
  const Lock lock(mutex_);
  shut_ = true;
  std::vector<Closure> rest(std::make_move_iterator(batch_.begin() + next_),
                            std::make_move_iterator(batch_.end()));
  batch_.resize(next_);
  std::move(queue_.begin(), queue_.end(), std::back_inserter(rest));
  queue_.clear();
  left_of_batch_ = 0;
  room_.notify_all();
  return rest;
}

std::vector<Closure> Mailbox::TakeBack() {
  if (!home_->OnThread() || !home_->open()) return {};
  std::vector<Closure> rest = Empty();
  home_->own.messages_handed_back.Add(static_cast<int64_t>(rest.size()));
  if (!running_) CloseIfShutAndEmpty();
  return rest;
}

void Mailbox::EnvironmentEnds(bool /*abandoned*/) {
  const std::vector<Closure> lost = Empty();  // destroyed here: their Deferreds are dropped
  home_->own.messages_lost.Add(static_cast<int64_t>(lost.size()));
  LetGoOfLoop();
}

}  // namespace handrail::embed
