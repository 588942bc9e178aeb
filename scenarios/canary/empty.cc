// The least that a trial can do: an isolate and a context, made and ended. What the harness itself
// costs is measured with it (bench/bench_trial.cc).
#include "harness/scenario/scenario.h"

namespace handrail {
namespace {

struct IsolateAndContext {};

void Run(Trial& trial) {
  const OwnedIsolate isolate(trial);
  const v8::HandleScope scope(isolate.get());
  v8::Context::New(isolate.get());
}

}  // namespace

Scenario Empty() {
  return Scenario("canary/empty")
      .Title("an isolate and a context, nothing else")
      .Sizes({1}, 4, 0)
      .Correct<IsolateAndContext>("isolate-and-context", Run, "made and ended in order");
}

}  // namespace handrail
