#include "harness/runner/plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "harness/core/instruments.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

// Starting a process, measured on two cores: a fork of a zygote is in the scenario's own cost.
constexpr double kFreshMs = 40;
constexpr double kNodeMs = 80;
constexpr int64_t kDefaultTimeLimitMs = 20'000;
constexpr int kLimitToCost = 40;  // a trial may take so many times what it declares
constexpr int kSanitizerSlowdown = 4;

constexpr const char* kNeedsNode =
    "it runs inside Node, and this engine has no Node environment (node-* engines have)";

struct Cell {  // one strategy on one engine
  const ScenarioDecl* scenario;
  const StrategyDecl* strategy;
  size_t engine;
  int others = 0;  // engines before this one that run the strategy as well
};

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
  trial.request.instruments = options.instruments;
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

SkippedStrategy Skipped(const Cell& cell, const Engine& engine, std::string why) {
  return {cell.scenario->id, cell.strategy->id, cell.strategy->kind, engine.row.id, std::move(why)};
}

// An instrument that is not on and that all of the strategy's expectations ask for; empty: none.
// One that declares nothing for an engine or version is not skipped but run, and found wanting: a
// new V8 must not drop out of the table unnoticed.
std::string MissingInstrument(const Cell& cell, const Engine& engine,
                              const std::vector<std::string>& asked) {
  const std::vector<Expectation>& expectations = cell.strategy->expectations;
  const std::vector<Demand>& demands = cell.strategy->demands;
  const auto there = [&](const std::string& name) {
    return InstrumentIsOn(name, engine.catalog->instruments) || InstrumentIsOn(name, asked);
  };
  for (const Expectation& expectation : expectations) {
    const std::string& needed = expectation.when.instrument;
    if (needed.empty() || there(needed)) return "";
  }
  for (const Demand& demand : demands) {
    if (there(demand.instrument)) return "";
  }
  if (!expectations.empty()) return expectations.front().when.instrument;
  return demands.empty() ? "" : demands.front().instrument;
}

// Why what was asked for cannot be had on this engine; empty: it can.
std::string CannotDo(const std::vector<std::string>& asked, const Engine& engine) {
  for (const std::string& one : InstrumentsOfKind(InstrumentKind::kRunTime, asked)) {
    if (InstrumentIsOn(InstrumentName(one), engine.catalog->can)) continue;
    return "this engine's worker cannot do the instrument " + std::string(InstrumentName(one));
  }
  for (const std::string& one : InstrumentsOfKind(InstrumentKind::kBuild, asked)) {
    if (InstrumentIsOn(InstrumentName(one), engine.catalog->instruments)) continue;
    return "no worker of this engine is built with " + one + " (scripts/run.sh --instrument " +
           one + " builds what can be built)";
  }
  return "";
}

std::vector<Cell> CellsOf(const std::vector<ScenarioDecl>& scenarios,
                          const std::vector<Engine>& engines, const RunOptions& options,
                          Plan& plan) {
  std::vector<Cell> cells;
  for (const ScenarioDecl& scenario : scenarios) {
    for (const StrategyDecl& strategy : scenario.strategies) {
      int others = 0;
      for (size_t i = 0; i < engines.size(); ++i) {
        if (!engines[i].catalog) continue;
        Cell cell = {&scenario, &strategy, i};
        if (scenario.in_node && !engines[i].row.in_node()) {
          plan.skipped.push_back(Skipped(cell, engines[i], kNeedsNode));
          continue;
        }
        const auto& offered = engines[i].catalog->scenarios;
        const auto same = std::find_if(offered.begin(), offered.end(),
                                       [&](const auto& s) { return s.id == scenario.id; });
        if (same == offered.end() || same->Find(strategy.id) == nullptr) {
          plan.skipped.push_back(
              Skipped(cell, engines[i], "this engine's worker has no such strategy"));
        } else if (std::string cannot = CannotDo(options.instruments, engines[i]);
                   !cannot.empty()) {
          plan.skipped.push_back(Skipped(cell, engines[i], std::move(cannot)));
        } else if (const std::string missing =
                       MissingInstrument(cell, engines[i], options.instruments);
                   !missing.empty()) {
          plan.skipped.push_back(Skipped(cell, engines[i], "it needs the instrument " + missing));
        } else {
          cell.others = others++;
          cells.push_back(cell);
        }
      }
    }
  }
  // Every strategy somewhere comes before any of them elsewhere: what only one engine can run must
  // not be cut off by what another has shown already.
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& a, const Cell& b) { return a.others < b.others; });
  return cells;
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
      return 0;
  }
  return 0;
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
  const std::vector<Cell> cells = CellsOf(scenarios, engines, options, plan);
  const bool asked = !options.seeds.empty() || !options.sizes.empty();
  const double budget = asked ? 0 : BudgetMs(options.profile, jobs);
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
