#include "harness/runner/plan_cells.h"

#include <algorithm>
#include <utility>

#include "harness/core/instruments.h"

namespace handrail {
namespace {

using Instruments = std::vector<std::string>;

constexpr const char* kNeedsNode =
    "it runs inside Node, and this engine has no Node environment (node-* engines have)";

Instruments AllOf(const Cell& cell, const Engine& engine) {
  Instruments all = engine.row.instruments;
  all.insert(all.end(), cell.instruments.begin(), cell.instruments.end());
  return InOrder(std::move(all));
}

// Why the instruments cannot be had from this worker; empty: they can.
std::string CannotDo(const Cell& cell, const Engine& engine) {
  for (const std::string& one : InstrumentsOfKind(InstrumentKind::kRunTime, cell.instruments)) {
    if (InstrumentIsOn(InstrumentName(one), engine.catalog->can)) continue;
    return "this engine's worker cannot do the instrument " + std::string(InstrumentName(one));
  }
  return "";
}

// An instrument that is not on and that all of the strategy's expectations ask for; empty: none.
// One that declares nothing for an engine or version is not skipped but run, and found wanting: a
// new V8 must not drop out of the table unnoticed.
std::string MissingInstrument(const Cell& cell, const Engine& engine) {
  const std::vector<Expectation>& expectations = cell.strategy->expectations;
  const std::vector<Demand>& demands = cell.strategy->demands;
  const Instruments on = AllOf(cell, engine);
  for (const Expectation& expectation : expectations) {
    const std::string& needed = expectation.when.instrument;
    if (needed.empty() || InstrumentIsOn(needed, on)) return "";
  }
  for (const Demand& demand : demands) {
    if (InstrumentIsOn(demand.instrument, on)) return "";
  }
  if (!expectations.empty()) return expectations.front().when.instrument;
  return demands.empty() ? "" : demands.front().instrument;
}

bool Offers(const Engine& engine, const Cell& cell) {
  const std::vector<ScenarioDecl>& offered = engine.catalog->scenarios;
  const auto same = std::find_if(offered.begin(), offered.end(), [&](const ScenarioDecl& one) {
    return one.id == cell.scenario->id;
  });
  return same != offered.end() && same->Find(cell.strategy->id) != nullptr;
}

// Why this cell is not run; empty: it is.
std::string WhyNot(const Cell& cell, const Engine& engine) {
  if (cell.scenario->in_node && !engine.row.in_node()) return kNeedsNode;
  if (!Offers(engine, cell)) return "this engine's worker has no such strategy";
  if (std::string cannot = CannotDo(cell, engine); !cannot.empty()) return cannot;
  const std::string missing = MissingInstrument(cell, engine);
  return missing.empty() ? "" : "it needs the instrument " + missing;
}

// Makes the cells of one strategy, on each engine with each set.
class CellsOfStrategy {
 public:
  CellsOfStrategy(const std::vector<Engine>& engines, std::vector<SkippedStrategy>& skipped,
                  std::vector<Cell>& cells)
      : engines_(engines), skipped_(skipped), cells_(cells), first_(cells.size()) {
    for (const Engine& engine : engines) rows_.push_back(engine.row);
  }

  void Add(Cell cell, const std::string& id, const Instruments& set) {
    const Instruments build = InstrumentsOfKind(InstrumentKind::kBuild, set);
    const auto variant = VariantOf(rows_, id, build);
    // Build instruments are the worker's own; it is told the others.
    cell.instruments = InstrumentsNotOfKind(InstrumentKind::kBuild, set);
    if (!variant) return NoVariant(cell, id, set, build);
    cell.engine = *variant;
    const Engine& engine = engines_[cell.engine];
    if (!engine.catalog || Known(cell)) return;
    if (std::string why = WhyNot(cell, engine); !why.empty()) {
      skipped_.push_back(Skipped(cell, engine, std::move(why)));
      return;
    }
    if (engine_ids_.empty() || engine_ids_.back() != id) engine_ids_.push_back(id);
    cell.others = static_cast<int>(engine_ids_.size()) - 1;
    cells_.push_back(std::move(cell));
  }

 private:
  // An engine that exists with a sanitizer only gives the same cell for "none" and for "asan".
  bool Known(const Cell& cell) const {
    return std::any_of(cells_.begin() + static_cast<std::ptrdiff_t>(first_), cells_.end(),
                       [&](const Cell& other) {
                         return other.engine == cell.engine &&
                                other.instruments == cell.instruments;
                       });
  }

  void NoVariant(const Cell& cell, const std::string& id, const Instruments& set,
                 const Instruments& build) {
    const std::string name = InstrumentSetName(build);
    skipped_.push_back({cell.scenario->id, cell.strategy->id, cell.strategy->kind, id,
                        "no worker of this engine is built with " + name, set});
  }

  const std::vector<Engine>& engines_;
  std::vector<EngineRow> rows_;
  std::vector<SkippedStrategy>& skipped_;
  std::vector<Cell>& cells_;
  const size_t first_;
  std::vector<std::string> engine_ids_;  // those that run it
};

// Each id once, in the engines' order.
std::vector<std::string> IdsOf(const std::vector<Engine>& engines) {
  std::vector<std::string> ids;
  for (const Engine& engine : engines) {
    if (std::find(ids.begin(), ids.end(), engine.row.id) == ids.end()) ids.push_back(engine.row.id);
  }
  return ids;
}

}  // namespace

SkippedStrategy Skipped(const Cell& cell, const Engine& engine, std::string why) {
  return {cell.scenario->id, cell.strategy->id, cell.strategy->kind,
          engine.row.id,     std::move(why),    AllOf(cell, engine)};
}

std::vector<Cell> CellsOf(const std::vector<ScenarioDecl>& scenarios,
                          const std::vector<Engine>& engines, const std::vector<Instruments>& sets,
                          std::vector<SkippedStrategy>& skipped) {
  const std::vector<std::string> ids = IdsOf(engines);
  std::vector<Cell> cells;
  for (const ScenarioDecl& scenario : scenarios) {
    for (const StrategyDecl& strategy : scenario.strategies) {
      CellsOfStrategy of_strategy(engines, skipped, cells);
      for (const std::string& id : ids) {
        // What a document asserts is measured once: instruments would only distort it.
        const size_t count = strategy.kind == StrategyKind::kClaim ? 1 : sets.size();
        for (size_t set = 0; set < count; ++set) {
          of_strategy.Add({&scenario, &strategy, 0, set, {}}, id, sets[set]);
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

}  // namespace handrail
