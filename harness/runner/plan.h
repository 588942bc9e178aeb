// From what is asked for and what the engines offer to the list of trials that will run. Pure: the
// same options and catalogs always give the same plan.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "harness/core/options.h"
#include "harness/core/scenario_decl.h"
#include "harness/runner/engine_table.h"
#include "harness/runner/supervisor.h"

namespace handrail {

struct SkippedStrategy {
  std::string scenario;
  std::string strategy;
  StrategyKind kind = StrategyKind::kCorrect;
  std::string engine;
  std::string why;
  std::vector<std::string> instruments;  // with which it was not run
};

struct Plan {
  std::vector<PlannedTrial> trials;  // what shows most first: every strategy before any repetition
  std::vector<SkippedStrategy> skipped;
  double cost_ms = 0;  // of all trials together, as declared
};

// Scenarios of this family test the harness itself; a filter must name it to get them.
inline constexpr const char* kHiddenFamily = "canary";

// Every scenario that some engine offers, in the catalogs' order. Where engines declare one
// differently the first counts.
std::vector<ScenarioDecl> MergeCatalogs(const std::vector<Engine>& engines);

// Those with a strategy that the filters want, with these strategies only. A filter that matches
// nothing: InvalidArgument with the nearest id.
absl::StatusOr<std::vector<ScenarioDecl>> ChooseScenarios(const std::vector<ScenarioDecl>& all,
                                                          const std::vector<std::string>& filters);

// Every strategy once, first on one engine, then on the others, comes before any is repeated with
// another seed, and these before larger sizes; what no longer fits the profile's budget is left out,
// so that the time of a run stays the same however many scenarios there are. Seeds or sizes that were asked for are never left out.
Plan MakePlan(const std::vector<ScenarioDecl>& scenarios, const std::vector<Engine>& engines,
              const RunOptions& options, int jobs);

// The sets of instruments that a run is about, each in order: options.matrix with options.instruments.
std::vector<std::vector<std::string>> SetsOf(const RunOptions& options);

// Wall time that a profile may take for one set of instruments on `jobs` processors, by declared
// costs; 0: without end.
double BudgetMs(Profile profile, int jobs);

}  // namespace handrail
