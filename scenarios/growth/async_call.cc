// The heap experiment with an async function: what the handles refer to cannot be collected.
//
// Story: an embedder calls an exported async function of a module in a loop, keeps the promises in
// a vector until they have settled, and runs the microtasks after each call. "Even though all the
// promises have been resolved (and dropped from the vector), the heap continues to grow until it
// overflows." A HandleScope in each iteration mends it, but surely that is too dear?
// Who: whoever opens one HandleScope where the program starts and calls into JavaScript from there.
// Rule: a HandleScope releases its handles when it closes, not earlier, and what a handle refers to
// is alive. Dropping the promise from the vector drops the vector's reference only.
// Seen: two handles for each call, the result and what Global::Get gives back (exact count); one
// when the vector holds Locals. The heap after collections grows with them, 40 bytes a call.
// The document's worry is refuted: a scope per iteration is the faster one, see the durations.
// Not seen yet: which line made the handles (that takes later detectors).
// Reference: v8heapexperiment
#include "scenarios/growth/heap_strategies.h"

namespace handrail {
namespace {

template <class Strategy>
void Run(Trial& trial) {
  RunHeapExperiment<Strategy>(trial, kAsyncMain, trial.size());
}

}  // namespace

Scenario GrowthAsyncCall() {
  return Scenario("growth/async-call")
      .Title("an async function called in a loop: the heap grows with the handles")
      .Story(
          "A module's async function is called a million times. All promises settle and are "
          "dropped, and still the heap grows until it overflows.")
      .Reference("v8heapexperiment")
      .SteadyState()
      .Sizes({10'000, 100'000, 1'000'000}, 25, 0.7)
      .Correct<ScopePerIteration>("scope-per-iteration", Run<ScopePerIteration>,
                                  "a HandleScope for each call")
      .Correct<ScopePerBatch>("scope-per-batch", Run<ScopePerBatch>,
                              "a HandleScope for each 64 calls")
      .Correct<SealedLoop>("sealed-loop", Run<SealedLoop>,
                           "a SealHandleScope round the loop, a HandleScope for each call")
      .Broken<ScopeRoundLoop>("scope-round-loop", Run<ScopeRoundLoop>,
                              "the document's: one HandleScope round the whole loop")
      .Gives({"HD020"})
      .May({"HP001", "HP003"})
      .Broken<LocalsPending>("locals-pending", Run<LocalsPending>,
                             "the same, and the vector of pending promises holds Locals")
      .Gives({"HD020"})
      .May({"HP001", "HP003"})
      .With("guard", {"HD002"})
      .Broken<PumpInLongScope>("pump-in-long-scope", Run<PumpInLongScope>,
                               "an event loop that runs its jobs in the scope it began with")
      .Gives({"HD020"})
      .May({"HP001", "HP003"})
      .Broken<GlobalsNeverDropped>("globals-never-dropped", Run<GlobalsNeverDropped>,
                                   "a Global of every promise, kept for later and forgotten")
      .Gives({"HD021"})
      .May({"HP001", "HP003"})
      .Broken<JsArrayNeverEmptied>("js-array-never-emptied", Run<JsArrayNeverEmptied>,
                                   "JavaScript's array keeps every promise: only the heap shows it")
      .Gives({"HP001"}).May({"HP003"})
      .Broken<SealedLoopScopeForgotten>("sealed-loop-scope-forgotten",
                                        Run<SealedLoopScopeForgotten>,
                                        "a SealHandleScope round the loop and no scope inside")
      .Gives({"HD012"});
}

}  // namespace handrail
