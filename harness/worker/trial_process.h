// One trial in the process that was given to it: reads the request from its descriptor, runs the
// strategy, and sends what it has to say as it arises. See core/protocol.h for the descriptors.
//
// Ownership: there is one a process, and its engine outlives it. Threads: run and ended on one
// thread; the strategy may use others.
#pragma once

#include <memory>

#include "harness/core/blackboard.h"
#include "harness/core/protocol.h"
#include "harness/engine/engine.h"
#include "harness/guard/trial_watch.h"
#include "harness/scenario/scenario.h"
#include "harness/worker/event_writer.h"

namespace handrail {

class TrialProcess {
 public:
  // nullptr: it cannot begin, stderr has been told why; the status to leave with is
  // kWorkerCannotStart.
  static std::unique_ptr<TrialProcess> Open();
  ~TrialProcess();

  // Whether the strategy is an addon's code: to be run on Node's own thread, with a napi_env.
  bool in_node() const { return in_node_; }

  // Runs the strategy's body on this thread. It may not return at all: that is what trials are for.
  void Run(engine::Engine& engine, napi_env__* napi = nullptr);

  // The trial has come to its end in order: nothing of the strategy runs any more.
  void End();

  Trial& trial() { return *trial_; }
  EventWriter& events() { return events_; }

 private:
  TrialProcess(TrialRequest request, Body body, bool in_node, Blackboard& board);

  TrialRequest request_;
  Body body_;
  bool in_node_;
  Blackboard& board_;
  EventWriter events_;
  std::unique_ptr<guard::TrialWatch> watch_;  // instrument "quarantine"
  std::unique_ptr<Trial> trial_;
};

// Opens, runs and ends the trial on the calling thread; the exit status for the process.
int RunTrialProcess(engine::Engine& engine);

// Prints the catalog of this worker as JSON. `can_fork`: a zygote works with this engine.
int PrintCatalog(const char* engine_id, bool can_fork);

// What every worker does first: no core files, first in line when memory runs out.
void PrepareWorkerProcess();

}  // namespace handrail
