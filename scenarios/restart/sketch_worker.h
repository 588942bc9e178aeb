// The worker of the restart document's sketches: a thread with an engine and a channel of its own.
// What is sent to it when it has stopped stays in the channel, and is lost with it.
//
// Shared by the scenarios on the document's plans, with what else they have in common. Threads:
// any; a schedule explorer can hold it at its locks.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "harness/embed/script_engine.h"
#include "harness/embed/worker_process.h"
#include "harness/scenario/scenario.h"

namespace handrail {

class SketchWorker {
 public:
  explicit SketchWorker(Trial& trial);
  ~SketchWorker();  // joins

  // Never fails, as a channel whose other end has gone does not in C++. Behind a stop it is lost,
  // and the trial is told: Triggered.
  std::future<embed::Reply> Send(embed::Request request);

  // A message in the channel: it ends when it has served what was sent before.
  void SendStop();
  // A flag: it ends before it takes another message.
  void Signal();
  void Join();

  size_t left() const;  // sent and not served

  // How often it was chosen, as the document's host counts it.
  std::atomic<int64_t> executions = 0;

 private:
  struct Message {
    std::optional<embed::Request> request;  // none: stop
    std::promise<embed::Reply> reply;
  };
  void Serve();

  Trial& trial_;
  mutable ScheduledMutex mutex_{"sketch.lock"};
  ScheduledCondition sent_{"sketch.sent"};
  std::deque<Message> channel_;  // guarded by mutex_
  bool signalled_ = false;       // guarded by mutex_
  bool stop_sent_ = false;       // guarded by mutex_
  ScheduledThread thread_;
};

// The document's pool: its workers, each behind a pointer that callers share. What is not said to
// lock is called with `mutex` held.
struct SketchPool {
  using Worker = std::shared_ptr<SketchWorker>;

  SketchPool(Trial& trial, int workers, int64_t threshold);
  Worker& LeastUsed();
  // Past the threshold: stops and joins it, and puts a new one in its place.
  void ReplaceIfWorn(Worker& worker);

  Trial& trial;
  const int64_t threshold;
  ScheduledMutex mutex{"pool.lock"};
  std::vector<Worker> workers;
};

// What became of the requests of a trial.
struct RequestCount {
  std::atomic<int64_t> sent = 0;
  std::atomic<int64_t> answered = 0;

  // Waits for the answer. A lost request breaks its promise.
  void Await(Trial& trial, std::future<embed::Reply> reply);
  bool Right() const { return answered == sent; }
  void Compare(Trial& trial) const;
};

// Plugin of all plans: on_transaction(n) gives n back.
embed::Request Transaction(int64_t n);
embed::ExecutorOptions PlanOptions(int64_t restart_after = 0);

// Runs `host` under so many seeded schedules, or until `right` no longer holds after one.
void ExploreHost(Trial& trial, int64_t schedules, const std::function<void()>& host,
                 const std::function<bool()>& right);

// How many schedules a broken strategy is given at most. One in about 30 shows its harm.
inline constexpr int64_t kSearch = 2000;

// This trial's own program as a worker of a ProcessPool.
embed::WorkerCommand ServeCommand();

}  // namespace handrail
