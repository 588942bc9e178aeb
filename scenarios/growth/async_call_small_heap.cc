// The heap experiment's end: the async function in a heap that is soon full.
//
// Story: the loop of growth/async-call "until it overflows". With V8's usual limit that takes many
// million calls, so the process dies hours after the mistake; here the limit is 4 MiB.
// Who: whoever keeps one HandleScope open, or Globals that nobody drops, in a service that lives.
// Rule: near its limit V8 calls the near-heap-limit callback, and if nothing raises the limit it
// ends the process: running out of heap is fatal, not an exception.
// Seen: the callback, after about 70,000 calls; the harness raises the limit once, the loop sees
// StopRequested and ends in order. The same calls in the same heap with a scope for each of them
// never come near it. The plain function has no such scenario: its handles lie outside the heap.
// Reference: v8heapexperiment
#include <algorithm>

#include "scenarios/growth/heap_strategies.h"

namespace handrail {
namespace {

constexpr size_t kHeapLimitMb = 4;
constexpr int64_t kEnough = 100'000;  // calls that fill it, whatever size is asked for

template <class Strategy>
void Run(Trial& trial) {
  RunHeapExperiment<Strategy>(trial, kAsyncMain, std::max(trial.size(), kEnough), kHeapLimitMb);
}

}  // namespace

Scenario GrowthAsyncCallSmallHeap() {
  return Scenario("growth/async-call-small-heap")
      .Title("an async function called in a loop until a small heap is full")
      .Story(
          "The loop of growth/async-call, run into V8's heap limit, where the process would end "
          "with a fatal out-of-memory error.")
      .Reference("v8heapexperiment")
      .SteadyState()
      .Sizes({kEnough}, 25, 0.7)
      .Correct<ScopePerIteration>("scope-per-iteration", Run<ScopePerIteration>,
                                  "a HandleScope for each call: the small heap is enough")
      .Broken<ScopeRoundLoop>("scope-round-loop", Run<ScopeRoundLoop>,
                              "the document's: one HandleScope round the whole loop")
      .Gives({"HP002"})
      .May({"HD020", "HP001", "HP003"})
      .Broken<GlobalsNeverDropped>("globals-never-dropped", Run<GlobalsNeverDropped>,
                                   "a Global of every promise, kept for later and forgotten")
      .Gives({"HP002"})
      .May({"HD021", "HP001", "HP003"});
}

}  // namespace handrail
