// Plan A: the engine is restarted by ending its thread and beginning a new one.
//
// Story: a host restarts its plugin's engine every few thousand transactions. Now and then a
// transaction is never answered, and for a moment memory holds two engines.
// Who: the restart document's "optimized" sketch: it sets a stop flag, sleeps 100 ms and swaps the
// channel, where its own plan A joins the thread.
// Rule: only a join tells that a thread has ended. A pause is a guess at how long the transaction
// takes that is running, and what waits behind it in the old channel goes with the old thread.
// Seen: requests answered against requests sent.
// Not seen: the two engines at once, which V8 allows; only the host's memory shows them.
// Reference: v8_isolate_restart_analysis, plan A and "the optimized implementation"
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/thread_per_restart.h"
#include "scenarios/restart/sketch_worker.h"

namespace handrail {
namespace {

using embed::Reply;
using embed::Request;

// Longer than the sketch sleeps.
constexpr const char* kSlowTransaction =
    "{ const end = Date.now() + 200; while (Date.now() < end); } 1";
constexpr int kQuickOnes = 5;

// A strategy is an executor: what is sent to it, and how it restarts.

struct StopAndJoin {
  embed::ThreadPerRestart executor;
  explicit StopAndJoin(Trial& trial) : executor(trial.engine(), PlanOptions()) {}
  std::future<Reply> Send(Request request) { return executor.Submit(std::move(request)); }
  void Restart(Trial&) { executor.Restart(); }
};

struct StopMessageAndJoin {
  std::unique_ptr<SketchWorker> worker;
  explicit StopMessageAndJoin(Trial& trial) { worker = std::make_unique<SketchWorker>(trial); }
  std::future<Reply> Send(Request request) { return worker->Send(std::move(request)); }
  void Restart(Trial& trial) {
    worker->SendStop();
    worker->Join();
    worker = std::make_unique<SketchWorker>(trial);
  }
};

struct SignalAndSleep {
  std::unique_ptr<SketchWorker> worker;
  std::vector<std::unique_ptr<SketchWorker>> old;  // what nobody waits for
  explicit SignalAndSleep(Trial& trial) { worker = std::make_unique<SketchWorker>(trial); }
  std::future<Reply> Send(Request request) { return worker->Send(std::move(request)); }
  void Restart(Trial& trial) {
    trial.Reached();
    worker->Signal();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    if (worker->left() > 0) trial.Triggered();  // and nobody will look
    old.push_back(std::exchange(worker, std::make_unique<SketchWorker>(trial)));
  }
};

template <class Strategy>
void Run(Trial& trial) {
  RequestCount count;
  std::vector<std::future<Reply>> replies;
  {
    Strategy strategy(trial);
    for (int64_t i = 0; i < trial.size(); ++i) {
      replies.push_back(strategy.Send(Request::Script(kSlowTransaction)));
      for (int n = 0; n < kQuickOnes; ++n) replies.push_back(strategy.Send(Transaction(n)));
      strategy.Restart(trial);
      // The new engine serves; the document's last restart is followed by nothing.
      count.Await(trial, strategy.Send(Transaction(i)));
    }
  }
  for (std::future<Reply>& reply : replies) count.Await(trial, std::move(reply));
  count.Compare(trial);
}

}  // namespace

Scenario PlanThread() {
  return Scenario("restart/plan-thread")
      .Title("plan A: a new thread and a new isolate at each restart, with requests on their way")
      .Story(
          "A host restarts its engine by ending its thread. Where it does not wait for that end, "
          "what was sent to the old thread is never answered.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({2, 10}, 30, 220'000)
      .Correct<StopAndJoin>("thread-per-restart", Run<StopAndJoin>,
                            "embed::ThreadPerRestart: requests wait in the executor")
      .Fresh()
      .Correct<StopMessageAndJoin>("stop-message-and-join", Run<StopMessageAndJoin>,
                                   "the document's plan A: stop comes last in the channel, joined")
      .Fresh()
      .Broken<SignalAndSleep>("signal-and-sleep", Run<SignalAndSleep>,
                              "the document's sketch: a flag, 100 ms, a new channel")
      .Gives({"PX011"})
      .Fresh();
}

}  // namespace handrail
