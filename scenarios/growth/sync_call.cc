// The heap experiment with a function that gives no promise: handles grow, the heap does not.
//
// Story: an embedder calls an exported function of a module in a loop. With a plain function "there
// is no issue", says the document, with an async one the heap runs away; so it suspects promises.
// Who: whoever opens one HandleScope where the program starts and calls into JavaScript from there.
// Rule: a HandleScope releases its handles when it closes, not earlier. Every Call leaves its
// result in the scope that is open.
// Seen: one more handle for each call, for the plain function too (exact count). There *was* an
// issue: 1,000,000 calls leave 1,000,000 handles, 6.5 MB of resident memory. The heap stays flat,
// because every handle refers to the same string and blocks of handles lie outside the heap.
// Not seen yet: which line made the handles (that takes later detectors).
// Reference: v8heapexperiment
#include "scenarios/growth/heap_strategies.h"

namespace handrail {
namespace {

template <class Strategy>
void Run(Trial& trial) {
  RunHeapExperiment<Strategy>(trial, kSyncMain, trial.size());
}

}  // namespace

Scenario GrowthSyncCall() {
  return Scenario("growth/sync-call")
      .Title("a plain function called in a loop: handles grow, the heap does not")
      .Story(
          "A module's function is called a million times. The heap is flat and nobody looks "
          "further, but each call leaves a handle behind in a scope that never closes.")
      .Reference("v8heapexperiment")
      .SteadyState()
      .Sizes({10'000, 100'000, 1'000'000}, 20, 0.25)
      .Correct<ScopePerIteration>("scope-per-iteration", Run<ScopePerIteration>,
                                  "a HandleScope for each call")
      .Correct<ScopePerBatch>("scope-per-batch", Run<ScopePerBatch>,
                              "a HandleScope for each 64 calls")
      .Correct<SealedLoop>("sealed-loop", Run<SealedLoop>,
                           "a SealHandleScope round the loop, a HandleScope for each call")
      .Broken<ScopeRoundLoop>("scope-round-loop", Run<ScopeRoundLoop>,
                              "the document's: one HandleScope round the whole loop")
      .Gives({"HD020"})
      .May({"HP003"})
      .Broken<LocalsPending>("locals-pending", Run<LocalsPending>,
                             "the same, and the vector of pending promises holds Locals")
      .Gives({"HD020"})
      .May({"HP003"})
      .Broken<PumpInLongScope>("pump-in-long-scope", Run<PumpInLongScope>,
                               "an event loop that runs its jobs in the scope it began with")
      .Gives({"HD020"})
      .May({"HP003"})
      .Broken<GlobalsNeverDropped>("globals-never-dropped", Run<GlobalsNeverDropped>,
                                   "a Global of every result, kept for later and forgotten")
      .Gives({"HD021"})
      .May({"HP003"})
      .Broken<SealedLoopScopeForgotten>("sealed-loop-scope-forgotten",
                                        Run<SealedLoopScopeForgotten>,
                                        "a SealHandleScope round the loop and no scope inside")
      .Gives({"HD012"});
}

}  // namespace handrail
