// The instrument `quarantine` of a trial: watches the worker's own calls of V8 and passes what is found on
// as findings.
//
// Of a mistake the place is the innermost call on the stack that is not in harness/: one that is made through
// a helper of ours is its caller's. What one line does over and over is told once and counted.
//
// Threads: starts on the trial's thread before the body; reports come on the thread that made the mistake.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/finding.h"
#include "harness/guard/misuse.h"

namespace handrail::guard {

// A misuse with its stations as source lines.
Finding FindingOf(const Misuse& misuse);

class TrialWatch {
 public:
  // Does nothing unless "quarantine" is in `instruments`. `note` gets what is not covered.
  TrialWatch(const std::vector<std::string>& instruments, std::function<void(Finding)> report,
             std::function<void(std::string)> note);

  // Tells how often each finding came again, and what the quarantine had to give back. Nothing is told
  // afterwards.
  void Conclude();

 private:
  struct State;
  static void Tell(State& state, const Misuse& misuse);

  std::shared_ptr<State> state_;  // shared with the watch, which lives as long as the process
  std::function<void(std::string)> note_;
};

}  // namespace handrail::guard
