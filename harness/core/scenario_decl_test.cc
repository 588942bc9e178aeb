#include "harness/core/scenario_decl.h"

#include <gtest/gtest.h>

namespace handrail {
namespace {

TEST(Condition, HoldsEverywhereWhenEmpty) {
  Condition anywhere;
  EXPECT_TRUE(anywhere.Holds("libnode", 1002, {}));
  EXPECT_TRUE(anywhere.Holds("", 0, {"asan"}));
}

TEST(Condition, TakesTheEngineAsAGlob) {
  Condition node{.engine = "node-*"};
  EXPECT_TRUE(node.Holds("node-26", 1406, {}));
  EXPECT_FALSE(node.Holds("libnode", 1002, {}));
}

TEST(Condition, CountsTheFirstVersionInAndTheLastOut) {
  Condition from_12_to_14{.v8_from = 1200, .v8_before = 1400};
  EXPECT_FALSE(from_12_to_14.Holds("x", 1199, {}));
  EXPECT_TRUE(from_12_to_14.Holds("x", 1200, {}));
  EXPECT_TRUE(from_12_to_14.Holds("x", 1399, {}));
  EXPECT_FALSE(from_12_to_14.Holds("x", 1400, {}));
}

TEST(Condition, WantsItsInstrumentOn) {
  Condition asan{.instrument = "asan"};
  EXPECT_TRUE(asan.Holds("x", 1002, {"quarantine", "asan"}));
  EXPECT_FALSE(asan.Holds("x", 1002, {"quarantine"}));
  EXPECT_FALSE(asan.Holds("x", 1002, {}));
}

TEST(Applying, TakesTheFirstThatHolds) {
  StrategyDecl strategy;
  strategy.expectations = {{.when = {.engine = "node-*"}, .any_of = {"HD010"}},
                           {.when = {.v8_from = 1000}, .any_of = {"PX001"}},
                           {.any_of = {"PX002"}}};
  EXPECT_EQ(Applying(strategy, "node-26", 1406, {})->any_of[0], "HD010");
  EXPECT_EQ(Applying(strategy, "libnode", 1002, {})->any_of[0], "PX001");
  EXPECT_EQ(Applying(strategy, "libnode", 904, {})->any_of[0], "PX002");
}

TEST(Applying, GivesNothingWhereNothingIsDeclared) {
  StrategyDecl strategy;
  EXPECT_EQ(Applying(strategy, "libnode", 1002, {}), nullptr);
  strategy.expectations = {{.when = {.engine = "node-*"}, .any_of = {"HD010"}}};
  EXPECT_EQ(Applying(strategy, "libnode", 1002, {}), nullptr);
}

// The codes of the demands that apply on libnode, V8 10.2.
std::vector<std::string> Demanded(const StrategyDecl& strategy,
                                  const std::vector<std::string>& instruments) {
  std::vector<std::string> codes;
  for (const Demand* demand : ApplyingDemands(strategy, "libnode", 1002, instruments)) {
    codes.push_back(demand->any_of.at(0));
  }
  return codes;
}

TEST(ApplyingDemands, AreThoseOfEveryInstrumentThatIsOn) {
  StrategyDecl strategy;
  strategy.demands = {{.instrument = "quarantine", .any_of = {"HD001"}},
                      {.instrument = "guard", .any_of = {"HD002"}}};
  using Codes = std::vector<std::string>;
  EXPECT_EQ(Demanded(strategy, {}), Codes());
  EXPECT_EQ(Demanded(strategy, {"quarantine"}), Codes({"HD001"}));
  EXPECT_EQ(Demanded(strategy, {"quarantine", "no-quarantine"}), Codes({"HD001"}))
      << "its own detector taken out, it must come out missed";
  EXPECT_EQ(Demanded(strategy, {"guard=1", "quarantine"}), Codes({"HD001", "HD002"}));
}

TEST(ApplyingDemands, OfOneInstrumentAreTheFirstThatHolds) {
  StrategyDecl strategy;
  strategy.demands = {{.instrument = "quarantine", .any_of = {"HD001"}, .when = {.v8_from = 1200}},
                      {.instrument = "quarantine", .any_of = {"HD003"}},
                      {.instrument = "quarantine", .any_of = {"HD004"}}};
  EXPECT_EQ(Demanded(strategy, {"quarantine"}), std::vector<std::string>({"HD003"}));
  strategy.demands[1].any_of.clear();
  EXPECT_TRUE(Demanded(strategy, {"quarantine"}).empty()) << "there it need not find anything";
}

TEST(ScenarioDecl, FindsAStrategyByItsId) {
  ScenarioDecl scenario;
  scenario.strategies.resize(2);
  scenario.strategies[1].id = "local-in-map";
  EXPECT_EQ(scenario.Find("local-in-map"), &scenario.strategies[1]);
  EXPECT_EQ(scenario.Find("local"), nullptr);
}

TEST(ScenarioDecl, CostGrowsWithItsSize) {
  ScenarioDecl scenario;
  scenario.cost_ms = 5;
  scenario.cost_us_per_unit = 2;
  EXPECT_DOUBLE_EQ(scenario.CostMs(10000), 25.0);
}

TEST(StrategyKind, IsReadBackFromItsWord) {
  for (StrategyKind kind : {StrategyKind::kCorrect, StrategyKind::kBroken, StrategyKind::kClaim}) {
    EXPECT_EQ(ParseStrategyKind(ToString(kind)), kind);
  }
  EXPECT_EQ(ParseStrategyKind("Broken"), std::nullopt);
}

}  // namespace
}  // namespace handrail
