#include "harness/runner/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "harness/core/instruments.h"
#include "harness/core/text.h"
#include "harness/runner/plan_cells.h"

namespace handrail {
namespace {

// Starting a process, measured on two cores: a fork of a zygote is in the scenario's own cost.
constexpr double kFreshMs = 40;
constexpr double kNodeMs = 80;
constexpr int64_t kDefaultTimeLimitMs = 20'000;
constexpr int kLimitToCost = 40;  // a trial may take so many times what it declares
constexpr int kSanitizerSlowdown = 4;

struct Repetition {
  int64_t size;
  uint64_t seed;
};

// PX003, or PX020: Node's loop does not end, which is told when the time is over.
bool ExpectsTimeout(const StrategyDecl& strategy) {
  for (const Expectation& expectation : strategy.expectations) {
    for (const std::string& code : expectation.any_of) {
      if (code == "PX003" || code == "PX020") return true;
    }
  }
  return false;
}

bool Sanitized(const Engine& engine) { return InstrumentIsOn("asan", engine.catalog->instruments); }

double CostMs(const Cell& cell, const Engine& engine, int64_t size) {
  double cost = cell.scenario->CostMs(size);
  if (Sanitized(engine)) cost *= kSanitizerSlowdown;
  if (ExpectsTimeout(*cell.strategy)) cost += static_cast<double>(cell.strategy->time_limit_ms);
  if (engine.row.in_node()) return cost + kNodeMs;
  return cell.strategy->fresh || !engine.catalog->can_fork ? cost + kFreshMs : cost;
}

// The sizes and seeds of a profile's tier for one strategy; empty: the tier has nothing for it.
std::vector<Repetition> Tier(int tier, const Cell& cell, const RunOptions& options) {
  const std::vector<int64_t>& offered =
      options.sizes.empty() ? cell.scenario->sizes : options.sizes;
  const auto all = [](const std::vector<int64_t>& sizes, const std::vector<uint64_t>& seeds) {
    std::vector<Repetition> out;
    for (const int64_t size : sizes) {
      for (const uint64_t seed : seeds) out.push_back({size, seed});
    }
    return out;
  };
  const std::vector<int64_t> smallest = {offered.front()};
  const std::vector<int64_t> sizes = options.sizes.empty() ? smallest : offered;
  const std::vector<int64_t> middle(offered.begin() + 1, offered.end() - (offered.size() > 2));
  if (tier == 0 && !options.seeds.empty()) return all(sizes, options.seeds);
  if (tier == 0 && cell.strategy->race) {
    std::vector<uint64_t> seeds;
    for (int i = 1; i <= cell.strategy->race->seeds; ++i) seeds.push_back(i);
    return all(sizes, seeds);
  }
  if (tier == 0) return all(sizes, {1});
  if (!options.seeds.empty() || cell.strategy->race) return {};
  if (options.profile == Profile::kQuick) return {};
  if (tier == 1) return all(sizes, {2, 3});
  if (options.profile == Profile::kMatrix) return {};
  if (!options.sizes.empty()) return {};
  const std::vector<uint64_t> seeds =
      options.profile == Profile::kFull ? std::vector<uint64_t>{1, 2, 3} : std::vector<uint64_t>{1};
  if (tier == 2) return all(middle, seeds);
  return offered.size() > 2 ? all({offered.back()}, seeds) : std::vector<Repetition>{};
}
constexpr int kTiers = 4;

PlannedTrial MakeTrial(const Cell& cell, const Engine& engine, const Repetition& repetition,
                       const RunOptions& options) {
  PlannedTrial trial;
  trial.engine = cell.engine;
  trial.fresh = cell.strategy->fresh || engine.row.in_node();
  trial.request.scenario = cell.scenario->id;
  trial.request.strategy = cell.strategy->id;
  trial.request.size = repetition.size;
  trial.request.seed = repetition.seed;
  trial.request.instruments = cell.instruments;
  trial.set = cell.set;
  trial.request.sample_pss = options.sample_pss;
  trial.request.sample_spaces = options.sample_spaces;
  trial.limits.memory = options.memory_limit;
  trial.limits.output = options.output_limit;
  const RunOptions usual;
  trial.limits_by_hand = options.time_limit_ms != usual.time_limit_ms ||
                         options.memory_limit != usual.memory_limit ||
                         options.output_limit != usual.output_limit;
  trial.cost_ms = CostMs(cell, engine, repetition.size);
  const int64_t by_cost =
      std::max(kDefaultTimeLimitMs, static_cast<int64_t>(trial.cost_ms * kLimitToCost));
  trial.limits.time_ms = options.time_limit_ms > 0          ? options.time_limit_ms
                         : cell.strategy->time_limit_ms > 0 ? cell.strategy->time_limit_ms
                                                            : by_cost;
  return trial;
}

std::vector<std::string> AllIds(const std::vector<ScenarioDecl>& scenarios) {
  std::vector<std::string> ids;
  for (const ScenarioDecl& scenario : scenarios) {
    ids.push_back(scenario.id.substr(0, scenario.id.find('/')));
    ids.push_back(scenario.id);
    for (const StrategyDecl& strategy : scenario.strategies) {
      ids.push_back(scenario.id + "/" + strategy.id);
    }
  }
  return ids;
}

}  // namespace

double BudgetMs(Profile profile, int jobs) {
  switch (profile) {
    case Profile::kQuick:
      return 15'000.0 * jobs;
    case Profile::kDefault:
      return 55'000.0 * jobs;  // the promise is 90 s; declared costs are not exact
    case Profile::kFull:
    case Profile::kMatrix:
      return 0;
  }
  return 0;
}

std::vector<std::vector<std::string>> SetsOf(const RunOptions& options) {
  std::vector<std::vector<std::string>> sets = options.matrix;
  if (sets.empty()) sets.emplace_back();
  for (std::vector<std::string>& set : sets) {
    set.insert(set.end(), options.instruments.begin(), options.instruments.end());
    set = InOrder(std::move(set));
  }
  return sets;
}

std::vector<ScenarioDecl> MergeCatalogs(const std::vector<Engine>& engines) {
  std::vector<ScenarioDecl> all;
  std::set<std::string> known;
  for (const Engine& engine : engines) {
    if (!engine.catalog) continue;
    for (const ScenarioDecl& scenario : engine.catalog->scenarios) {
      if (known.insert(scenario.id).second) all.push_back(scenario);
    }
  }
  return all;
}

absl::StatusOr<std::vector<ScenarioDecl>> ChooseScenarios(const std::vector<ScenarioDecl>& all,
                                                          const std::vector<std::string>& filters) {
  std::vector<bool> used(filters.size(), false);
  std::vector<ScenarioDecl> chosen;
  for (const ScenarioDecl& scenario : all) {
    const bool hidden = scenario.id.starts_with(std::string(kHiddenFamily) + "/");
    ScenarioDecl part = scenario;
    part.strategies.clear();
    for (const StrategyDecl& strategy : scenario.strategies) {
      bool wanted = filters.empty() && !hidden;
      for (size_t i = 0; i < filters.size(); ++i) {
        if (hidden && !filters[i].starts_with(kHiddenFamily)) continue;
        if (!GlobMatch(filters[i], scenario.id + "/" + strategy.id)) continue;
        used[i] = wanted = true;
      }
      if (wanted) part.strategies.push_back(strategy);
    }
    if (!part.strategies.empty()) chosen.push_back(std::move(part));
  }
  for (size_t i = 0; i < filters.size(); ++i) {
    if (used[i]) continue;
    const std::string near = Nearest(filters[i], AllIds(all));
    return absl::InvalidArgumentError(
        "no scenario matches '" + OneLine(filters[i], 100) + "'" +
        (near.empty() ? "" : "; did you mean '" + near + "'?") +
        " (handrail list shows them all; with --engine, those that this engine can run)");
  }
  return chosen;
}

Plan MakePlan(const std::vector<ScenarioDecl>& scenarios, const std::vector<Engine>& engines,
              const RunOptions& options, int jobs) {
  Plan plan;
  const std::vector<std::vector<std::string>> sets = SetsOf(options);
  const std::vector<Cell> cells = CellsOf(scenarios, engines, sets, plan.skipped);
  const bool asked = !options.seeds.empty() || !options.sizes.empty();
  const double budget = asked ? 0 : BudgetMs(options.profile, jobs) * static_cast<double>(sets.size());
  for (int tier = 0; tier < kTiers; ++tier) {
    for (const Cell& cell : cells) {
      const Engine& engine = engines[cell.engine];
      const std::vector<Repetition> repetitions = Tier(tier, cell, options);
      double cost = 0;
      for (const Repetition& r : repetitions) cost += CostMs(cell, engine, r.size);
      // One that alone is too long is not left out for it.
      if (budget > 0 && plan.cost_ms > 0 && plan.cost_ms + cost > budget) {
        if (tier == 0) plan.skipped.push_back(Skipped(cell, engine, "over the profile's budget"));
        continue;
      }
      plan.cost_ms += cost;
      for (const Repetition& r : repetitions) {
        plan.trials.push_back(MakeTrial(cell, engine, r, options));
      }
    }
  }
  return plan;
}

}  // namespace handrail
