// Plan C: several engines, each on a thread of its own. A request goes to the idle engine that has
// served least; engines that have served their share are replaced one at a time, while the others
// go on serving.
//
// Where this differs from the document's sketch, and why:
//   - A request is bound to a worker only when that one is idle and stays. In the sketch it is sent
//     to whoever was chosen a moment ago, who may have been replaced: the request is lost
//     (scenario restart/plan-pool).
//   - "Least executions" chooses among the idle. Among all, a new worker, which has none, would be
//     given every request until it had caught up, while the others stood by.
//   - That choice wears all workers alike, so all would pass the threshold together. One is
//   replaced
//     at a time; the others serve beyond it until it is their turn.
//   - The one who submits never waits for a replacement.
// With one worker requests wait while it is replaced, as in plan A.
//
// See executor.h for everything else.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "harness/embed/executor.h"
#include "harness/embed/script_engine.h"

namespace handrail::embed {

class IsolatePool final : public Executor {
 public:
  // `engine` outlives it. Requires: workers > 0.
  IsolatePool(engine::Engine& engine, int workers, ExecutorOptions options,
              InstallNatives natives = {});
  ~IsolatePool() override { Shutdown(ShutdownMode::kDrain); }

  // Waits its turn when another replacement is under way.
  bool Restart() override;
  void WaitUntilReady() override;

 private:
  struct Worker {
    enum class At { kStarting, kIdle, kBusy, kLeaving, kEnded };
    At at = At::kStarting;
    bool leaves = false;     // chosen to be replaced: is given nothing more
    int64_t engine = 0;      // number of its engine, 0 before the first
    int64_t executions = 0;  // of this engine, begun
    std::optional<Pending> next{};
    ScheduledCondition work{"isolate_pool.work"};
    ScheduledThread thread{};
  };

  void Queued() override { Dispatch(); }
  void StateChanged() override;
  void Join() override { supervisor_.join(); }

  // With mutex_ held.
  void Dispatch();
  void RetireWorn();
  void Retire(Worker& worker);
  Worker* LeastUsedIdle();
  Worker* MostUsed();
  bool Over() const { return state_ != State::kOpen && queue_.empty(); }

  void Supervise();
  void Start(Lock& lock, Worker& worker);
  void Serve(Worker& worker);
  void ServeOne(Lock& lock, Worker& worker, ScriptEngine& engine);

  engine::Engine& engine_;
  const InstallNatives natives_;
  Watchdog watchdog_{options_.time_limit};
  // Guarded by mutex_.
  std::vector<std::unique_ptr<Worker>> workers_;
  Worker* retiring_ = nullptr;  // until its successor is up
  bool ended_ = false;
  ScheduledCondition changed_{"isolate_pool.changed"};  // a worker is up or has ended; ended_
  ScheduledThread supervisor_;
};

}  // namespace handrail::embed
