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
