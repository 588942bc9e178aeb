#include "harness/embed/process_pool.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace handrail::embed {

ProcessPool::ProcessPool(WorkerCommand command, int workers, ExecutorOptions options)
    : Executor(std::move(options)),
      command_(std::move(command)),
      stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  for (int i = 0; i < workers; ++i) workers_.push_back(std::make_unique<Worker>());
  try {
    for (const auto& worker : workers_) {
      worker->thread =
          ScheduledThread("process_pool.worker", [this, at = worker.get()] { Run(*at); });
    }
  } catch (const std::system_error&) {
    Shutdown(ShutdownMode::kAbort);
    close(stop_fd_);
    throw;
  }
}

ProcessPool::~ProcessPool() {
  Shutdown(ShutdownMode::kDrain);
  close(stop_fd_);
}

bool ProcessPool::Restart() {
  Lock lock(mutex_);
  if (state_ != State::kOpen) return false;
  Worker& worker = **std::max_element(
      workers_.begin(), workers_.end(),
      [](const auto& a, const auto& b) { return a->executions < b->executions; });
  const int64_t round = ++worker.restarts_wanted;
  work_.notify_all();
  changed_.wait(lock, [&] { return worker.restarts_done >= round || state_ != State::kOpen; });
  return worker.restarts_done >= round && worker.restarted;
}

void ProcessPool::WaitUntilReady() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] {
    return state_ != State::kOpen || std::all_of(workers_.begin(), workers_.end(),
                                                 [](const auto& worker) { return worker->ready; });
  });
}

void ProcessPool::StateChanged() {
  if (state_ == State::kAborting) eventfd_write(stop_fd_, 1);
  work_.notify_all();
  changed_.notify_all();
}

void ProcessPool::Join() {
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void ProcessPool::Run(Worker& worker) {
  Lock lock(mutex_);
  Start(lock, worker);
  while (WaitForWork(lock, worker)) {
    HasToRestart(worker) ? RestartNow(lock, worker) : ServeOne(lock, worker);
  }
  lock.unlock();
  if (worker.process != nullptr) worker.process->Leave(command_.end_limit);
  worker.process.reset();
}

bool ProcessPool::HasToRestart(const Worker& worker) const {
  return worker.restarts_wanted > worker.restarts_done ||
         (options_.restart_after > 0 && worker.executions >= options_.restart_after);
}

// False: all is over.
bool ProcessPool::WaitForWork(Lock& lock, const Worker& worker) {
  work_.wait(lock,
             [&] { return HasToRestart(worker) || !queue_.empty() || state_ != State::kOpen; });
  return state_ == State::kOpen || !queue_.empty();
}

void ProcessPool::RestartNow(Lock& lock, Worker& worker) {
  const int64_t round = worker.restarts_wanted;
  ++stats_.restarts;
  worker.ready = worker.up = false;
  lock.unlock();
  if (worker.process != nullptr) worker.process->Leave(command_.end_limit);
  worker.process.reset();
  lock.lock();
  Start(lock, worker);
  worker.restarts_done = round;
  worker.restarted = worker.up;
  changed_.notify_all();
}

void ProcessPool::Start(Lock& lock, Worker& worker) {
  lock.unlock();
  worker.failure = {};
  worker.process = WorkerProcess::Start(command_, options_, stop_fd_, worker.failure);
  lock.lock();
  worker.up = worker.process != nullptr;
  worker.ready = true;
  worker.executions = 0;
  if (worker.up) worker.engine = ++stats_.engines_made;
  changed_.notify_all();
}

void ProcessPool::ServeOne(Lock& lock, Worker& worker) {
  Pending pending = TakeFirst();
  lock.unlock();
  // Died since it was last asked: that costs no request.
  const bool died = worker.process != nullptr && !worker.process->usable();
  if (died) worker.process.reset();
  lock.lock();
  if (died) NoteLost(worker);
  // A plugin that is stuck while it loads would be so again; other failures may pass.
  const bool hopeless = worker.failure.outcome == Outcome::kTimeLimit;
  if (!worker.up && !hopeless) Start(lock, worker);
  if (!worker.up) return Answer(lock, std::move(pending), FailureOf(worker));
  ++worker.executions;
  const int64_t engine = worker.engine;
  lock.unlock();
  Reply reply = worker.process->Ask(pending.request);
  reply.engine = engine;
  const bool lost = !worker.process->usable();
  if (lost) worker.process.reset();  // killed before its request is answered
  lock.lock();
  if (lost) NoteLost(worker);
  Answer(lock, std::move(pending), std::move(reply));
  if (lost && state_ == State::kOpen) Start(lock, worker);
}

void ProcessPool::NoteLost(Worker& worker) {
  worker.up = worker.ready = false;
  ++stats_.replaced;
}

Reply ProcessPool::FailureOf(const Worker& worker) {
  if (worker.failure.outcome != Outcome::kStopped) return worker.failure;
  return {Outcome::kNotRun, "shut down before it ran"};
}

}  // namespace handrail::embed
