#include "harness/cli/run_plan.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>

#include "harness/cli/context.h"
#include "harness/core/instruments.h"
#include "harness/core/text.h"
#include "harness/judge/judge.h"
#include "harness/runner/supervisor.h"

namespace handrail {
namespace {

size_t IndexOf(const std::vector<ScenarioDecl>& scenarios, const std::string& id) {
  const auto at = std::find_if(scenarios.begin(), scenarios.end(),
                               [&](const ScenarioDecl& s) { return s.id == id; });
  return static_cast<size_t>(at - scenarios.begin());
}

std::vector<std::string> InstrumentsOf(const PlannedTrial& trial, const Engine& engine) {
  std::vector<std::string> all = engine.catalog->instruments;
  all.insert(all.end(), trial.request.instruments.begin(), trial.request.instruments.end());
  return InOrder(std::move(all));
}

// This very program, as one would type it from here: another build may be without the worker.
std::string Binary() {
  std::error_code error;
  const std::filesystem::path self = BinFolder() + "/handrail";
  const std::filesystem::path near = std::filesystem::proximate(self, error);
  const bool below = !error && !near.empty() && *near.begin() != "..";
  return ShellQuote(below ? near.string() : self.string());
}

std::string RepeatLine(const TrialRecord& trial) {
  std::string line = Binary() + " replay " + trial.scenario + "/" + trial.strategy + " --engine " +
                     trial.engine + " --size " + std::to_string(trial.size) + " --seed " +
                     std::to_string(trial.seed);
  for (const std::string& name : trial.instruments) line += " --instrument " + ShellQuote(name);
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
  trial.repeat = RepeatLine(trial);
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

// The place of an engine's first variant: all variants of one engine stand together.
size_t FirstOf(const std::vector<Engine>& engines, const std::string& id) {
  const auto at = std::find_if(engines.begin(), engines.end(),
                               [&](const Engine& engine) { return engine.row.id == id; });
  return static_cast<size_t>(at - engines.begin());
}

ResultRecord NotRun(const SkippedStrategy& skipped) {
  ResultRecord result;
  result.scenario = skipped.scenario;
  result.strategy = skipped.strategy;
  result.kind = skipped.kind;
  result.engine = skipped.engine;
  result.instruments = skipped.instruments;
  result.verdict = Verdict::kSkipped;
  result.reason = skipped.why;
  return result;
}

}  // namespace

bool RunPlan(const Plan& plan, const std::vector<ScenarioDecl>& scenarios,
             const std::vector<Engine>& engines, int jobs, JudgedTrials& judged,
             SessionObserver& observer) {
  Supervisor supervisor(engines, jobs);
  Supervisor::Callbacks callbacks;
  callbacks.on_start = [&](const PlannedTrial& planned) { observer.OnStarted(planned); };
  callbacks.on_tick = [&] { observer.OnTick(); };
  callbacks.on_end = [&](const PlannedTrial& planned, Evidence evidence) {
    const ScenarioDecl& scenario = scenarios[IndexOf(scenarios, planned.request.scenario)];
    judged.trials.push_back(
        Judged(scenario, planned, engines[planned.engine], std::move(evidence)));
    judged.planned.push_back(&planned);
    observer.OnJudged(judged.trials.back(), planned);
  };
  return supervisor.Run(plan.trials, callbacks).ok();
}

std::vector<ResultRecord> JudgeResults(const Plan& plan, const std::vector<ScenarioDecl>& scenarios,
                                       const std::vector<Engine>& engines,
                                       const JudgedTrials& judged) {
  // Scenario, strategy, engine, set: in the order in which results are told.
  using Key = std::tuple<size_t, size_t, size_t, size_t>;
  struct Cell {
    const PlannedTrial* planned = nullptr;
    std::vector<const TrialRecord*> trials;
  };
  const auto key_of = [&](const PlannedTrial& trial) {
    const size_t scenario = IndexOf(scenarios, trial.request.scenario);
    const StrategyDecl* strategy = scenarios[scenario].Find(trial.request.strategy);
    return Key(scenario, static_cast<size_t>(strategy - scenarios[scenario].strategies.data()),
               FirstOf(engines, engines[trial.engine].row.id), trial.set);
  };
  std::map<Key, Cell> cells;
  for (const PlannedTrial& trial : plan.trials) cells[key_of(trial)].planned = &trial;
  for (size_t i = 0; i < judged.trials.size(); ++i) {
    cells[key_of(*judged.planned[i])].trials.push_back(&judged.trials[i]);
  }
  std::vector<ResultRecord> results;
  for (const auto& [key, cell] : cells) {
    const ScenarioDecl& scenario = scenarios[std::get<0>(key)];
    const Engine& engine = engines[cell.planned->engine];
    results.push_back(JudgeResult(scenario, scenario.strategies[std::get<1>(key)], engine.row.id,
                                  cell.trials));
    results.back().instruments = InstrumentsOf(*cell.planned, engine);
  }
  for (const SkippedStrategy& skipped : plan.skipped) results.push_back(NotRun(skipped));
  return results;
}

}  // namespace handrail
