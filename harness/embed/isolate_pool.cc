#include "harness/embed/isolate_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace handrail::embed {

IsolatePool::IsolatePool(engine::Engine& engine, int workers, ExecutorOptions options,
                         InstallNatives natives)
    : Executor(std::move(options)), engine_(engine), natives_(std::move(natives)) {
  for (int i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->at = Worker::At::kEnded;  // the supervisor starts what has ended
  }
  supervisor_ = ScheduledThread("isolate_pool.supervisor", [this] { Supervise(); });
}

bool IsolatePool::Restart() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || retiring_ == nullptr; });
  if (state_ != State::kOpen) return false;
  const int64_t newest = stats_.engines_made;
  Worker& worker = *MostUsed();
  Retire(worker);
  const auto up = [&] { return worker.engine > newest && worker.at != Worker::At::kStarting; };
  changed_.wait(lock, [&] { return ended_ || up(); });
  return up();
}

void IsolatePool::WaitUntilReady() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] {
    return ended_ || std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) {
             return worker->at == Worker::At::kIdle || worker->at == Worker::At::kBusy;
           });
  });
}

void IsolatePool::StateChanged() {
  if (state_ == State::kAborting) watchdog_.StopAll();
  // Who is idle now has nothing queued; who is busy looks for itself.
  for (const auto& worker : workers_) worker->work.notify_one();
  changed_.notify_all();
}

// Choosing and handing over are one step under the lock: nobody can be replaced in between.
void IsolatePool::Dispatch() {
  while (!queue_.empty()) {
    Worker* worker = LeastUsedIdle();
    if (worker == nullptr) return;
    worker->next = TakeFirst();
    worker->at = Worker::At::kBusy;
    ++worker->executions;
    worker->work.notify_one();
  }
}

IsolatePool::Worker* IsolatePool::LeastUsedIdle() {
  Worker* least = nullptr;
  for (const auto& worker : workers_) {
    if (worker->at != Worker::At::kIdle || worker->leaves) continue;
    if (least == nullptr || worker->executions < least->executions) least = worker.get();
  }
  return least;
}

IsolatePool::Worker* IsolatePool::MostUsed() {
  return std::max_element(
             workers_.begin(), workers_.end(),
             [](const auto& a, const auto& b) { return a->executions < b->executions; })
      ->get();
}

void IsolatePool::RetireWorn() {
  if (options_.restart_after <= 0 || retiring_ != nullptr || state_ != State::kOpen) return;
  Worker* worker = MostUsed();
  if (worker->executions >= options_.restart_after) Retire(*worker);
}

void IsolatePool::Retire(Worker& worker) {
  retiring_ = &worker;
  worker.leaves = true;
  worker.work.notify_one();
}

// Joins what has ended and starts it anew, until all is answered. A thread of its own, so that
// neither a worker nor who submits has to wait for a join.
void IsolatePool::Supervise() {
  Lock lock(mutex_);
  const auto ended = [](const auto& worker) { return worker->at == Worker::At::kEnded; };
  for (;;) {
    const auto next = std::find_if(workers_.begin(), workers_.end(), ended);
    if (Over() && std::all_of(workers_.begin(), workers_.end(), ended)) break;
    if (!Over() && next != workers_.end()) {
      Start(lock, **next);
    } else {
      changed_.wait(lock);
    }
  }
  lock.unlock();
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
  lock.lock();
  ended_ = true;
  changed_.notify_all();
}

void IsolatePool::Start(Lock& lock, Worker& worker) {
  worker.at = Worker::At::kStarting;
  worker.leaves = false;
  worker.executions = 0;
  worker.engine = ++stats_.engines_made;
  lock.unlock();
  if (worker.thread.joinable()) worker.thread.join();
  try {
    worker.thread = ScheduledThread("isolate_pool.engine", [this, &worker] { Serve(worker); });
    lock.lock();
  } catch (const std::system_error& error) {
    lock.lock();
    worker.at = Worker::At::kEnded;
    --stats_.engines_made;
    GiveUp(lock, std::string("no thread for a new engine: ") + error.what());
  }
}

void IsolatePool::Serve(Worker& worker) {
  {
    ScriptEngine engine(engine_, options_, watchdog_, natives_);
    Lock lock(mutex_);
    worker.at = Worker::At::kIdle;
    if (retiring_ == &worker && !worker.leaves) retiring_ = nullptr;
    changed_.notify_all();
    RetireWorn();
    Dispatch();
    while (!engine.spent()) {
      worker.work.wait(lock, [&] { return worker.next || worker.leaves || Over(); });
      if (!worker.next) break;
      ServeOne(lock, worker, engine);
    }
    const bool planned = worker.leaves && !engine.spent();
    worker.at = Worker::At::kLeaving;
    stats_.restarts += planned;
    stats_.replaced += engine.spent();
  }
  const Lock lock(mutex_);
  worker.at = Worker::At::kEnded;
  changed_.notify_all();
}

void IsolatePool::ServeOne(Lock& lock, Worker& worker, ScriptEngine& engine) {
  Pending pending = *std::exchange(worker.next, std::nullopt);
  lock.unlock();
  Reply reply = engine.Run(pending.request);
  reply.engine = worker.engine;
  lock.lock();
  if (!engine.spent()) {
    // Free before it is answered: who has the answer can count on it.
    worker.at = Worker::At::kIdle;
    RetireWorn();
    Dispatch();
  }
  Answer(lock, std::move(pending), std::move(reply));
}

}  // namespace handrail::embed
