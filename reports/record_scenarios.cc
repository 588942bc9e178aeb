#include "reports/record_scenarios.h"

#include "reports/record_reading.h"

namespace handrail {
namespace {

using Layout = JsonWriter::Layout;

void WriteCondition(JsonWriter& json, const Condition& when) {
  if (!when.engine.empty()) json.Text("engine", when.engine);
  if (when.v8_from != 0) json.Number("v8_from", when.v8_from);
  if (when.v8_before != 0) json.Number("v8_before", when.v8_before);
  if (!when.instrument.empty()) json.Text("instrument", when.instrument);
}

void WriteExpectation(JsonWriter& json, const Expectation& expectation) {
  json.BeginObject();
  WriteCondition(json, expectation.when);
  json.Texts("any_of", expectation.any_of);
  json.Texts("may", expectation.may);
  if (!expectation.gap.empty()) json.Text("gap", expectation.gap);
  json.End();
}

void WriteDemands(JsonWriter& json, const std::vector<Demand>& demands) {
  if (demands.empty()) return;
  json.Key("demands");
  json.BeginArray();
  for (const Demand& demand : demands) {
    json.BeginObject();
    json.Text("with", demand.instrument);
    WriteCondition(json, demand.when);
    json.Texts("any_of", demand.any_of);
    json.Texts("may", demand.may);
    json.End();
  }
  json.End();
}

void WriteRace(JsonWriter& json, const Race& race) {
  json.Key("race");
  json.BeginObject();
  json.Key("exits");
  json.BeginArray();
  for (ExitKind kind : race.exits) json.Text(ToString(kind));
  json.End();
  json.Real("least_rate", race.least_rate);
  json.Number("seeds", race.seeds);
  json.End();
}

void WriteStrategy(JsonWriter& json, const StrategyDecl& strategy) {
  json.BeginObject();
  json.Text("id", strategy.id);
  json.Text("kind", ToString(strategy.kind));
  json.Text("summary", strategy.summary);
  json.Key("expectations");
  json.BeginArray();
  for (const Expectation& expectation : strategy.expectations) WriteExpectation(json, expectation);
  json.End();
  WriteDemands(json, strategy.demands);
  if (strategy.race) WriteRace(json, *strategy.race);
  json.Number("time_limit_ms", strategy.time_limit_ms);
  json.Flag("fresh", strategy.fresh);
  json.Text("policy", strategy.policy);
  json.Number("line", strategy.line);
  json.End();
}

Condition ReadCondition(const JsonReader& json) {
  return {TextOr(json, "engine"), IntOr(json, "v8_from", 0), IntOr(json, "v8_before", 0),
          TextOr(json, "instrument")};
}

Expectation ReadExpectation(const JsonReader& json) {
  Expectation expectation;
  expectation.when = ReadCondition(json);
  expectation.any_of = ReadTexts(json, "any_of");
  expectation.may = ReadTexts(json, "may");
  expectation.gap = TextOr(json, "gap");
  return expectation;
}

Race ReadRace(const JsonReader& json) {
  Race race;
  for (const JsonReader& item : json.Field("exits").Items(kMostItems)) {
    race.exits.push_back(Word(item, ParseExitKind, ExitKind::kClean));
  }
  race.least_rate = RealOr(json, "least_rate", 0);
  race.seeds = IntOr(json, "seeds", race.seeds);
  return race;
}

StrategyDecl ReadStrategy(const JsonReader& json) {
  StrategyDecl strategy;
  strategy.id = ReadText(json, "id");
  strategy.kind = Word(json.Field("kind"), ParseStrategyKind, StrategyKind::kCorrect);
  strategy.summary = ReadText(json, "summary");
  for (const JsonReader& item : json.Field("expectations").Items(kMostItems)) {
    strategy.expectations.push_back(ReadExpectation(item));
  }
  if (json.Has("demands")) {
    for (const JsonReader& item : json.Field("demands").Items(kMostItems)) {
      strategy.demands.push_back({ReadText(item, "with"), ReadTexts(item, "any_of"),
                                  ReadCondition(item), ReadTexts(item, "may")});
    }
  }
  if (json.Has("race")) strategy.race = ReadRace(json.Field("race"));
  strategy.time_limit_ms = json.Field("time_limit_ms").Int(0, INT64_MAX);
  strategy.fresh = json.Field("fresh").Bool();
  strategy.policy = ReadText(json, "policy");
  strategy.line = IntOr(json, "line", 0);
  return strategy;
}

}  // namespace

void WriteScenario(JsonWriter& json, const ScenarioDecl& scenario) {
  json.BeginObject();
  json.Text("id", scenario.id);
  json.Text("title", scenario.title);
  json.Text("story", scenario.story);
  json.Text("reference", scenario.reference);
  json.Text("file", scenario.file);
  json.Key("sizes");
  json.BeginArray();
  for (int64_t size : scenario.sizes) json.Number(size);
  json.End();
  json.Real("cost_ms", scenario.cost_ms);
  json.Real("cost_us_per_unit", scenario.cost_us_per_unit);
  json.Flag("steady_state", scenario.steady_state);
  json.Key("strategies");
  json.BeginArray(Layout::kLines);
  for (const StrategyDecl& strategy : scenario.strategies) WriteStrategy(json, strategy);
  json.End();
  json.End();
}

ScenarioDecl ReadScenario(const JsonReader& json) {
  ScenarioDecl scenario;
  scenario.id = ReadText(json, "id");
  scenario.title = ReadText(json, "title");
  scenario.story = ReadText(json, "story");
  scenario.reference = ReadText(json, "reference");
  scenario.file = ReadText(json, "file");
  scenario.sizes.clear();
  for (const JsonReader& item : json.Field("sizes").Items(kMostItems)) {
    scenario.sizes.push_back(item.Int(INT64_MIN, INT64_MAX));
  }
  scenario.cost_ms = RealOr(json, "cost_ms", 0);
  scenario.cost_us_per_unit = RealOr(json, "cost_us_per_unit", 0);
  scenario.steady_state = json.Field("steady_state").Bool();
  for (const JsonReader& item : json.Field("strategies").Items(kMostItems)) {
    scenario.strategies.push_back(ReadStrategy(item));
  }
  return scenario;
}

}  // namespace handrail
