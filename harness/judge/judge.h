// Evidence against declaration: the verdict. Broken code that is not caught fails as loudly as
// correct code that is accused. Pure functions; any thread.
//
// A trial is judged by three marks that do not know of each other: *reached* (the faulty line ran),
// *triggered* (the harm came about) and the findings. Found without triggered, or never triggered,
// is inconclusive: it shows nothing about the detectors. An instrument of which the strategy
// demands a finding must make it, whatever else saw the harm. A claim is upheld or refuted: by what
// the trial measured where it measures, else by the findings that it foretells.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/evidence.h"
#include "harness/core/finding.h"
#include "harness/core/run_record.h"
#include "harness/core/scenario_decl.h"
#include "harness/core/verdict.h"

namespace handrail {

struct Judgement {
  Verdict verdict = Verdict::kHarnessError;
  std::string reason;  // one line: why this verdict
  // The evidence's own, what its samples show and what its end shows, folded.
  std::vector<Finding> findings;
  bool detected = false;  // a declared finding was made; of a race: any finding
};

// Requires: `evidence.findings` are those of the trial alone, as they were collected.
Judgement JudgeTrial(const ScenarioDecl& scenario, const StrategyDecl& strategy,
                     std::string_view engine, int v8_version,
                     const std::vector<std::string>& instruments, const Evidence& evidence);

// Writes the judgement into its trial: verdict, reason, detected and the findings.
void Record(Judgement judgement, TrialRecord& trial);

// All trials of one (scenario, strategy, engine) together, each judged before. Skipped ones count
// only when there are no others. Seeds that do not agree are unstable; a race is judged by its
// rate, a claim by the greater part of the trials that came to an outcome. Figures become medians.
ResultRecord JudgeResult(const ScenarioDecl& scenario, const StrategyDecl& strategy,
                         std::string_view engine, std::span<const TrialRecord* const> trials);

}  // namespace handrail
