// What a HandleScope for each iteration costs.
//
// Story: a HandleScope in each iteration mends the heap that overflows, but its "performance
// characteristics are very significant", says the document, and leaves the scope round the loop.
// Who: whoever takes a HandleScope for something dear.
// Rule: opening and closing a scope writes a few words. Handles that pile up are what costs:
// blocks of them are allocated, and each is a root of every collection.
// Seen: two loops that take turns in one process, as a ratio of their times. Called expensive
// here: a fifth more.
// Reference: v8heapexperiment
#include "harness/scenario/scenario.h"
#include "scenarios/claims/heap_program.h"
#include "scenarios/claims/measure.h"

namespace handrail {
namespace {

// The time of a loop with a scope in each iteration, as a ratio to the same with one round it.
double Ratio(Trial& trial, const char* source) {
  const OwnedIsolate isolate(trial);
  HeapProgram program(isolate.get(), source);
  GlobalsUntilSettled pending;
  return MedianOf(5, [&] {
    const double round = TimeMs([&] { program.ScopeRound(trial.size(), pending); });
    const double each = TimeMs([&] { program.ScopeEach(trial.size(), pending); });
    return each / round;
  });
}

void ScopeIsExpensive(Trial& trial) {
  constexpr double kExpensive = 1.2;
  trial.Measuring();
  const double async = Ratio(trial, kAsyncMain);
  trial.Measured("time against one scope round the loop", async, "x", "very significant");
  trial.Measured("with a function that gives no promise", Ratio(trial, kSyncMain), "x");
  const bool holds = async >= kExpensive;
  trial.ClaimHolds(holds, holds ? "a scope for each iteration costs"
                                : "a scope for each iteration is not dearer");
}

}  // namespace

Scenario ClaimsScopeCost() {
  return Scenario("claims/scope-cost")
      .Title("a scope for each iteration against one round the loop")
      .Story("A document on a heap that overflows knows the cure, and finds it too dear.")
      .Reference("v8heapexperiment")
      .Sizes({100'000}, 50, 8)
      .Claim<HeapProgram>("each-iteration", ScopeIsExpensive,
                          "a scope for each iteration is very expensive")
      .Gives({});
}

}  // namespace handrail
