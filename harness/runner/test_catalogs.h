// Engines and scenarios made up for the tests of the plan. Any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/core/scenario_decl.h"
#include "harness/runner/engine_table.h"

namespace handrail::testing {

inline StrategyDecl Strategy(std::string id, StrategyKind kind = StrategyKind::kCorrect) {
  StrategyDecl strategy;
  strategy.id = std::move(id);
  strategy.kind = kind;
  if (kind != StrategyKind::kCorrect) strategy.expectations = {{.any_of = {"HD010"}}};
  return strategy;
}

inline ScenarioDecl MakeScenario(std::string id, std::vector<StrategyDecl> strategies,
                                 std::vector<int64_t> sizes = {1}, double cost_ms = 10) {
  ScenarioDecl scenario;
  scenario.id = std::move(id);
  scenario.sizes = std::move(sizes);
  scenario.cost_ms = cost_ms;
  scenario.strategies = std::move(strategies);
  return scenario;
}

inline Engine MakeEngine(std::string id, std::vector<ScenarioDecl> scenarios) {
  Engine engine;
  engine.row.id = id;
  engine.row.kind = id.starts_with("node-") ? "node-addon" : "executable";
  engine.catalog = Catalog();
  engine.catalog->engine = std::move(id);
  engine.catalog->v8_version = "10.2.154";
  engine.catalog->can_fork = true;
  engine.catalog->scenarios = std::move(scenarios);
  return engine;
}

}  // namespace handrail::testing
