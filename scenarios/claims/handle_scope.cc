// Which calls of V8's API need a HandleScope.
//
// Story: told that "all V8 API calls need an active HandleScope", embedders open one round all
// they do, and with that keep every handle until the end (growth/), or believe that a Global
// cannot be reset without one.
// Who: whoever meets "Cannot create a handle without a HandleScope" and takes it for a rule about
// calls.
// Rule: a scope is needed by a call that makes a handle, and by no other.
// Seen: calls that make none, one after the other with no scope open; then one that makes a
// handle, and there V8 ends the process.
// Reference: v8_isolate_restart_analysis
#include <string>
#include <utility>
#include <vector>

#include "harness/engine/script.h"
#include "harness/scenario/scenario.h"

namespace handrail {
namespace {

struct CallsWithoutScope {
  v8::Isolate* isolate;
  v8::Global<v8::Object> global;
  int64_t done = 0;

  void Done(bool as_it_must) { done += as_it_must ? 1 : 0; }
  static constexpr int kCalls = 15;

  void CallAll() {
    v8::HeapStatistics heap;
    isolate->GetHeapStatistics(&heap);
    Done(heap.used_heap_size() > 0);
    Done(isolate->NumberOfHeapSpaces() > 0);
    Done(v8::Isolate::GetCurrent() == isolate);
    Done(isolate->IsInUse());
    Done(!isolate->InContext());
    Done(!v8::Locker::IsLocked(isolate));
    const uint32_t slot = isolate->GetNumberOfDataSlots() - 1;
    isolate->SetData(slot, this);
    Done(isolate->GetData(slot) == this);
    isolate->TerminateExecution();
    isolate->CancelTerminateExecution();
    Done(!isolate->IsExecutionTerminating());
    isolate->RequestInterrupt([](v8::Isolate*, void*) {}, nullptr);
    Done(true);
    bool ran = false;
    isolate->EnqueueMicrotask([](void* data) { *static_cast<bool*>(data) = true; }, &ran);
    Done(!ran);
    isolate->PerformMicrotaskCheckpoint();
    Done(ran);
    engine::CollectAll(isolate);
    Done(!global.IsEmpty());
    v8::Global<v8::Object> moved = std::move(global);
    Done(global.IsEmpty() && !moved.IsEmpty());
    moved.SetWeak();
    Done(moved.IsWeak());
    moved.Reset();
    Done(moved.IsEmpty());
  }
};

void Run(Trial& trial) {
  trial.Measuring();
  OwnedIsolate isolate(trial);
  CallsWithoutScope calls{isolate.get(), {}};
  {
    const v8::HandleScope scope(isolate.get());
    calls.global.Reset(isolate.get(), v8::ObjectTemplate::New(isolate.get())
                                          ->NewInstance(v8::Context::New(isolate.get()))
                                          .ToLocalChecked());
  }
  calls.CallAll();
  const int handles = v8::HandleScope::NumberOfHandles(isolate.get());
  trial.Measured("calls tried that make no handle", CallsWithoutScope::kCalls);
  trial.Measured("of these needed no scope", static_cast<double>(calls.done), "", "0");
  const bool each_needs_one = calls.done == 0 || handles != 0;
  trial.ClaimHolds(each_needs_one, "calls that make no handle need none");
  engine::Text(isolate.get(), "a handle");  // V8 ends the process here
}

}  // namespace

Scenario ClaimsHandleScope() {
  return Scenario("claims/handle-scope")
      .Title("calls of V8's API with no HandleScope open")
      .Story("A note says that every call of V8's API needs an active HandleScope.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({1}, 10, 0)
      .Claim<CallsWithoutScope>("calls-without-scope", Run,
                                "every call of V8's API needs a HandleScope")
      .Gives({"HD012"});
}

}  // namespace handrail
