#include "harness/cli/session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <thread>
#include <utility>

#include "harness/cli/context.h"
#include "harness/core/instruments.h"
#include "harness/core/text.h"
#include "harness/judge/judge.h"
#include "harness/runner/supervisor.h"

namespace handrail {
namespace {

constexpr const char* kSelftestScenario = "canary/selftest";
// Named here, not taken from the worker's catalog: a canary that is not there proves nothing.
constexpr const char* kCanaries[] = {
    "clean",       "stale-local",   "leaked-global",   "growth",            "heap-growth",
    "native-growth", "near-heap-limit", "settled-by-nobody", "not-settled",   "wrong-value",
    "hang",        "crash",         "v8-fatal",        "exit-3"};
constexpr const char* kAsanCanary = "asan-error";

int JobsOf(const RunOptions& options) {
  if (options.jobs > 0) return options.jobs;
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

const ScenarioDecl& ScenarioOf(const std::vector<ScenarioDecl>& scenarios, const std::string& id) {
  return *std::find_if(scenarios.begin(), scenarios.end(),
                       [&](const ScenarioDecl& s) { return s.id == id; });
}

std::vector<std::string> InstrumentsOf(const PlannedTrial& trial, const Engine& engine) {
  std::vector<std::string> all = engine.catalog->instruments;
  all.insert(all.end(), trial.request.instruments.begin(), trial.request.instruments.end());
  return all;
}

// This very program, as one would type it from here: another build may be without the sanitizer.
std::string Binary() {
  std::error_code error;
  const std::filesystem::path self = BinFolder() + "/handrail";
  const std::filesystem::path near = std::filesystem::proximate(self, error);
  const bool below = !error && !near.empty() && *near.begin() != "..";
  return ShellQuote(below ? near.string() : self.string());
}

std::string RepeatLine(const TrialRequest& request, const std::string& engine) {
  std::string line = Binary() + " replay " + request.scenario + "/" + request.strategy +
                     " --engine " + engine + " --size " + std::to_string(request.size) +
                     " --seed " + std::to_string(request.seed);
  for (const std::string& name : request.instruments) line += " --instrument " + ShellQuote(name);
  return line;
}

TrialRecord Judged(const ScenarioDecl& scenario, const PlannedTrial& planned,
                   const Engine& engine, Evidence evidence) {
  const StrategyDecl& strategy = *scenario.Find(planned.request.strategy);
  TrialRecord trial;
  trial.scenario = scenario.id;
  trial.strategy = strategy.id;
  trial.kind = strategy.kind;
  trial.engine = engine.row.id;
  trial.instruments = InstrumentsOf(planned, engine);
  trial.size = planned.request.size;
  trial.seed = planned.request.seed;
  trial.repeat = RepeatLine(planned.request, engine.row.id);
  Judgement judgement = JudgeTrial(scenario, strategy, engine.row.id, engine.v8(),
                                   trial.instruments, evidence);
  trial.evidence = std::move(evidence);
  Record(std::move(judgement), trial);
  const ExitKind end = trial.evidence.exit.kind;
  const bool met_limit = end == ExitKind::kTimeout || end == ExitKind::kOutputLimit ||
                         (end == ExitKind::kOutOfMemory && trial.evidence.exit.where.empty());
  if (planned.limits_by_hand && met_limit && Fails(trial.verdict)) {
    trial.verdict = Verdict::kInconclusive;
    trial.reason = "it met a limit that was set by hand: " + trial.evidence.exit.message;
  }
  return trial;
}

// Runs `plan` and appends the judged trials. False: interrupted.
bool RunPlan(const Plan& plan, const std::vector<ScenarioDecl>& scenarios,
             const std::vector<Engine>& engines, int jobs, std::vector<TrialRecord>& trials,
             SessionObserver& observer) {
  Supervisor supervisor(engines, jobs);
  Supervisor::Callbacks callbacks;
  callbacks.on_start = [&](const PlannedTrial& planned) { observer.OnStarted(planned); };
  callbacks.on_tick = [&] { observer.OnTick(); };
  callbacks.on_end = [&](const PlannedTrial& planned, Evidence evidence) {
    const ScenarioDecl& scenario = ScenarioOf(scenarios, planned.request.scenario);
    trials.push_back(
        Judged(scenario, planned, engines[planned.engine], std::move(evidence)));
    observer.OnJudged(trials.back(), planned);
  };
  return supervisor.Run(plan.trials, callbacks).ok();
}

bool IsPlanned(const Plan& plan, const std::vector<Engine>& engines, const ScenarioDecl& scenario,
               const StrategyDecl& strategy, const Engine& engine) {
  return std::any_of(plan.trials.begin(), plan.trials.end(), [&](const PlannedTrial& trial) {
    return trial.request.scenario == scenario.id && trial.request.strategy == strategy.id &&
           &engines[trial.engine] == &engine;
  });
}

// One result for each strategy and engine that had trials, in the catalog's order.
void JudgeResults(const Plan& plan, RunRecord& record, const std::vector<Engine>& engines) {
  for (const ScenarioDecl& scenario : record.scenarios) {
    for (const StrategyDecl& strategy : scenario.strategies) {
      for (const Engine& engine : engines) {
        std::vector<const TrialRecord*> trials;
        for (const TrialRecord& trial : record.trials) {
          if (trial.scenario == scenario.id && trial.strategy == strategy.id &&
              trial.engine == engine.row.id) {
            trials.push_back(&trial);
          }
        }
        if (trials.empty() && !IsPlanned(plan, engines, scenario, strategy, engine)) continue;
        record.results.push_back(JudgeResult(scenario, strategy, engine.row.id, trials));
      }
    }
  }
  for (const SkippedStrategy& skipped : plan.skipped) {
    ResultRecord result;
    result.scenario = skipped.scenario;
    result.strategy = skipped.strategy;
    result.kind = skipped.kind;
    result.engine = skipped.engine;
    result.verdict = Verdict::kSkipped;
    result.reason = skipped.why;
    record.results.push_back(std::move(result));
  }
}

// Which canaries should have sung and did not; empty: none.
std::string MissingCanaries(const std::vector<Engine>& engines,
                            const std::vector<TrialRecord>& trials) {
  std::string missing;
  for (const Engine& engine : engines) {
    if (!engine.catalog) continue;
    std::vector<std::string> wanted(std::begin(kCanaries), std::end(kCanaries));
    if (InstrumentIsOn("asan", engine.catalog->instruments)) wanted.emplace_back(kAsanCanary);
    for (const std::string& canary : wanted) {
      const bool ran = std::any_of(trials.begin(), trials.end(), [&](const TrialRecord& trial) {
        return trial.engine == engine.row.id && trial.strategy == canary;
      });
      if (!ran) missing += (missing.empty() ? "" : "; ") + canary + " did not run on " + engine.row.id;
    }
  }
  return missing;
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
  }
  return "?";
}

}  // namespace

absl::StatusOr<std::vector<Engine>> FindEngines(const std::vector<std::string>& globs) {
  auto rows = ReadEngineTable(BinFolder() + "/engines.json");
  if (!rows.ok()) return absl::FailedPreconditionError(rows.status().message());
  auto chosen = ChooseEngines(*rows, globs);
  if (!chosen.ok()) return chosen.status();
  std::vector<Engine> engines;
  for (const EngineRow& row : *chosen) engines.push_back(Probe(row));
  return engines;
}

std::string RunSelftest(const std::vector<Engine>& engines, int jobs,
                        std::vector<TrialRecord>* trials) {
  RunOptions options;
  options.profile = Profile::kQuick;
  options.seeds = {1};
  const auto canaries = ChooseScenarios(MergeCatalogs(engines), {kSelftestScenario});
  if (!canaries.ok()) return "the workers have no canaries (" + std::string(kSelftestScenario) + ")";
  const Plan plan = MakePlan(*canaries, engines, options, jobs);
  SessionObserver nobody;
  std::vector<TrialRecord> records;
  if (!RunPlan(plan, *canaries, engines, jobs, records, nobody)) return "interrupted";
  std::string problem = MissingCanaries(engines, records);
  for (const TrialRecord& trial : records) {
    if (trial.verdict == Verdict::kAsExpected || trial.verdict == Verdict::kKnownGap) continue;
    problem += (problem.empty() ? "" : "; ") + trial.strategy + " on " + trial.engine + ": " +
               std::string(ToString(trial.verdict)) + ", " + trial.reason;
  }
  if (trials != nullptr) *trials = std::move(records);
  return problem;
}

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
    record.selftest_problem = RunSelftest(engines, jobs, nullptr);
    record.context.interrupted = record.selftest_problem == "interrupted";
    if (record.context.interrupted) record.selftest_problem.clear();
  }
  if (record.selftest_problem.empty() && !record.context.interrupted) {
    const Plan plan = MakePlan(record.scenarios, engines, options, jobs);
    observer.OnPlanned(plan);
    record.context.interrupted =
        !RunPlan(plan, record.scenarios, engines, jobs, record.trials, observer);
    observer.OnFinished();
    JudgeResults(plan, record, engines);
    record.context.planned_trials = plan.trials.size();
  }
  record.context.duration_ms = std::chrono::duration<double, std::milli>(
                                   std::chrono::steady_clock::now() - began)
                                   .count();
  return record;
}

}  // namespace handrail
