// handrail list: what there is to run.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "harness/cli/session.h"
#include "harness/cli/verbs.h"
#include "harness/core/catalog.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

void PrintText(const std::vector<ScenarioDecl>& scenarios) {
  for (const ScenarioDecl& scenario : scenarios) {
    std::printf("%s  %s\n", scenario.id.c_str(), OneLine(scenario.title).c_str());
    for (const StrategyDecl& strategy : scenario.strategies) {
      std::printf("  %-8s %-34s %s\n", std::string(ToString(strategy.kind)).c_str(),
                  strategy.id.c_str(), OneLine(strategy.summary).c_str());
    }
  }
}

// {"quarantine": ["HD001"]}: what each instrument must find somewhere.
Json Demanded(const StrategyDecl& strategy) {
  Json demanded = Json::object();
  for (const Demand& demand : strategy.demands) {
    Json& codes = demanded[demand.instrument];
    if (codes.is_null()) codes = Json::array();
    for (const std::string& code : demand.any_of) {
      if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
    }
  }
  return demanded;
}

void PrintJson(const std::vector<ScenarioDecl>& scenarios) {
  Json out = Json::array();
  for (const ScenarioDecl& scenario : scenarios) {
    for (const StrategyDecl& strategy : scenario.strategies) {
      out.push_back({{"id", scenario.id + "/" + strategy.id},
                     {"kind", ToString(strategy.kind)},
                     {"title", scenario.title},
                     {"summary", strategy.summary},
                     {"with", Demanded(strategy)},
                     {"file", scenario.file},
                     {"line", strategy.line}});
    }
  }
  std::puts(out.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

}  // namespace

int ListVerb(const Arguments& arguments) {
  const auto engines = FindEngines(arguments.run.engines);
  if (!engines.ok()) return NoEngines(engines.status());
  TellProblems(*engines);
  const std::vector<ScenarioDecl> all = MergeCatalogs(*engines);
  if (all.empty()) return Complain("no engine could be asked for its scenarios", kExitNothingRan);
  const auto scenarios = ChooseScenarios(all, arguments.run.filters);
  if (!scenarios.ok()) return Complain(std::string(scenarios.status().message()), kExitUsage);
  if (arguments.json) {
    PrintJson(*scenarios);
  } else {
    PrintText(*scenarios);
  }
  return scenarios->empty() ? kExitNothingRan : 0;
}

}  // namespace handrail
