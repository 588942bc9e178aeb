#include "harness/core/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Catalog Sample() {
  StrategyDecl correct;
  correct.id = "global-in-map";
  StrategyDecl broken;
  broken.id = "local-in-map";
  broken.kind = StrategyKind::kBroken;
  broken.summary = "keeps a Local past its scope";
  broken.expectations = {
      {.when = {"node-*", 1400, 1500, "asan"}, .any_of = {"HD010"}, .may = {"PR001"}, .gap = ""},
      {.when = {}, .any_of = {}, .may = {}, .gap = "nothing sees it yet"}};
  broken.demands = {{.instrument = "quarantine",
                     .any_of = {"HD010"},
                     .when = {.engine = "libnode"},
                     .may = {"PX002"}}};
  broken.race = Race{{ExitKind::kClean, ExitKind::kSignal}, 0.25, 20};
  broken.time_limit_ms = 500;
  broken.fresh = true;
  broken.policy = "LocalInMap";
  broken.line = 77;
  ScenarioDecl scenario;
  scenario.id = "escape/resolver-map";
  scenario.title = "Resolvers in a map";
  scenario.file = "scenarios/escape/resolver_map.cc";
  scenario.sizes = {10, 1000};
  scenario.cost_us_per_unit = 1.5;
  scenario.steady_state = true;
  scenario.in_node = true;
  scenario.strategies = {correct, broken};
  return {"libnode", "10.2.154.26-node.36", true, {"asan"}, {"quarantine"}, {scenario}};
}

// The sample's JSON with the first `from` in it made `to`, parsed: what is said to be wrong.
std::string ErrorWith(const std::string& from, const std::string& to) {
  std::string json = ToJson(Sample());
  size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << json;
  if (at != std::string::npos) json.replace(at, from.size(), to);
  std::string error;
  EXPECT_FALSE(ParseCatalog(json, &error).has_value()) << from << " -> " << to;
  return error;
}

TEST(Catalog, SurvivesTheRoundTrip) {
  std::string error;
  std::optional<Catalog> parsed = ParseCatalog(ToJson(Sample()), &error);
  ASSERT_TRUE(parsed.has_value()) << error;
  EXPECT_EQ(ToJson(*parsed), ToJson(Sample()));
  EXPECT_EQ(parsed->v8_version, "10.2.154.26-node.36");
  EXPECT_TRUE(parsed->can_fork);
  const ScenarioDecl& scenario = parsed->scenarios.at(0);
  EXPECT_THAT(scenario.sizes, ElementsAre(10, 1000));
  EXPECT_TRUE(scenario.in_node);
  const StrategyDecl& broken = scenario.strategies.at(1);
  EXPECT_EQ(broken.kind, StrategyKind::kBroken);
  EXPECT_EQ(broken.expectations.at(0).when.v8_before, 1500);
  EXPECT_EQ(broken.expectations.at(1).gap, "nothing sees it yet");
  EXPECT_EQ(broken.demands.at(0).instrument, "quarantine");
  EXPECT_EQ(broken.demands.at(0).when.engine, "libnode");
  EXPECT_THAT(broken.demands.at(0).any_of, ElementsAre("HD010"));
  EXPECT_THAT(broken.demands.at(0).may, ElementsAre("PX002"));
  EXPECT_THAT(parsed->can, ElementsAre("quarantine"));
  ASSERT_TRUE(broken.race.has_value());
  EXPECT_THAT(broken.race->exits, ElementsAre(ExitKind::kClean, ExitKind::kSignal));
  EXPECT_FALSE(scenario.strategies.at(0).race.has_value());
}

TEST(Catalog, IsRefusedWhereverItIsCutOff) {
  std::string json = ToJson(Sample());
  for (size_t length = 0; length < json.size(); length += 7) {
    std::string error;
    EXPECT_FALSE(ParseCatalog(json.substr(0, length), &error).has_value());
    EXPECT_THAT(error, StartsWith("not JSON: "));
  }
}

TEST(Catalog, NamesThePlaceOfWhatIsMissing) {
  EXPECT_EQ(ErrorWith("\"can_fork\"", "\"can_knife\""), "can_fork: missing");
  EXPECT_EQ(ErrorWith("\"policy\"", "\"polity\""), "scenarios[0].strategies[0].policy: missing");
  EXPECT_EQ(ErrorWith("\"v8_from\"", "\"v9_from\""),
            "scenarios[0].strategies[1].demands[0].when.v8_from: missing");
}

TEST(Catalog, IsRefusedWithWrongTypes) {
  EXPECT_EQ(ErrorWith("\"can_fork\": true", "\"can_fork\": 1"), "can_fork: not true or false");
  EXPECT_EQ(ErrorWith("\"line\": 77", "\"line\": \"77\""),
            "scenarios[0].strategies[1].line: not a whole number");
  EXPECT_EQ(ErrorWith("\"in_node\": true", "\"in_node\": \"yes\""),
            "scenarios[0].in_node: not true or false");
  EXPECT_EQ(ErrorWith("\"cost_us_per_unit\": 1.5", "\"cost_us_per_unit\": \"much\""),
            "scenarios[0].cost_us_per_unit: not a number");
}

TEST(Catalog, IsRefusedWithBadIds) {
  EXPECT_THAT(ErrorWith("escape/resolver-map\"", "../resolver-map\""),
              StartsWith("scenarios[0].id: "));
  EXPECT_THAT(ErrorWith("\"local-in-map\"", "\"local_in_map\""),
              StartsWith("scenarios[0].strategies[1].id: "));
  EXPECT_THAT(ErrorWith("\"libnode\"", "\"lib node\""), StartsWith("engine: "));
}

TEST(Catalog, IsRefusedWithTheSameIdTwice) {
  EXPECT_EQ(ErrorWith("\"local-in-map\"", "\"global-in-map\""),
            "scenarios[0].strategies[1].id: twice");
  Catalog catalog = Sample();
  catalog.scenarios.push_back(catalog.scenarios[0]);
  std::string error;
  EXPECT_FALSE(ParseCatalog(ToJson(catalog), &error).has_value());
  EXPECT_EQ(error, "scenarios[1].id: twice");
}

TEST(Catalog, IsRefusedWithWordsThatMeanNothing) {
  EXPECT_THAT(ErrorWith("\"broken\"", "\"bad\""), HasSubstr("neither correct, broken nor claim"));
  EXPECT_THAT(ErrorWith("\"signal\"", "\"sigh\""), HasSubstr("race.exits[1]: not a kind of exit"));
  EXPECT_THAT(ErrorWith("\"HD010\"", "\"HD999\""), HasSubstr("there is no code HD999"));
  EXPECT_THAT(ErrorWith("\"with\": \"quarantine\"", "\"with\": \"quarantin\""),
              HasSubstr("demands[0].with: there is no instrument quarantin"));
  EXPECT_THAT(ErrorWith("\"10.2.154.26-node.36\"", "\"ten\""), HasSubstr("not a version"));
}

TEST(Catalog, IsRefusedWithNumbersOutOfRange) {
  EXPECT_THAT(ErrorWith("\"least_rate\": 0.25", "\"least_rate\": 25"), HasSubstr("out of range"));
  EXPECT_THAT(ErrorWith("\"seeds\": 20", "\"seeds\": 0"), HasSubstr("race.seeds: 0 is not"));
  EXPECT_THAT(ErrorWith("\"line\": 77", "\"line\": -1"), HasSubstr("line: -1 is not"));
  EXPECT_THAT(ErrorWith("\"time_limit_ms\": 500", "\"time_limit_ms\": -5"), HasSubstr("limit_ms"));
  EXPECT_THAT(ErrorWith("\"cost_us_per_unit\": 1.5", "\"cost_us_per_unit\": -1"),
              HasSubstr("out of range"));
}

TEST(Catalog, IsRefusedWithSizesThatDoNotGrow) {
  Catalog catalog = Sample();
  for (std::vector<int64_t> sizes : {std::vector<int64_t>{}, {0}, {10, 10}, {10, 5}}) {
    catalog.scenarios[0].sizes = sizes;
    std::string error;
    EXPECT_FALSE(ParseCatalog(ToJson(catalog), &error).has_value());
    EXPECT_THAT(error, StartsWith("scenarios[0].sizes"));
  }
}

TEST(Catalog, IsRefusedWhenACorrectStrategyExpectsFindings) {
  EXPECT_THAT(ErrorWith("\"broken\"", "\"correct\""), HasSubstr("expects no finding"));
}

TEST(Catalog, IsRefusedWhenWhatIsNotBrokenMustProveAnInstrument) {
  Catalog catalog = Sample();
  catalog.scenarios[0].strategies[0].demands = catalog.scenarios[0].strategies[1].demands;
  std::string error;
  EXPECT_FALSE(ParseCatalog(ToJson(catalog), &error).has_value());
  EXPECT_THAT(error, HasSubstr("demands: only a broken strategy proves an instrument"));
}

TEST(Catalog, MayDeclareABrokenStrategyForAnInstrumentAlone) {
  Catalog catalog = Sample();
  catalog.scenarios[0].strategies[1].expectations.clear();
  std::string error;
  EXPECT_TRUE(ParseCatalog(ToJson(catalog), &error).has_value()) << error;
  catalog.scenarios[0].strategies[1].demands.clear();
  EXPECT_FALSE(ParseCatalog(ToJson(catalog), &error).has_value());
  EXPECT_THAT(error, HasSubstr("expectations: none"));
}

TEST(Catalog, MayNotNameASourceFileOutsideTheCheckout) {
  const std::string file = "scenarios/escape/resolver_map.cc";
  for (const char* outside : {"/etc/passwd", "../x.cc", "a/../../x.cc", "a/..", "a\\u0000b"}) {
    EXPECT_THAT(ErrorWith(file, outside), HasSubstr("not a path in the repository"));
  }
}

TEST(Catalog, IsRefusedWhenDeepHugeOrWithBoundlessStrings) {
  std::string error;
  EXPECT_FALSE(ParseCatalog(std::string(10 << 20, '['), &error).has_value());
  EXPECT_THAT(error, HasSubstr("nested deeper than"));
  EXPECT_FALSE(ParseCatalog(std::string(17 << 20, ' '), &error).has_value());
  EXPECT_THAT(error, HasSubstr("at most"));
  EXPECT_THAT(ErrorWith("Resolvers in a map", std::string(70000, 'x')),
              StartsWith("scenarios[0].title: 70000 bytes"));
  EXPECT_THAT(ErrorWith("Resolvers", "Res\xFFlvers"), HasSubstr("UTF-8"));
}

TEST(V8VersionNumber, TakesMajorAndMinor) {
  EXPECT_EQ(V8VersionNumber("10.2.154.26-node.36"), 1002);
  EXPECT_EQ(V8VersionNumber("14.6"), 1406);
  EXPECT_EQ(V8VersionNumber("14.12-x"), 1412);
}

TEST(V8VersionNumber, IsZeroForWhatIsNoVersion) {
  for (const char* text : {"", "14", "14.", ".6", "v14.6", "14.6x", "14.100", "9999.1", "-1.2"}) {
    EXPECT_EQ(V8VersionNumber(text), 0) << text;
  }
}

}  // namespace
}  // namespace handrail
