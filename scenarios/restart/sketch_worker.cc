#include "scenarios/restart/sketch_worker.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "harness/schedule/explore.h"

namespace handrail {

using embed::Reply;
using embed::Request;

Request Transaction(int64_t n) { return Request::Call("on_transaction", std::to_string(n)); }

embed::ExecutorOptions PlanOptions(int64_t restart_after) {
  return {.plugin = "function on_transaction(n) { return n; }", .restart_after = restart_after};
}

SketchWorker::SketchWorker(Trial& trial) : trial_(trial) {
  thread_ = ScheduledThread("sketch.worker", [this] { Serve(); });
}

SketchWorker::~SketchWorker() {
  Signal();
  Join();
}

std::future<Reply> SketchWorker::Send(Request request) {
  const std::lock_guard<ScheduledMutex> lock(mutex_);
  if (stop_sent_) trial_.Triggered();
  channel_.push_back({std::move(request), {}});
  sent_.notify_one();
  return channel_.back().reply.get_future();
}

void SketchWorker::SendStop() {
  const std::lock_guard<ScheduledMutex> lock(mutex_);
  stop_sent_ = true;
  channel_.push_back({});
  sent_.notify_one();
}

void SketchWorker::Signal() {
  const std::lock_guard<ScheduledMutex> lock(mutex_);
  signalled_ = true;
  sent_.notify_one();
}

void SketchWorker::Join() {
  if (thread_.joinable()) thread_.join();
}

size_t SketchWorker::left() const {
  const std::lock_guard<ScheduledMutex> lock(mutex_);
  return channel_.size();
}

void SketchWorker::Serve() {
  const embed::ExecutorOptions options = PlanOptions();
  embed::Watchdog no_limit(std::chrono::milliseconds(0));
  embed::ScriptEngine engine(trial_.engine(), options, no_limit);
  for (;;) {
    std::unique_lock<ScheduledMutex> lock(mutex_);
    sent_.wait(lock, [&] { return signalled_ || !channel_.empty(); });
    if (signalled_ || !channel_.front().request) break;
    Message message = std::move(channel_.front());
    channel_.pop_front();
    lock.unlock();
    message.reply.set_value(engine.Run(*message.request));
  }
}

SketchPool::SketchPool(Trial& for_trial, int count, int64_t past)
    : trial(for_trial), threshold(past) {
  for (int i = 0; i < count; ++i) workers.push_back(std::make_shared<SketchWorker>(trial));
}

SketchPool::Worker& SketchPool::LeastUsed() {
  return *std::min_element(workers.begin(), workers.end(), [](const Worker& a, const Worker& b) {
    return a->executions < b->executions;
  });
}

void SketchPool::ReplaceIfWorn(Worker& worker) {
  if (worker->executions <= threshold) return;
  worker->SendStop();
  worker->Join();
  worker = std::make_shared<SketchWorker>(trial);
}

void RequestCount::Await(Trial& trial, std::future<Reply> reply) {
  ++sent;
  const auto ready = [&] {
    return reply.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  (void)BlockUntil("reply", ready);
  try {
    answered += reply.get().ok();
  } catch (const std::future_error&) {
    // Dropped with the worker that it was sent to.
  }
  trial.Step();
}

void RequestCount::Compare(Trial& trial) const {
  trial.oracle().Count("requests that were answered", answered, sent);
}

void ExploreHost(Trial& trial, int64_t schedules, const std::function<void()>& host,
                 const std::function<bool()>& right) {
  ExploreSchedules({.seed = trial.random()(), .runs = schedules, .depth = 2}, [&] {
    return ScheduledProgram{{{"host", host}}, [&] { return right() ? "" : "counts differ"; }};
  });
}

embed::WorkerCommand ServeCommand() {
  std::ifstream file("/proc/self/cmdline");
  embed::WorkerCommand command;
  for (std::string word; std::getline(file, word, '\0');) command.argv.push_back(word);
  command.argv.front() = std::filesystem::read_symlink("/proc/self/exe");
  command.argv.back() = "--serve";  // in place of --trial
  return command;
}

}  // namespace handrail
