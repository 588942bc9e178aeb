// What a call in a loop leaves behind, by a document that looked at the heap only.
//
// Story: an embedder calls a function of a module in a loop with one HandleScope round it, and the
// heap overflows. It notes: with a function that gives no promise "there is no issue", and keeping
// the pending promises as Locals or Globals "appears to have no affect on the heap growing".
// Who: whoever looks for the leak among the promises.
// Rule: every Call leaves its result in the scope that is open, promise or not. A handle keeps
// what it refers to, whoever else lets go of it.
// Seen: handles (exact) and heap after collections for each call. A handle lies outside the heap.
// Whether such growth is caught is growth/'s affair.
// Reference: v8heapexperiment
#include <cmath>

#include "harness/engine/engine.h"
#include "harness/scenario/scenario.h"
#include "scenarios/claims/heap_program.h"

namespace handrail {
namespace {

// What each call of the loop leaves behind while its scope is open, after a collection.
struct Growth {
  double handles = 0;
  double heap = 0;  // bytes

  template <class Pending>
  static Growth Of(Trial& trial, const char* source) {
    const OwnedIsolate isolate(trial);
    HeapProgram program(isolate.get(), source);
    const v8::HandleScope round_loop(isolate.get());
    Pending pending;
    const Growth before = Now(isolate.get());
    for (int64_t i = 0; i < trial.size(); ++i) program.Once(pending);
    const Growth after = Now(isolate.get());
    const auto calls = static_cast<double>(trial.size());
    return {(after.handles - before.handles) / calls, (after.heap - before.heap) / calls};
  }
  static Growth Now(v8::Isolate* isolate) {
    engine::CollectAll(isolate);
    v8::HeapStatistics heap;
    isolate->GetHeapStatistics(&heap);
    return {static_cast<double>(v8::HandleScope::NumberOfHandles(isolate)),
            static_cast<double>(heap.used_heap_size())};
  }
};

void SyncShowsNoGrowth(Trial& trial) {
  trial.Measuring();
  const Growth sync = Growth::Of<GlobalsUntilSettled>(trial, kSyncMain);
  trial.Measured("handles a call", sync.handles, "", "none");
  trial.Measured("heap a call", sync.heap, "bytes", "none");
  const bool holds = sync.handles < 0.01 && sync.heap < 1;
  trial.ClaimHolds(holds, holds ? "nothing grows" : "the heap is flat and the handles grow");
}

void LocalsMakeNoDifference(Trial& trial) {
  trial.Measuring();
  const Growth globals = Growth::Of<GlobalsUntilSettled>(trial, kAsyncMain);
  const Growth locals = Growth::Of<LocalsUntilSettled>(trial, kAsyncMain);
  trial.Measured("heap a call with Locals", locals.heap, "bytes");
  trial.Measured("with Globals", globals.heap, "bytes");
  trial.Measured("handles a call with Locals", locals.handles);
  trial.Measured("with Globals", globals.handles, "handles");
  const bool holds = std::fabs(locals.heap - globals.heap) <= globals.heap / 10;
  trial.ClaimHolds(holds, holds ? "the heap grows alike" : "the heap does not grow alike");
}

}  // namespace

Scenario ClaimsLoopGrowth() {
  return Scenario("claims/loop-growth")
      .Title("what a call in a loop leaves behind")
      .Story("A document on a heap that overflows notes what does not matter.")
      .Reference("v8heapexperiment")
      .Sizes({100'000}, 40, 2)
      .Claim<Growth>("sync-shows-none", SyncShowsNoGrowth,
                     "a function that gives no promise shows no growth")
      .Gives({})
      .Claim<Growth>("locals-pending", LocalsMakeNoDifference,
                     "pending promises kept as Locals make no difference to the heap's growth")
      .Gives({})
      .May({"HD002"});  // what the document keeps as Locals
}

}  // namespace handrail
