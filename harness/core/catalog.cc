#include "harness/core/catalog.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "harness/core/codes.h"
#include "harness/core/instruments.h"
#include "harness/core/json_reader.h"
#include "harness/core/protocol.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxCatalog = size_t{16} << 20;
constexpr int64_t kMostSize = int64_t{1} << 40;
constexpr double kMostMs = 1e9;

Json ConditionJson(const Condition& when) {
  return {{"engine", when.engine},
          {"v8_from", when.v8_from},
          {"v8_before", when.v8_before},
          {"instrument", when.instrument}};
}

Json ExpectationJson(const Expectation& expectation) {
  Json json = ConditionJson(expectation.when);
  json["any_of"] = expectation.any_of;
  json["may"] = expectation.may;
  json["gap"] = expectation.gap;
  return json;
}

Json DemandJson(const Demand& demand) {
  return {{"with", demand.instrument},
          {"when", ConditionJson(demand.when)},
          {"any_of", demand.any_of},
          {"may", demand.may}};
}

Json RaceJson(const Race& race) {
  Json exits = Json::array();
  for (ExitKind kind : race.exits) exits.push_back(ToString(kind));
  return {{"exits", std::move(exits)}, {"least_rate", race.least_rate}, {"seeds", race.seeds}};
}

Json StrategyJson(const StrategyDecl& strategy) {
  Json expectations = Json::array();
  for (const Expectation& one : strategy.expectations) {
    expectations.push_back(ExpectationJson(one));
  }
  Json demands = Json::array();
  for (const Demand& one : strategy.demands) demands.push_back(DemandJson(one));
  Json json = {{"id", strategy.id},
               {"kind", ToString(strategy.kind)},
               {"summary", strategy.summary},
               {"expectations", std::move(expectations)},
               {"demands", std::move(demands)},
               {"time_limit_ms", strategy.time_limit_ms},
               {"fresh", strategy.fresh},
               {"policy", strategy.policy},
               {"line", strategy.line}};
  if (strategy.race) json["race"] = RaceJson(*strategy.race);
  return json;
}

Json ScenarioJson(const ScenarioDecl& scenario) {
  Json strategies = Json::array();
  for (const StrategyDecl& one : scenario.strategies) strategies.push_back(StrategyJson(one));
  return {{"id", scenario.id},
          {"title", scenario.title},
          {"story", scenario.story},
          {"reference", scenario.reference},
          {"file", scenario.file},
          {"sizes", scenario.sizes},
          {"cost_ms", scenario.cost_ms},
          {"cost_us_per_unit", scenario.cost_us_per_unit},
          {"steady_state", scenario.steady_state},
          {"in_node", scenario.in_node},
          {"strategies", std::move(strategies)}};
}

// An unknown code can never be found, so a declaration that asks for one is a slip of the pen.
std::vector<std::string> ReadKnownCodes(const JsonReader& json) {
  std::vector<std::string> codes = json.Codes(64);
  for (const std::string& code : codes) {
    if (json.ok() && FindCode(code) == nullptr) json.Fail("there is no code " + code);
  }
  return codes;
}

Condition ReadCondition(const JsonReader& json) {
  Condition when;
  when.engine = json.Field("engine").Text(128);
  when.v8_from = static_cast<int>(json.Field("v8_from").Int(0, 99999));
  when.v8_before = static_cast<int>(json.Field("v8_before").Int(0, 99999));
  when.instrument = json.Field("instrument").Text(128);
  return when;
}

Expectation ReadExpectation(const JsonReader& json) {
  Expectation expectation;
  expectation.when = ReadCondition(json);
  expectation.any_of = ReadKnownCodes(json.Field("any_of"));
  expectation.may = ReadKnownCodes(json.Field("may"));
  expectation.gap = json.Field("gap").Text();
  return expectation;
}

// An instrument that is not in our table can never be on, so it too is a slip of the pen.
Demand ReadDemand(const JsonReader& json) {
  Demand demand;
  demand.instrument = json.Field("with").Id();
  if (json.ok() && FindInstrument(demand.instrument) == nullptr) {
    json.Field("with").Fail("there is no instrument " + demand.instrument);
  }
  demand.when = ReadCondition(json.Field("when"));
  demand.any_of = ReadKnownCodes(json.Field("any_of"));
  demand.may = ReadKnownCodes(json.Field("may"));
  return demand;
}

Race ReadRace(const JsonReader& json) {
  Race race;
  for (const JsonReader& item : json.Field("exits").Items(16)) {
    std::optional<ExitKind> kind = ParseExitKind(item.Text());
    if (!kind) item.Fail("not a kind of exit");
    race.exits.push_back(kind.value_or(ExitKind::kClean));
  }
  race.least_rate = json.Field("least_rate").Number(0, 1);
  race.seeds = static_cast<int>(json.Field("seeds").Int(1, 10000));
  return race;
}

StrategyDecl ReadStrategy(const JsonReader& json) {
  StrategyDecl strategy;
  strategy.id = json.Field("id").Id();
  std::optional<StrategyKind> kind = ParseStrategyKind(json.Field("kind").Text());
  if (!kind) json.Field("kind").Fail("neither correct, broken nor claim");
  strategy.kind = kind.value_or(StrategyKind::kCorrect);
  strategy.summary = json.Field("summary").Text();
  for (const JsonReader& item : json.Field("expectations").Items(64)) {
    strategy.expectations.push_back(ReadExpectation(item));
  }
  for (const JsonReader& item : json.Field("demands").Items(64)) {
    strategy.demands.push_back(ReadDemand(item));
  }
  if (strategy.kind == StrategyKind::kCorrect && !strategy.expectations.empty()) {
    json.Field("expectations").Fail("a correct strategy expects no finding");
  }
  if (strategy.kind != StrategyKind::kCorrect && strategy.expectations.empty() &&
      strategy.demands.empty()) {
    json.Field("expectations").Fail("none: what must a broken strategy or a claim give?");
  }
  if (strategy.kind != StrategyKind::kBroken && !strategy.demands.empty()) {
    json.Field("demands").Fail("only a broken strategy proves an instrument");
  }
  if (json.Has("race")) strategy.race = ReadRace(json.Field("race"));
  strategy.time_limit_ms = json.Field("time_limit_ms").Int(0, static_cast<int64_t>(kMostMs));
  strategy.fresh = json.Field("fresh").Bool();
  strategy.policy = json.Field("policy").Text();
  strategy.line = static_cast<int>(json.Field("line").Int(0, INT32_MAX));
  return strategy;
}

// `explain` opens this file, so a worker must not be able to name one outside the checkout.
std::string ReadSourceFile(const JsonReader& json) {
  std::string file = json.Text(4096);
  bool outside = file.substr(0, 1) == "/" || ("/" + file + "/").find("/../") != std::string::npos;
  if (outside || file.find('\0') != std::string::npos) json.Fail("not a path in the repository");
  return file;
}

std::vector<int64_t> ReadSizes(const JsonReader& json) {
  std::vector<int64_t> sizes;
  for (const JsonReader& item : json.Items(64)) {
    int64_t size = item.Int(1, kMostSize);
    if (!sizes.empty() && size <= sizes.back()) item.Fail("sizes go from small to large");
    sizes.push_back(size);
  }
  if (sizes.empty()) json.Fail("no size");
  return sizes;
}

ScenarioDecl ReadScenario(const JsonReader& json) {
  ScenarioDecl scenario;
  scenario.id = json.Field("id").ScenarioId();
  scenario.title = json.Field("title").Text();
  scenario.story = json.Field("story").Text();
  scenario.reference = json.Field("reference").Text();
  scenario.file = ReadSourceFile(json.Field("file"));
  scenario.sizes = ReadSizes(json.Field("sizes"));
  scenario.cost_ms = json.Field("cost_ms").Number(0, kMostMs);
  scenario.cost_us_per_unit = json.Field("cost_us_per_unit").Number(0, kMostMs);
  scenario.steady_state = json.Field("steady_state").Bool();
  scenario.in_node = json.Field("in_node").Bool();
  std::set<std::string> seen;
  for (const JsonReader& item : json.Field("strategies").Items(1000)) {
    scenario.strategies.push_back(ReadStrategy(item));
    if (!seen.insert(scenario.strategies.back().id).second) item.Field("id").Fail("twice");
  }
  if (scenario.strategies.empty()) json.Field("strategies").Fail("none");
  return scenario;
}

}  // namespace

std::string ToJson(const Catalog& catalog) {
  Json scenarios = Json::array();
  for (const ScenarioDecl& one : catalog.scenarios) scenarios.push_back(ScenarioJson(one));
  Json json = {{"protocol", kProtocolVersion},       {"engine", catalog.engine},
               {"v8_version", catalog.v8_version},   {"can_fork", catalog.can_fork},
               {"instruments", catalog.instruments}, {"can", catalog.can},
               {"scenarios", std::move(scenarios)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Catalog> ParseCatalog(std::string_view json, std::string* error) {
  error->clear();
  std::optional<Json> parsed = ParseJson(json, kMaxCatalog, error);
  if (!parsed) return std::nullopt;
  JsonReader reader(*parsed, error);
  reader.Field("protocol").Int(kProtocolVersion, kProtocolVersion);
  Catalog catalog;
  catalog.engine = reader.Field("engine").Id();
  catalog.v8_version = reader.Field("v8_version").Text(256);
  if (reader.ok() && V8VersionNumber(catalog.v8_version) == 0) {
    reader.Field("v8_version").Fail("not a version");
  }
  catalog.can_fork = reader.Field("can_fork").Bool();
  catalog.instruments = reader.Field("instruments").Ids(64);
  catalog.can = reader.Field("can").Ids(64);
  std::set<std::string> seen;
  for (const JsonReader& item : reader.Field("scenarios").Items(10000)) {
    catalog.scenarios.push_back(ReadScenario(item));
    if (!seen.insert(catalog.scenarios.back().id).second) item.Field("id").Fail("twice");
    if (!reader.ok()) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  return catalog;
}

int V8VersionNumber(std::string_view version) {
  int numbers[2] = {0, 0};
  for (int& number : numbers) {
    size_t digits = 0;
    while (digits < version.size() && version[digits] >= '0' && version[digits] <= '9') {
      number = number * 10 + (version[digits] - '0');
      if (++digits > 3) return 0;
    }
    if (digits == 0) return 0;
    version.remove_prefix(digits);
    if (&number == &numbers[0]) {
      if (version.empty() || version[0] != '.') return 0;
      version.remove_prefix(1);
    }
  }
  bool ends_well = version.empty() || version[0] == '.' || version[0] == '-';
  return ends_well && numbers[1] < 100 ? numbers[0] * 100 + numbers[1] : 0;
}

}  // namespace handrail
