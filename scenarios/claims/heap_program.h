// The loop of the heap experiment with nothing round it that costs time: no samples, no oracle.
// (The scenarios of growth/ have both, see growth/heap_experiment.h.) Used on the isolate's thread
// with it entered; goes before its isolate.
#pragma once

#include <v8.h>

#include <cstdint>

#include "harness/engine/script.h"
#include "scenarios/growth/heap_strategies.h"

namespace handrail {

// The module, and one iteration of the document's loop.
class HeapProgram {
 public:
  HeapProgram(v8::Isolate* isolate, const char* source)
      : isolate_(isolate), scope_(isolate), context_(v8::Context::New(isolate)), in_(context_) {
    namespace_ = engine::LoadModule(context_, "main.mjs", source).ToLocalChecked();
    main_ = engine::FunctionOf(context_, namespace_, "main").ToLocalChecked();
    GlobalsUntilSettled pending;
    ScopeEach(20'000, pending);  // until V8 has compiled main() for good
  }
  template <class Pending>
  void Once(Pending& pending) {
    pending.Keep(isolate_, main_->Call(context_, namespace_, 0, nullptr).ToLocalChecked());
    isolate_->PerformMicrotaskCheckpoint();
    pending.DropSettled(isolate_);
  }
  template <class Pending>
  void ScopeEach(int64_t calls, Pending& pending) {
    for (int64_t i = 0; i < calls; ++i) {
      const v8::HandleScope scope(isolate_);
      Once(pending);
    }
  }
  template <class Pending>
  void ScopeRound(int64_t calls, Pending& pending) {
    const v8::HandleScope scope(isolate_);
    for (int64_t i = 0; i < calls; ++i) Once(pending);
  }

 private:
  v8::Isolate* isolate_;
  v8::HandleScope scope_;
  v8::Local<v8::Context> context_;
  v8::Context::Scope in_;
  v8::Local<v8::Object> namespace_;
  v8::Local<v8::Function> main_;
};

}  // namespace handrail
