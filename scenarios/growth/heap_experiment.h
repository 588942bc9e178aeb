// The program of the heap experiment, which every scenario of this family runs: a module whose one
// exported function is called again and again, the promises it may give kept until they have
// settled, a microtask checkpoint for each call. Where the scopes are and what becomes of the
// promises is left to the strategy, which writes the loop:
//
//   while (program.More()) {
//     const v8::HandleScope scope(program.isolate);
//     program.Once(pending);
//   }
//
// Watches its isolate: More() takes the samples, outside whatever scope the strategy opens after it
// and inside every scope that it opened before. Used on the isolate's thread with it entered.
#pragma once

#include <v8.h>

#include <cstdint>
#include <optional>
#include <string>

#include "harness/scenario/scenario.h"

namespace handrail {

// The document's two modules: with the first "there is no issue", with the second the heap grows.
inline constexpr const char* kSyncMain = "export let main = () => 'hello world';";
inline constexpr const char* kAsyncMain = "export let main = async () => { return 'hello world' };";

class HeapExperiment {
 public:
  // Calls main() `iterations` times, unless the heap comes near its limit before.
  HeapExperiment(Trial& trial, v8::Isolate* isolate, const char* source, int64_t iterations);
  ~HeapExperiment();

  // Whether there is another iteration to do. Takes the sample that is due and, kRounds times in a
  // trial, ends a round. The last time it looks whether the harm came about: one handle or one kept
  // value for each iteration.
  bool More();

  // One iteration: calls main(), lets `pending` keep what came back, runs the microtasks, lets
  // `pending` drop what has settled, and compares the outcome with what it must be.
  template <class Pending>
  void Once(Pending& pending) {
    v8::Local<v8::Value> result = CallMain();
    pending.Keep(isolate, result);
    isolate->PerformMicrotaskCheckpoint();
    pending.DropSettled(isolate);
    kept_ = static_cast<int64_t>(pending.kept.size());
    CheckOutcome(result);
  }

  // What a trial ends this many times, at equal distances: samples to judge by.
  static constexpr int64_t kRounds = 24;

  Trial& trial;
  v8::Isolate* const isolate;

 private:
  void WarmUp();
  v8::Local<v8::Value> CallMain();
  void CheckOutcome(v8::Local<v8::Value> result);

  v8::HandleScope scope_;  // of context, namespace and function, which the whole program needs
  v8::Local<v8::Context> context_;
  std::optional<v8::Context::Scope> entered_;
  v8::Global<v8::Object> module_;  // as in the document: loaded once, in a scope of its own
  v8::Local<v8::Object> namespace_;
  v8::Local<v8::Function> main_;
  const int64_t iterations_;
  int64_t handles_before_ = 0;
  int64_t done_ = 0;
  int64_t rounds_ = 0;
  int64_t kept_ = 0;
};

// The body of every strategy in this family. `heap_limit_mb`: 0 is V8's default.
template <class Strategy>
void RunHeapExperiment(Trial& trial, const char* source, int64_t iterations,
                       size_t heap_limit_mb = 0) {
  OwnedIsolate isolate(trial, {.heap_limit_mb = heap_limit_mb});
  HeapExperiment program(trial, isolate.get(), source, iterations);
  Strategy strategy;
  strategy.Loop(program);
}

}  // namespace handrail
