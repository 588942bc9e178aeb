#include "harness/cli/session.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "harness/cli/context.h"
#include "harness/cli/run_plan.h"

namespace handrail {
namespace {

int JobsOf(const RunOptions& options) {
  if (options.jobs > 0) return options.jobs;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

// What the filters mean may be for other engines than those chosen: then these are asked as well, so
// that it is listed as not run, with the reason, and not said to be unknown.
absl::StatusOr<std::vector<ScenarioDecl>> WantedScenarios(const std::vector<Engine>& engines,
                                                          const std::vector<std::string>& filters) {
  auto wanted = ChooseScenarios(MergeCatalogs(engines), filters);
  if (wanted.ok()) return wanted;
  const auto all = FindEngines({});
  if (!all.ok()) return wanted;
  auto elsewhere = ChooseScenarios(MergeCatalogs(*all), filters);
  return elsewhere.ok() ? elsewhere : wanted;
}

const char* Name(Profile profile) {
  switch (profile) {
    case Profile::kQuick:
      return "quick";
    case Profile::kDefault:
      return "default";
    case Profile::kFull:
      return "full";
    case Profile::kMatrix:
      return "matrix";
  }
  return "?";
}

}  // namespace

absl::StatusOr<RunRecord> RunSession(const RunOptions& options, const std::vector<Engine>& engines,
                                     const std::string& command, SessionObserver& observer) {
  const auto began = std::chrono::steady_clock::now();
  auto scenarios = WantedScenarios(engines, options.filters);
  RunRecord record;
  record.context = MakeContext(command);
  record.context.profile = Name(options.profile);
  for (const Engine& engine : engines) record.context.engines.push_back(engine.Info());
  const bool usable = std::any_of(engines.begin(), engines.end(),
                                  [](const Engine& engine) { return engine.catalog.has_value(); });
  if (!usable) return record;  // nothing ran: the record says of each engine why
  if (!scenarios.ok()) return scenarios.status();
  record.scenarios = *std::move(scenarios);
  const int jobs = JobsOf(options);
  if (options.selftest) {
    record.selftest_ran = true;
    record.selftest_problem = RunSelftest(engines, options, jobs, nullptr);
    record.context.interrupted = record.selftest_problem == "interrupted";
    if (record.context.interrupted) record.selftest_problem.clear();
  }
  if (record.selftest_problem.empty() && !record.context.interrupted) {
    const Plan plan = MakePlan(record.scenarios, engines, options, jobs);
    observer.OnPlanned(plan);
    JudgedTrials judged;
    record.context.interrupted =
        !RunPlan(plan, record.scenarios, engines, jobs, judged, observer);
    observer.OnFinished();
    record.results = JudgeResults(plan, record.scenarios, engines, judged);
    record.trials = std::move(judged.trials);
    record.context.planned_trials = plan.trials.size();
  }
  record.context.duration_ms = std::chrono::duration<double, std::milli>(
                                   std::chrono::steady_clock::now() - began)
                                   .count();
  return record;
}

}  // namespace handrail
