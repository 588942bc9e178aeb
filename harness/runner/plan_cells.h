// The cells of a plan: which strategy runs on which worker with which instruments, and what is not
// run, with the reason. Internal to the plan. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "harness/core/scenario_decl.h"
#include "harness/runner/engine_table.h"
#include "harness/runner/plan.h"

namespace handrail {

struct Cell {
  const ScenarioDecl* scenario;
  const StrategyDecl* strategy;
  size_t engine;                         // the worker's, among the engines
  size_t set;                            // of SetsOf(options)
  std::vector<std::string> instruments;  // what its worker is told: run-time ones and removals
  int others = 0;  // engines before this one on which the strategy runs as well
};

// Every strategy once, with all sets side by side, comes before any of them on another engine. What
// cannot be run is added to `skipped`.
std::vector<Cell> CellsOf(const std::vector<ScenarioDecl>& scenarios,
                          const std::vector<Engine>& engines,
                          const std::vector<std::vector<std::string>>& sets,
                          std::vector<SkippedStrategy>& skipped);

SkippedStrategy Skipped(const Cell& cell, const Engine& engine, std::string why);

}  // namespace handrail
