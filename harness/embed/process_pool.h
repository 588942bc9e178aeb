// Plan B: engines in processes of their own. A plugin can do there what it likes to V8: when it
// crashes, hangs, hangs up or speaks rubbish, its process is killed and replaced, and the request
// that it had is answered with an error. All others go on.
//
// In this program each worker has a thread that hands it one request after the other; a request
// waits here until a worker is free. A worker that is found dead before it was given a request
// costs no request. One that has a request when it dies may have done part of it: it is not tried
// again.
//
// The pool needs no V8 in this program; the workers do (serve_requests.h). They share our session
// and process group: what a terminal sends us, they get too. They end when this program does.
//
// Cost: a process for each worker, and for each request two frames over a socket (bench_restart).
// See executor.h for everything else.
#pragma once

#include <memory>
#include <vector>

#include "harness/embed/executor.h"
#include "harness/embed/worker_process.h"

namespace handrail::embed {

class ProcessPool final : public Executor {
 public:
  // Requires: workers > 0. Throws std::system_error when no thread can be had.
  ProcessPool(WorkerCommand command, int workers, ExecutorOptions options);
  ~ProcessPool() override;

  bool Restart() override;
  void WaitUntilReady() override;

 private:
  struct Worker {
    std::unique_ptr<WorkerProcess> process{};  // its thread's own
    Reply failure{};                           // why there is none; its thread's own
    // Guarded by mutex_.
    bool ready = false;           // has a process, or has failed to start one
    bool up = false;              // has a process
    int64_t engine = 0;           // number of its process
    int64_t executions = 0;       // of this process
    int64_t restarts_wanted = 0;  // by Restart, so far
    int64_t restarts_done = 0;
    bool restarted = false;  // how the last one came out
    ScheduledThread thread{};
  };

  void Queued() override { work_.notify_one(); }
  void StateChanged() override;
  void Join() override;

  void Run(Worker& worker);
  bool WaitForWork(Lock& lock, const Worker& worker);
  bool HasToRestart(const Worker& worker) const;
  void RestartNow(Lock& lock, Worker& worker);
  void Start(Lock& lock, Worker& worker);
  void ServeOne(Lock& lock, Worker& worker);
  void NoteLost(Worker& worker);
  static Reply FailureOf(const Worker& worker);

  const WorkerCommand command_;
  const int stop_fd_;  // readable from kAbort on
  // Guarded by mutex_.
  std::vector<std::unique_ptr<Worker>> workers_;
  ScheduledCondition work_{"process_pool.work"};
  ScheduledCondition changed_{"process_pool.changed"};  // ready, restarts_done, state_
};

}  // namespace handrail::embed
