#include "harness/embed/executor.h"

namespace handrail::embed {

const char* ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kResult:
      return "result";
    case Outcome::kThrew:
      return "threw";
    case Outcome::kTimeLimit:
      return "time limit";
    case Outcome::kHeapLimit:
      return "heap limit";
    case Outcome::kWorkerLost:
      return "worker lost";
    case Outcome::kStopped:
      return "stopped";
    case Outcome::kNotRun:
      return "not run";
    case Outcome::kRefused:
      return "refused";
  }
  return "?";
}

Executor::Executor(ExecutorOptions options) : options_(std::move(options)) {}

std::future<Reply> Executor::Submit(Request request) {
  const size_t size = request.source.size() + request.function.size() + request.argument.size();
  Pending pending{std::move(request), {}};
  std::future<Reply> reply = pending.promise.get_future();
  Lock lock(mutex_);
  if (state_ != State::kOpen || size > options_.max_text) {
    const char* why = state_ != State::kOpen ? "shut down" : "the request is too long";
    ++stats_.refused;
    lock.unlock();
    pending.promise.set_value({Outcome::kRefused, why});
    return reply;
  }
  ++stats_.accepted;
  queue_.push_back(std::move(pending));
  Queued();
  return reply;
}

void Executor::Shutdown(ShutdownMode mode) {
  {
    Lock lock(mutex_);
    if (mode == ShutdownMode::kAbort) {
      state_ = State::kAborting;
      AnswerQueued(lock, {Outcome::kNotRun, "shut down before it ran"});
    } else if (state_ == State::kOpen) {
      state_ = State::kDraining;
    }
    StateChanged();
  }
  const std::lock_guard<ScheduledMutex> one(join_mutex_);
  if (!std::exchange(joined_, true)) Join();
}

ExecutorStats Executor::stats() const {
  const Lock lock(mutex_);
  return stats_;
}

int64_t Executor::waiting() const {
  const Lock lock(mutex_);
  return static_cast<int64_t>(queue_.size());
}

Executor::Pending Executor::TakeFirst() {
  Pending first = std::move(queue_.front());
  queue_.pop_front();
  return first;
}

void Executor::Answer(Lock& held, Pending pending, Reply reply) {
  ++stats_.answered;
  held.unlock();
  pending.promise.set_value(std::move(reply));
  held.lock();
}

void Executor::AnswerQueued(Lock& held, const Reply& reply) {
  std::deque<Pending> queued = std::exchange(queue_, {});
  stats_.answered += static_cast<int64_t>(queued.size());
  held.unlock();
  for (Pending& pending : queued) pending.promise.set_value(reply);
  held.lock();
}

void Executor::GiveUp(Lock& held, const std::string& why) {
  state_ = State::kAborting;
  AnswerQueued(held, {Outcome::kWorkerLost, why});
  StateChanged();
}

}  // namespace handrail::embed
