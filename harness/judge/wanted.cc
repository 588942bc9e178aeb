#include "harness/judge/wanted.h"

#include <algorithm>

namespace handrail {

bool Holds(const std::vector<std::string>& codes, const std::string& code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Wanted WantedOf(const StrategyDecl& strategy, std::string_view engine, int v8_version,
                const std::vector<std::string>& instruments) {
  Wanted wanted;
  const Expectation* applying = Applying(strategy, engine, v8_version, instruments);
  if (applying != nullptr) wanted.expectation = *applying;
  wanted.demands = ApplyingDemands(strategy, engine, v8_version, instruments);
  wanted.declared = applying != nullptr || !wanted.demands.empty();
  if (wanted.demands.empty()) return wanted;
  Expectation& all = wanted.expectation;
  all.gap.clear();
  all.may.insert(all.may.end(), all.any_of.begin(), all.any_of.end());
  all.any_of.clear();
  for (const Demand* demand : wanted.demands) {
    all.any_of.insert(all.any_of.end(), demand->any_of.begin(), demand->any_of.end());
    all.may.insert(all.may.end(), demand->may.begin(), demand->may.end());
  }
  return wanted;
}

const Demand* Unmet(const Wanted& wanted, const std::vector<Finding>& findings) {
  for (const Demand* demand : wanted.demands) {
    const bool met = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return Holds(demand->any_of, finding.code);
    });
    if (!met) return demand;
  }
  return nullptr;
}

Match Compare(const std::vector<Finding>& findings, const Expectation& expectation) {
  Match match;
  for (const Finding& finding : findings) {
    bool declared = Holds(expectation.any_of, finding.code);
    bool allowed = declared || Holds(expectation.may, finding.code);
    if (match.first == nullptr) match.first = &finding;
    if (declared && match.hit == nullptr) match.hit = &finding;
    if (!allowed && match.extra == nullptr) match.extra = &finding;
  }
  return match;
}

}  // namespace handrail
