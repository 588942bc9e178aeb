// The strategies of the heap experiment, which both of its scenarios try: where the HandleScope
// stands, and what becomes of the promises that are pending. Each is the loop as an embedder would
// write it; hold two side by side to see the mistake.
#pragma once

#include <v8.h>

#include <deque>
#include <functional>
#include <vector>

#include "scenarios/growth/heap_experiment.h"

namespace handrail {

// How the promises that main() gave are kept until they have settled. A result that is no promise
// is not kept, as in the document.

struct GlobalsUntilSettled {
  std::vector<v8::Global<v8::Promise>> kept;
  void Keep(v8::Isolate* isolate, v8::Local<v8::Value> result) {
    if (result->IsPromise()) kept.emplace_back(isolate, result.As<v8::Promise>());
  }
  void DropSettled(v8::Isolate* isolate) {
    std::erase_if(kept, [isolate](const v8::Global<v8::Promise>& promise) {
      return promise.Get(isolate)->State() != v8::Promise::kPending;
    });
  }
};

// "Leaving this as a v8::Local appears to have no affect on the heap growing": the document's other
// try, sound as long as the scope round the loop is open.
struct LocalsUntilSettled {
  std::vector<v8::Local<v8::Promise>> kept;
  void Keep(v8::Isolate*, v8::Local<v8::Value> result) {
    if (result->IsPromise()) kept.push_back(result.As<v8::Promise>());
  }
  void DropSettled(v8::Isolate*) {
    std::erase_if(kept, [](v8::Local<v8::Promise> promise) {
      return promise->State() != v8::Promise::kPending;
    });
  }
};

// Kept "for later", promise or not, and never looked at again.
struct GlobalsOfAll {
  std::vector<v8::Global<v8::Value>> kept;
  void Keep(v8::Isolate* isolate, v8::Local<v8::Value> result) {
    kept.emplace_back(isolate, result);
  }
  void DropSettled(v8::Isolate*) {}
};

// Kept by JavaScript, in an array that only grows: no handle and no Global shows it.
struct AllInJsArray {
  struct Length {
    uint32_t value = 0;
    size_t size() const { return value; }
  };
  Length kept;
  v8::Global<v8::Array> array;
  void Keep(v8::Isolate* isolate, v8::Local<v8::Value> result) {
    if (array.IsEmpty()) array.Reset(isolate, v8::Array::New(isolate));
    array.Get(isolate)->Set(isolate->GetCurrentContext(), kept.value++, result).Check();
  }
  void DropSettled(v8::Isolate*) {}
};

struct ScopePerIteration {
  GlobalsUntilSettled pending;
  void Loop(HeapExperiment& program) {
    while (program.More()) {
      const v8::HandleScope scope(program.isolate);
      program.Once(pending);
    }
  }
};

struct ScopePerBatch {
  GlobalsUntilSettled pending;
  void Loop(HeapExperiment& program) {
    while (program.More()) {
      const v8::HandleScope scope(program.isolate);
      for (int i = 0; i < 64; ++i) program.Once(pending);
    }
  }
};

struct SealedLoop {
  GlobalsUntilSettled pending;
  void Loop(HeapExperiment& program) {
    const v8::SealHandleScope sealed(program.isolate);
    while (program.More()) {
      const v8::HandleScope scope(program.isolate);
      program.Once(pending);
    }
  }
};

struct ScopeRoundLoop {
  GlobalsUntilSettled pending;
  void Loop(HeapExperiment& program) {
    program.trial.Reached();
    const v8::HandleScope scope(program.isolate);
    while (program.More()) program.Once(pending);
  }
};

struct LocalsPending {
  LocalsUntilSettled pending;
  void Loop(HeapExperiment& program) {
    program.trial.Reached();
    const v8::HandleScope scope(program.isolate);
    while (program.More()) program.Once(pending);
  }
};

struct GlobalsNeverDropped {
  GlobalsOfAll pending;
  void Loop(HeapExperiment& program) {
    while (program.More()) {
      const v8::HandleScope scope(program.isolate);
      program.trial.Reached();
      program.Once(pending);
    }
  }
};

struct JsArrayNeverEmptied {
  AllInJsArray pending;
  void Loop(HeapExperiment& program) {
    while (program.More()) {
      const v8::HandleScope scope(program.isolate);
      program.trial.Reached();
      program.Once(pending);
    }
  }
};

// An event loop that opened its scope when it started: each turn takes in a request as a job, runs
// the jobs there are, then V8's own tasks.
struct PumpInLongScope {
  GlobalsUntilSettled pending;
  std::deque<std::function<void()>> jobs;
  void Loop(HeapExperiment& program) {
    program.trial.Reached();
    const v8::HandleScope scope(program.isolate);
    while (program.More()) {
      jobs.emplace_back([&] { program.Once(pending); });
      for (; !jobs.empty(); jobs.pop_front()) jobs.front()();
      program.trial.engine().PumpTasks(program.isolate);
    }
  }
};

// The seal does what it is for, in release builds of V8 too: the first handle without an inner
// scope ends the process, where an unsealed loop would have grown for days.
struct SealedLoopScopeForgotten {
  GlobalsUntilSettled pending;
  void Loop(HeapExperiment& program) {
    const v8::SealHandleScope sealed(program.isolate);
    while (program.More()) {
      program.trial.Reached();
      program.trial.Triggered();
      program.Once(pending);
    }
  }
};

}  // namespace handrail
