// The self-test: canaries that every worker carries, run before anything is reported as clean.
#include <algorithm>
#include <iterator>
#include <utility>

#include "harness/cli/run_plan.h"
#include "harness/core/instruments.h"

namespace handrail {
namespace {

constexpr const char* kSelftestScenario = "canary/selftest";
// Named here, not taken from the worker's catalog: a canary that is not there proves nothing.
constexpr const char* kCanaries[] = {
    "clean",       "stale-local",   "leaked-global",   "growth",            "heap-growth",
    "native-growth", "near-heap-limit", "settled-by-nobody", "not-settled",   "wrong-value",
    "hang",        "crash",         "v8-fatal",        "exit-3"};
constexpr const char* kAsanCanary = "asan-error";

// Canaries prove detectors, so they are run with all of them: what takes one out is left off.
std::vector<std::vector<std::string>> WithoutRemovals(
    const std::vector<std::vector<std::string>>& sets) {
  std::vector<std::vector<std::string>> out;
  for (const std::vector<std::string>& whole : sets) {
    std::vector<std::string> set = InstrumentsNotOfKind(InstrumentKind::kRemoval, whole);
    if (std::find(out.begin(), out.end(), set) == out.end()) out.push_back(std::move(set));
  }
  return out;
}

// Whether this worker is the one that runs this set on its engine, and can.
bool IsWanted(size_t engine, const std::vector<std::string>& set,
              const std::vector<Engine>& engines) {
  std::vector<EngineRow> rows;
  for (const Engine& one : engines) rows.push_back(one.row);
  const auto variant = VariantOf(rows, rows[engine].id, InstrumentsOfKind(InstrumentKind::kBuild, set));
  const std::vector<std::string> asked = InstrumentsOfKind(InstrumentKind::kRunTime, set);
  return engines[engine].catalog && variant == engine &&
         std::all_of(asked.begin(), asked.end(), [&](const std::string& one) {
           return InstrumentIsOn(InstrumentName(one), engines[engine].catalog->can);
         });
}

// Which canaries should have sung and did not; empty: none.
std::string MissingCanaries(const std::vector<std::vector<std::string>>& sets,
                            const std::vector<Engine>& engines, const JudgedTrials& judged) {
  std::string missing;
  for (size_t i = 0; i < engines.size(); ++i) {
    for (const std::vector<std::string>& set : sets) {
      if (!IsWanted(i, set, engines)) continue;
      const std::vector<std::string> told = InstrumentsNotOfKind(InstrumentKind::kBuild, set);
      std::vector<std::string> wanted(std::begin(kCanaries), std::end(kCanaries));
      if (InstrumentIsOn("asan", engines[i].row.instruments)) wanted.emplace_back(kAsanCanary);
      for (const std::string& canary : wanted) {
        const bool ran = std::any_of(
            judged.planned.begin(), judged.planned.end(), [&](const PlannedTrial* trial) {
              return trial->engine == i && trial->request.instruments == told &&
                     trial->request.strategy == canary;
            });
        if (ran) continue;
        missing += (missing.empty() ? "" : "; ") + canary + " did not run on " +
                   engines[i].row.id + WithInstruments(set);
      }
    }
  }
  return missing;
}

}  // namespace

std::string RunSelftest(const std::vector<Engine>& engines, const RunOptions& run, int jobs,
                        std::vector<TrialRecord>* trials) {
  RunOptions options;
  options.profile = Profile::kQuick;
  options.seeds = {1};
  options.matrix = WithoutRemovals(SetsOf(run));
  const auto canaries = ChooseScenarios(MergeCatalogs(engines), {kSelftestScenario});
  if (!canaries.ok()) return "the workers have no canaries (" + std::string(kSelftestScenario) + ")";
  const Plan plan = MakePlan(*canaries, engines, options, jobs);
  SessionObserver nobody;
  JudgedTrials judged;
  if (!RunPlan(plan, *canaries, engines, jobs, judged, nobody)) return "interrupted";
  std::string problem = MissingCanaries(options.matrix, engines, judged);
  for (const TrialRecord& trial : judged.trials) {
    if (trial.verdict == Verdict::kAsExpected || trial.verdict == Verdict::kKnownGap) continue;
    problem += (problem.empty() ? "" : "; ") + trial.strategy + " on " + trial.engine +
               WithInstruments(trial.instruments) + ": " + std::string(ToString(trial.verdict)) +
               ", " + trial.reason;
  }
  if (trials != nullptr) *trials = std::move(judged.trials);
  return problem;
}

}  // namespace handrail
