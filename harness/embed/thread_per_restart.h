// Plan A: one engine on a thread of its own. A restart stops it, joins its thread, and only then
// begins a new thread with a new isolate: there are never two. Requests that come meanwhile wait in
// the executor, not in the thread that goes, so none is lost.
//
// Where the document's code sends a stop, sleeps 100 ms and swaps the channel, requests are lost
// and two engines run at once: scenario restart/plan-thread.
//
// Cost of a restart: a thread, an isolate, a context and loading the plugin (bench_restart).
// See executor.h for everything else.
#pragma once

#include <string>

#include "harness/embed/executor.h"
#include "harness/embed/script_engine.h"

namespace handrail::embed {

class ThreadPerRestart final : public Executor {
 public:
  // `engine` outlives it.
  ThreadPerRestart(engine::Engine& engine, ExecutorOptions options, InstallNatives natives = {});
  ~ThreadPerRestart() override { Shutdown(ShutdownMode::kDrain); }

  bool Restart() override;
  void WaitUntilReady() override;

 private:
  void Queued() override { work_.notify_one(); }
  void StateChanged() override;
  void Join() override { supervisor_.join(); }

  void Supervise();
  void Serve(int64_t number);
  bool Next(Lock& lock, int64_t number, int64_t served);

  engine::Engine& engine_;
  const InstallNatives natives_;
  Watchdog watchdog_{options_.time_limit};
  // Guarded by mutex_. Engines are numbered from 1; stats_.engines_made is the newest.
  int64_t ready_ = 0;   // the newest that is up
  int64_t wanted_ = 0;  // an engine with a lower number has to go
  bool ended_ = false;
  ScheduledCondition work_{"thread_per_restart.work"};
  ScheduledCondition changed_{"thread_per_restart.changed"};  // ready_, ended_
  ScheduledThread supervisor_;
};

}  // namespace handrail::embed
