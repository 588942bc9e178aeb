// Runs a plan and judges it: planned trials become trial records, and these one result for each
// strategy, engine and set of instruments. What a session and the self-test share. One thread.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/session.h"

namespace handrail {

// Trials that were run, each with the plan's trial that it came from.
struct JudgedTrials {
  std::vector<TrialRecord> trials;
  std::vector<const PlannedTrial*> planned;
};

// Runs `plan` and appends the judged trials. False: interrupted. `plan` outlives `judged`.
bool RunPlan(const Plan& plan, const std::vector<ScenarioDecl>& scenarios,
             const std::vector<Engine>& engines, int jobs, JudgedTrials& judged,
             SessionObserver& observer);

// One result for each cell that was planned, in the catalog's order, then those that were skipped.
std::vector<ResultRecord> JudgeResults(const Plan& plan, const std::vector<ScenarioDecl>& scenarios,
                                       const std::vector<Engine>& engines,
                                       const JudgedTrials& judged);

}  // namespace handrail
