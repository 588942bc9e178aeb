#include "harness/scenario/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {

struct PolicyOfHandrail {};

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct GlobalInMap {};
struct LocalInMap {};
namespace inner {
struct Nested {
  struct Deeper {};
};
}  // namespace inner

void RunGlobal(Trial&) {}
void RunLocal(Trial&) {}

// The name that `explain` looks for in the source, as this compiler spells the type.
template <class Policy>
std::string NameOf() {
  return Scenario("a/b").Correct<Policy>("x", RunGlobal, "").decl().strategies[0].policy;
}

TEST(ScenarioTest, NamesAPolicyAsItsSourceDoes) {
  EXPECT_EQ(NameOf<GlobalInMap>(), "GlobalInMap") << "in an anonymous namespace";
  EXPECT_EQ(NameOf<PolicyOfHandrail>(), "PolicyOfHandrail");
  EXPECT_EQ(NameOf<inner::Nested>(), "Nested");
  EXPECT_EQ(NameOf<inner::Nested::Deeper>(), "Deeper");
}

TEST(ScenarioTest, NamesAPolicyOfAFunctionsOwn) {
  struct LocalToATest {};
  EXPECT_EQ(NameOf<LocalToATest>(), "LocalToATest");
}

TEST(ScenarioTest, DeclaresWhatItWasBuiltWith) {
  const Scenario scenario = Scenario("escape/resolver-map")
                                .Title("title")
                                .Story("story")
                                .Reference("document")
                                .SteadyState()
                                .Sizes({10, 100}, 5, 0.5)
                                .Correct<GlobalInMap>("global-in-map", RunGlobal, "a Global")
                                .Broken<LocalInMap>("local-in-map", RunLocal, "the Local itself");
  const ScenarioDecl& decl = scenario.decl();
  EXPECT_EQ(decl.id, "escape/resolver-map");
  EXPECT_EQ(decl.title, "title");
  EXPECT_EQ(decl.story, "story");
  EXPECT_EQ(decl.reference, "document");
  EXPECT_EQ(decl.file, "harness/scenario/scenario_test.cc") << "as it lies in the repository";
  EXPECT_TRUE(decl.steady_state);
  EXPECT_THAT(decl.sizes, ElementsAre(10, 100));
  EXPECT_DOUBLE_EQ(decl.CostMs(100), 5.05);
  ASSERT_EQ(decl.strategies.size(), 2u);
  EXPECT_EQ(decl.strategies[0].kind, StrategyKind::kCorrect);
  EXPECT_EQ(decl.strategies[1].kind, StrategyKind::kBroken);
  EXPECT_EQ(decl.strategies[1].summary, "the Local itself");
  // clang gives the line on which the whole chain begins, gcc that of the call.
  EXPECT_GT(decl.strategies[0].line, 0);
  EXPECT_GE(decl.strategies[1].line, decl.strategies[0].line);
}

TEST(ScenarioTest, AppliesWhatFollowsToTheStrategyAddedLast) {
  const Scenario scenario = Scenario("a/b")
                                .Broken<LocalInMap>("first", RunLocal, "")
                                .Gives({"HD010"}, {.engine = "libnode"})
                                .May({"PX001"})
                                .May({"PX002"})
                                .Gap("nothing sees it there", {.engine = "node-*"})
                                .Claim<GlobalInMap>("second", RunGlobal, "")
                                .Gives({})
                                .TimeLimit(700)
                                .Fresh()
                                .Racing({{ExitKind::kSignal}, 0.5, 20});
  const StrategyDecl& first = scenario.decl().strategies[0];
  ASSERT_EQ(first.expectations.size(), 2u);
  EXPECT_THAT(first.expectations[0].any_of, ElementsAre("HD010"));
  EXPECT_THAT(first.expectations[0].may, ElementsAre("PX001", "PX002"));
  EXPECT_EQ(first.expectations[0].when.engine, "libnode");
  EXPECT_EQ(first.expectations[1].gap, "nothing sees it there");
  EXPECT_THAT(first.expectations[1].may, IsEmpty());
  EXPECT_FALSE(first.fresh);
  EXPECT_FALSE(first.race);
  const StrategyDecl& second = scenario.decl().strategies[1];
  EXPECT_EQ(second.kind, StrategyKind::kClaim);
  EXPECT_EQ(second.time_limit_ms, 700);
  EXPECT_TRUE(second.fresh);
  ASSERT_TRUE(second.race);
  EXPECT_EQ(second.race->seeds, 20);
}

TEST(ScenarioTest, KeepsWhatEachInstrumentMustFindApartFromTheRest) {
  const Scenario scenario = Scenario("a/b")
                                .Broken<LocalInMap>("first", RunLocal, "")
                                .Gives({"HD010"})
                                .With("quarantine", {"HD001"}, {.engine = "node-*"})
                                .May({"HD022"})
                                .Gap("nothing sees it there", {.engine = "libnode"})
                                .May({"PX001"});
  const StrategyDecl& first = scenario.decl().strategies[0];
  ASSERT_EQ(first.demands.size(), 1u);
  EXPECT_EQ(first.demands[0].instrument, "quarantine");
  EXPECT_THAT(first.demands[0].any_of, ElementsAre("HD001"));
  EXPECT_EQ(first.demands[0].when.engine, "node-*");
  EXPECT_THAT(first.demands[0].may, ElementsAre("HD022"));
  ASSERT_EQ(first.expectations.size(), 2u);
  EXPECT_THAT(first.expectations[0].may, IsEmpty());
  EXPECT_THAT(first.expectations[1].may, ElementsAre("PX001"));
}

TEST(ScenarioTest, GivesTheBodyOfAStrategyByItsName) {
  const Scenario scenario = Scenario("a/b")
                                .Correct<GlobalInMap>("global-in-map", RunGlobal, "")
                                .Broken<LocalInMap>("local-in-map", RunLocal, "");
  EXPECT_EQ(scenario.BodyOf("global-in-map"), &RunGlobal);
  EXPECT_EQ(scenario.BodyOf("local-in-map"), &RunLocal);
  EXPECT_EQ(scenario.BodyOf("local-in-mapp"), nullptr);
  EXPECT_EQ(scenario.BodyOf(""), nullptr);
}

}  // namespace
}  // namespace handrail
