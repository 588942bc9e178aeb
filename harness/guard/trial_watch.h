// The instrument `quarantine` of a trial: watches the worker's own calls of V8 and passes what is found on
// as findings.
//
// Threads: starts on the trial's thread before the body; reports come on the thread that made the mistake.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/finding.h"
#include "harness/guard/misuse.h"

namespace handrail::guard {

// A misuse with its stations as source lines. Of the calls on this thread's stack the innermost that is
// not in `harness/` is told as its place, so that a mistake made through a helper of ours is the caller's.
Finding ToFinding(const Misuse& misuse);

struct TrialWatch {
  // Does nothing unless "quarantine" is in `instruments`. `note` gets what is not covered.
  static void Start(const std::vector<std::string>& instruments,
                    std::function<void(Finding)> report, std::function<void(std::string)> note);
};

}  // namespace handrail::guard
