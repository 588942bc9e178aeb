// What a strategy must give with the instruments that are on, and how findings lie to it. Internal to
// the judge. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/finding.h"
#include "harness/core/scenario_decl.h"

namespace handrail {

bool Holds(const std::vector<std::string>& codes, const std::string& code);

// The expectation that applies, with the demands of the instruments that are on. With a demand, what
// the expectation itself wants may come along: then it is the demands that must be met.
struct Wanted {
  Expectation expectation;
  bool declared = false;  // there is anything of it at all
  std::vector<const Demand*> demands;
  bool harmed = false;  // what it is about came about
};

// Points into `strategy`.
Wanted WantedOf(const StrategyDecl& strategy, std::string_view engine, int v8_version,
                const std::vector<std::string>& instruments);

// The first demand that no finding meets; nullptr: all are met.
const Demand* Unmet(const Wanted& wanted, const std::vector<Finding>& findings);

struct Match {
  const Finding* hit = nullptr;    // the first that is declared
  const Finding* extra = nullptr;  // the first that is neither declared nor allowed
  const Finding* first = nullptr;  // the first of all
};

Match Compare(const std::vector<Finding>& findings, const Expectation& expectation);

}  // namespace handrail
