// What a strategy's code is given: its size and seed, an engine to make isolates with, the oracle,
// and the words Reached and Triggered. One trial runs in one process; the worker owns it.
//
//   Reached    the faulty line is about to run
//   Triggered  the harm really came about (the slot was reused, the isolate is gone), told by a test
//              of the scenario's own that rests on no detector
//
// Say each *before* the line that may end the process. Threads: Reached, Triggered and Step may be
// called on any thread, everything else on the thread that runs the body.
#pragma once

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/blackboard.h"
#include "harness/core/figure.h"
#include "harness/core/finding.h"
#include "harness/core/protocol.h"
#include "harness/engine/engine.h"
#include "harness/observe/heap_sampler.h"
#include "harness/observe/near_heap_limit.h"
#include "harness/observe/oracle.h"
#include "harness/observe/promise_ledger.h"

struct napi_env__;  // of Node-API, which not every engine has: napi_env is a pointer to it

namespace handrail {

class GuardFindings;  // of workers that were compiled with the off-stack guard

// Where figures and the outcome of a claim go.
struct ReportMeasured {
  std::function<void(Figure)> figure = [](const Figure&) {};
  std::function<void(ClaimOutcome)> claim = [](const ClaimOutcome&) {};
};

class Trial {
 public:
  using Report = std::function<void(Finding)>;
  using ReportReached = std::function<void(const Place&)>;

  // `board` and `engine` outlive the trial. The reports may be called from several threads.
  // `napi`: the environment of an addon inside Node, nullptr for every other trial.
  Trial(TrialRequest request, engine::Engine& engine, Blackboard& board, Report report,
        ReportReached report_reached, ReportMeasured report_measured = {},
        napi_env__* napi = nullptr);
  ~Trial();

  int64_t size() const { return request_.size; }
  std::mt19937_64& random() { return random_; }
  engine::Engine& engine() { return engine_; }
  Oracle& oracle() { return oracle_; }
  // The promise ledger, for EnvironmentOptions::promises. Concluded when the trial ends, so the
  // environments have to be closed or at rest by then.
  const std::shared_ptr<PromiseLedger>& ledger();
  bool Has(std::string_view instrument) const;

  // Of a scenario that is declared InNode: the napi_env of this addon. The body runs in the addon's
  // initialisation; the trial lives on until Node has torn the environment down.
  napi_env__* napi() const { return napi_; }

  void Reached(Place here = Place::current()) {
    if (board_.reached++ == 0) report_reached_(here);
  }
  void Triggered() { ++board_.triggered; }
  void Step() { board_.operations = ++operations_; }

  // A number that this trial measured: told at once, reported beside the verdict, never judged. A
  // time is told as a ratio to something timed in the same process, or beside what the document
  // says of it (`said`). Told again under the same name it replaces the first.
  void Measured(std::string what, double value, std::string unit = "", std::string said = "") {
    report_measured_.figure({std::move(what), value, std::move(unit), std::move(said)});
  }
  // Of a claim that is decided by measuring: said first, so that a trial that ends before it has an
  // outcome shows nothing either way, instead of a promise kept.
  void Measuring() { report_measured_.claim({}); }
  // What the measurements say of the claim, and in one line what was seen.
  void ClaimHolds(bool holds, std::string seen) {
    report_measured_.claim({false, holds, std::move(seen)});
  }

  // Watches the heap of `isolate` from here on: samples, collections, the near-heap-limit callback.
  // Requires: entered on this thread. One isolate at a time; Unwatch before it is exited.
  void Watch(v8::Isolate* isolate, SamplerOptions options = {});
  void Unwatch();
  HeapSampler& sampler() { return *sampler_; }

  // The end of one round of a steady-state scenario: collects all garbage and takes the sample that
  // is judged. The first `kWarmUpRounds` are taken but not judged.
  void EndOfRound(int64_t iteration);
  static constexpr int kWarmUpRounds = 3;

  // A sample of process memory without an isolate, as between two restarts. Same judgement.
  void EndOfRoundWithoutIsolate(int64_t iteration, int64_t warm_up_iterations);

  // The heap came near its limit: a loop ends now and lets the trial end in order.
  bool StopRequested() const { return near_limit_ != nullptr && near_limit_->stop_requested(); }

 private:
  void Put(const Sample& sample) { WriteSample(board_, sample); }
  void Pass(Finding finding);

  TrialRequest request_;
  engine::Engine& engine_;
  Blackboard& board_;
  Report report_;
  ReportReached report_reached_;
  ReportMeasured report_measured_;
  napi_env__* napi_;
  std::mt19937_64 random_;
  std::atomic<int64_t> operations_ = 0;
  Oracle oracle_;
  std::shared_ptr<PromiseLedger> ledger_;  // nullptr until it is asked for
  std::shared_ptr<GuardFindings> guard_;   // nullptr in a worker without it
  ProcessMemory memory_;
  std::unique_ptr<HeapSampler> sampler_;
  std::unique_ptr<NearHeapLimit> near_limit_;
  v8::Isolate* watched_ = nullptr;
  int rounds_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// An isolate made and disposed by the scope that holds it, entered in between; nothing else. What
// most programs of a scenario start with.
class OwnedIsolate {
 public:
  explicit OwnedIsolate(Trial& trial, const engine::IsolateOptions& options = {})
      : trial_(trial), isolate_(trial.engine().NewIsolate(options)) {
    isolate_->Enter();
  }
  ~OwnedIsolate() {
    trial_.engine().PumpTasks(isolate_);
    isolate_->Exit();
    trial_.engine().Dispose(isolate_);
  }
  OwnedIsolate(const OwnedIsolate&) = delete;
  OwnedIsolate& operator=(const OwnedIsolate&) = delete;

  v8::Isolate* get() const { return isolate_; }

 private:
  Trial& trial_;
  v8::Isolate* isolate_;
};

}  // namespace handrail
