// Plan C's counts: how often each worker was chosen, kept by callers on several threads.
//
// Story: engines are to be replaced after so many executions, and some live longer than others by
// more and more; one worker gets two requests in a row while its neighbour idles.
// Who: whoever makes the document's `execution_count` and `current_index` atomic and then reads and
// writes them in two steps: each is atomic, the increment is not.
// Rule: of C++, not of V8: load and store are two operations, and an increment between them is
// lost. It is V8 that pays, with engines that are never restarted.
// Seen: executions counted against requests served, under schedules explored from the seed.
// Reference: v8_isolate_restart_analysis, plan C (`AtomicUsize`)
#include <memory>
#include <vector>

#include "scenarios/restart/sketch_worker.h"

namespace handrail {
namespace {

constexpr int kCallers = 2;
constexpr int kRequests = 2;  // of each caller

// A strategy is how an execution is counted.

struct FetchAdd {
  static int64_t Schedules(Trial& trial) { return trial.size(); }
  static void Count(Trial&, std::atomic<int64_t>& executions) { executions.fetch_add(1); }
};

struct LoadThenStore {
  static int64_t Schedules(Trial&) { return kSearch; }
  static void Count(Trial& trial, std::atomic<int64_t>& executions) {
    trial.Reached();
    const int64_t before = executions.load();
    SchedulePoint("counter.between");
    if (executions.load() != before) trial.Triggered();  // somebody else's is overwritten
    executions.store(before + 1);
  }
};

template <class Strategy>
void Run(Trial& trial) {
  RequestCount count;
  std::atomic<int64_t> counted = 0;
  const auto host = [&] {
    SketchWorker worker(trial);
    std::vector<ScheduledThread> callers;
    for (int c = 0; c < kCallers; ++c) {
      callers.emplace_back("caller", [&] {
        for (int i = 0; i < kRequests; ++i) {
          Strategy::Count(trial, worker.executions);
          count.Await(trial, worker.Send(Transaction(i)));
        }
      });
    }
    for (ScheduledThread& caller : callers) caller.join();
    counted += worker.executions;
  };
  ExploreHost(trial, Strategy::Schedules(trial), host, [&] { return counted == count.answered; });
  count.Compare(trial);
  trial.oracle().Count("executions counted", counted, count.answered);
}

}  // namespace

Scenario PlanCounter() {
  return Scenario("restart/plan-counter")
      .Title("plan C: executions are counted by several callers")
      .Story(
          "The count that decides when an engine is replaced is read and written in two steps. "
          "Executions get lost from it, and engines live longer than they should.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({30, 300}, 30, 6'000)
      .Correct<FetchAdd>("fetch-add", Run<FetchAdd>, "counted in one step")
      .Fresh()
      .Broken<LoadThenStore>("load-then-store", Run<LoadThenStore>, "read, then written")
      .Gives({"PX011"})
      .Fresh();
}

}  // namespace handrail
