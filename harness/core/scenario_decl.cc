#include "harness/core/scenario_decl.h"

#include <algorithm>

#include "harness/core/instruments.h"
#include "harness/core/text.h"

namespace handrail {

std::string_view ToString(StrategyKind kind) {
  switch (kind) {
    case StrategyKind::kCorrect:
      return "correct";
    case StrategyKind::kBroken:
      return "broken";
    case StrategyKind::kClaim:
      return "claim";
  }
  return "unknown";
}

std::optional<StrategyKind> ParseStrategyKind(std::string_view text) {
  for (StrategyKind kind : {StrategyKind::kCorrect, StrategyKind::kBroken, StrategyKind::kClaim}) {
    if (ToString(kind) == text) return kind;
  }
  return std::nullopt;
}

bool Condition::Holds(std::string_view engine_id, int v8_version,
                      const std::vector<std::string>& instruments) const {
  if (!engine.empty() && !GlobMatch(engine, engine_id)) return false;
  if (v8_version < v8_from) return false;
  if (v8_before != 0 && v8_version >= v8_before) return false;
  return instrument.empty() || InstrumentIsOn(instrument, instruments);
}

const StrategyDecl* ScenarioDecl::Find(std::string_view strategy) const {
  for (const StrategyDecl& candidate : strategies) {
    if (candidate.id == strategy) return &candidate;
  }
  return nullptr;
}

const Expectation* Applying(const StrategyDecl& strategy, std::string_view engine_id,
                            int v8_version, const std::vector<std::string>& instruments) {
  for (const Expectation& expectation : strategy.expectations) {
    if (expectation.when.Holds(engine_id, v8_version, instruments)) return &expectation;
  }
  return nullptr;
}

std::vector<const Demand*> ApplyingDemands(const StrategyDecl& strategy, std::string_view engine_id,
                                           int v8_version,
                                           const std::vector<std::string>& instruments) {
  std::vector<const Demand*> demands;
  for (const Demand& one : strategy.demands) {
    if (!InstrumentIsOn(one.instrument, instruments)) continue;
    if (!one.when.Holds(engine_id, v8_version, instruments)) continue;
    const bool answered = std::any_of(demands.begin(), demands.end(), [&](const Demand* other) {
      return other->instrument == one.instrument;
    });
    if (!answered) demands.push_back(&one);
  }
  std::erase_if(demands, [](const Demand* one) { return one->any_of.empty(); });
  return demands;
}

}  // namespace handrail
