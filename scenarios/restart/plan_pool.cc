// Plan C: a pool of engines; the one that has served least is chosen, a worn one is replaced.
//
// Story: a host serves from several engines and replaces each after so many transactions "with
// requests flowing". A few in a million are never answered, and no log says why.
// Who: whoever writes the document's sketch with several callers: choose a worker, replace it when
// it is past the threshold, send to it. Between choosing and sending another caller replaces it.
// Rule: a worker may be stopped when nobody can send to it any more. Choosing and sending are one
// step, or the one who sends is told that nobody will take it.
// Seen: requests answered against requests sent, under schedules explored from the trial's seed.
// The strategies with one caller and one mistake need no explorer to fail.
// Reference: v8_isolate_restart_analysis, plan C
#include <utility>
#include <vector>

#include "harness/embed/isolate_pool.h"
#include "scenarios/restart/sketch_worker.h"

namespace handrail {
namespace {

using embed::Reply;
using embed::Request;
using Worker = SketchPool::Worker;
using Lock = std::lock_guard<ScheduledMutex>;

constexpr int kWorkers = 2;
constexpr int64_t kThreshold = 1;
constexpr int kCallers = 2;
constexpr int kRequests = 3;  // of each caller

// A strategy is how one request gets to a worker.

struct Library {
  embed::IsolatePool pool;
  explicit Library(Trial& trial) : pool(trial.engine(), kWorkers, PlanOptions(kThreshold + 1)) {}
  static int64_t Schedules(Trial& trial) { return trial.size(); }
  std::future<Reply> Execute(Request request) { return pool.Submit(std::move(request)); }
};

struct OneStep : SketchPool {
  explicit OneStep(Trial& trial) : SketchPool(trial, kWorkers, kThreshold) {}
  static int64_t Schedules(Trial& trial) { return trial.size(); }
  std::future<Reply> Execute(Request request) {
    const Lock lock(mutex);
    Worker& worker = LeastUsed();
    ReplaceIfWorn(worker);
    ++worker->executions;
    return worker->Send(std::move(request));
  }
};

struct ChosenThenReplaced : SketchPool {
  explicit ChosenThenReplaced(Trial& trial) : SketchPool(trial, kWorkers, kThreshold) {}
  static int64_t Schedules(Trial&) { return kSearch; }
  Worker Choose() {
    const Lock lock(mutex);
    Worker& worker = LeastUsed();
    ReplaceIfWorn(worker);
    ++worker->executions;
    return worker;
  }
  std::future<Reply> Execute(Request request) {
    const Worker worker = Choose();
    trial.Reached();
    SchedulePoint("pool.chosen");
    return worker->Send(std::move(request));
  }
};

struct OldReference : SketchPool {
  explicit OldReference(Trial& trial) : SketchPool(trial, kWorkers, kThreshold) {}
  static int64_t Schedules(Trial&) { return kSearch; }
  std::future<Reply> Execute(Request request) {
    const Lock lock(mutex);
    const Worker worker = LeastUsed();
    ReplaceIfWorn(LeastUsed());
    ++worker->executions;
    trial.Reached();
    return worker->Send(std::move(request));
  }
};

template <class Pool>
void Run(Trial& trial) {
  RequestCount count;
  const auto host = [&] {
    Pool pool(trial);
    std::vector<ScheduledThread> callers;
    for (int c = 0; c < kCallers; ++c) {
      callers.emplace_back("caller", [&] {
        for (int i = 0; i < kRequests; ++i) count.Await(trial, pool.Execute(Transaction(i)));
      });
    }
    for (ScheduledThread& caller : callers) caller.join();
  };
  ExploreHost(trial, Pool::Schedules(trial), host, [&] { return count.Right(); });
  count.Compare(trial);
}

}  // namespace

Scenario PlanPool() {
  return Scenario("restart/plan-pool")
      .Title("plan C: workers are chosen and replaced while several callers send")
      .Story(
          "A pool replaces engines that have served their share. A caller has chosen one just "
          "before another replaces it: what it sends then is never answered.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({30, 300}, 40, 20'000)
      .Correct<Library>("isolate-pool", Run<Library>,
                        "embed::IsolatePool: bound to an idle worker in the step that chooses it")
      .Fresh()
      .Correct<OneStep>("one-step", Run<OneStep>, "chosen, replaced and sent to under one lock")
      .Fresh()
      .Broken<ChosenThenReplaced>("chosen-then-replaced", Run<ChosenThenReplaced>,
                                  "sent to after the lock was released")
      .Gives({"PX011"})
      .Fresh()
      .Broken<OldReference>("old-reference", Run<OldReference>,
                            "the document's lines: chosen, replaced, sent to the old one")
      .Gives({"PX011"})
      .Fresh();
}

}  // namespace handrail
