// handrail explain: what a finding's code means, or what a scenario tells and how its strategies
// differ, from the source.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "harness/cli/session.h"
#include "harness/cli/source.h"
#include "harness/cli/verbs.h"
#include "harness/core/codes.h"
#include "harness/core/text.h"
#include "reports/layout.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

constexpr int kWidth = 98;

void PrintWrapped(const char* first, std::string_view text) {
  std::fputs(JoinLines(Wrap(first, OneLine(text, 4000), kWidth)).c_str(), stdout);
}

int ExplainCode(const CodeInfo& info, bool json) {
  if (json) {
    const Json out = {{"code", info.code}, {"title", info.title}, {"why", info.why},
                      {"fix", info.fix},   {"seen", info.seen}};
    std::puts(out.dump(2).c_str());
    return 0;
  }
  PrintWrapped("", std::string(info.code) + ": " + std::string(info.title));
  PrintWrapped("  why:   ", info.why);
  PrintWrapped("  fix:   ", info.fix);
  PrintWrapped("  seen:  ", info.seen);
  return 0;
}

std::string VersionWords(int version) {
  return std::to_string(version / 100) + "." + std::to_string(version % 100);
}

std::string AnyOf(const std::vector<std::string>& codes) {
  std::string text;
  for (const std::string& code : codes) text += (text.empty() ? "" : " or ") + code;
  return text;
}

std::string Where(const Condition& when) {
  std::string where;
  if (!when.engine.empty()) where += " on " + when.engine;
  if (when.v8_from > 0) where += " from V8 " + VersionWords(when.v8_from);
  if (when.v8_before > 0) where += " before V8 " + VersionWords(when.v8_before);
  if (!when.instrument.empty()) where += " with " + when.instrument;
  return where;
}

std::string Words(const StrategyDecl& strategy, const Expectation& expectation) {
  const bool claim = strategy.kind == StrategyKind::kClaim;
  const std::string codes = AnyOf(expectation.any_of);
  const std::string where = Where(expectation.when);
  if (!expectation.gap.empty()) return "known gap" + where + ": " + expectation.gap;
  if (claim && codes.empty()) return "decided by what its trials measure" + where;
  return (claim ? "foretells " : "gives ") + codes + where;
}

std::string Words(const Demand& demand) {
  const std::string with = "with " + demand.instrument;
  if (demand.any_of.empty()) return with + ": as without it" + Where(demand.when);
  return with + ": gives " + AnyOf(demand.any_of) + Where(demand.when);
}

// All that is declared of a strategy, one text each.
std::vector<std::string> Declared(const StrategyDecl& strategy) {
  std::vector<std::string> texts;
  for (const Expectation& one : strategy.expectations) texts.push_back(Words(strategy, one));
  for (const Demand& one : strategy.demands) texts.push_back(Words(one));
  return texts;
}

void PrintStrategy(const ScenarioDecl& scenario, const StrategyDecl& strategy) {
  std::printf("\n");
  PrintWrapped("", std::string(ToString(strategy.kind)) + "  " + strategy.id + ": " +
                       strategy.summary);
  for (const std::string& text : Declared(strategy)) PrintWrapped("  ", text);
  const auto [file, lines] = FindStruct(scenario.file, strategy.policy);
  if (lines.empty()) {
    std::printf("  see %s:%d\n", scenario.file.c_str(), strategy.line);
    return;
  }
  std::printf("  --> %s:%d\n", file.c_str(), lines.front().number);
  for (const SourceLine& line : lines) {
    std::printf("  %4d | %s\n", line.number, OneLine(line.text, 200).c_str());
  }
}

void ExplainScenario(const ScenarioDecl& scenario) {
  PrintWrapped("", scenario.id + ": " + scenario.title);
  if (!scenario.story.empty()) PrintWrapped("  story: ", scenario.story);
  if (!scenario.reference.empty()) PrintWrapped("  from:  ", scenario.reference);
  for (const StrategyDecl& strategy : scenario.strategies) PrintStrategy(scenario, strategy);
  std::printf("\nrun it: build/bin/handrail run %s\n", scenario.id.c_str());
}

Json ToJson(const ScenarioDecl& scenario) {
  Json strategies = Json::array();
  for (const StrategyDecl& strategy : scenario.strategies) {
    strategies.push_back({{"id", strategy.id},
                          {"kind", ToString(strategy.kind)},
                          {"summary", strategy.summary},
                          {"expectations", Declared(strategy)},
                          {"line", strategy.line}});
  }
  return {{"id", scenario.id},       {"title", scenario.title},         {"story", scenario.story},
          {"file", scenario.file},   {"reference", scenario.reference}, {"strategies", strategies}};
}

int ListCodes(bool json) {
  Json out = Json::array();
  for (const CodeInfo& info : AllCodes()) {
    out.push_back({{"code", info.code}, {"title", info.title}});
    if (!json) std::printf("%s  %s\n", std::string(info.code).c_str(), std::string(info.title).c_str());
  }
  if (json) std::puts(out.dump(2).c_str());
  return 0;
}

}  // namespace

int ExplainVerb(const Arguments& arguments) {
  if (arguments.topic.empty()) return ListCodes(arguments.json);
  std::string code = arguments.topic;
  std::transform(code.begin(), code.end(), code.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  if (const CodeInfo* info = FindCode(code)) return ExplainCode(*info, arguments.json);
  const auto engines = FindEngines({});
  if (!engines.ok()) return NoEngines(engines.status());
  TellProblems(*engines);
  const auto scenarios = ChooseScenarios(MergeCatalogs(*engines), {arguments.topic});
  if (!scenarios.ok()) {
    std::vector<std::string> codes;
    for (const CodeInfo& info : AllCodes()) codes.emplace_back(info.code);
    const std::string near = Nearest(arguments.topic, codes);
    const std::string hint = near.empty() ? "" : "; or the finding code " + near + "?";
    return Complain(std::string(scenarios.status().message()) + hint, kExitUsage);
  }
  Json out = Json::array();
  for (const ScenarioDecl& scenario : *scenarios) {
    if (arguments.json) {
      out.push_back(ToJson(scenario));
      continue;
    }
    if (&scenario != &scenarios->front()) std::puts("");
    ExplainScenario(scenario);
  }
  if (arguments.json) std::puts(out.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace handrail
