// Which scenarios a run chooses from: catalogs put together, filters, the hidden family.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/runner/plan.h"
#include "harness/runner/test_catalogs.h"

namespace handrail {
namespace {

using ::handrail::testing::MakeEngine;
using ::handrail::testing::MakeScenario;
using ::handrail::testing::Strategy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<ScenarioDecl> All() {
  return {
      MakeScenario("escape/resolver-map", {Strategy("global-in-map"), Strategy("local-in-map")}),
      MakeScenario("escape/double-escape", {Strategy("escape-once"), Strategy("escape-twice")}),
      MakeScenario("growth/sync-call", {Strategy("scope-per-call")}),
      MakeScenario("canary/selftest", {Strategy("clean"), Strategy("hang")})};
}

// "escape/resolver-map/local-in-map" of each strategy that the filters choose; or the error.
std::vector<std::string> Chosen(const std::vector<std::string>& filters) {
  const auto chosen = ChooseScenarios(All(), filters);
  if (!chosen.ok()) return {"error: " + std::string(chosen.status().message())};
  std::vector<std::string> ids;
  for (const ScenarioDecl& scenario : *chosen) {
    for (const StrategyDecl& strategy : scenario.strategies) {
      ids.push_back(scenario.id + "/" + strategy.id);
    }
  }
  return ids;
}

std::string ErrorOf(const std::vector<std::string>& filters) {
  const auto chosen = ChooseScenarios(All(), filters);
  EXPECT_FALSE(chosen.ok()) << "a filter that matches nothing must be an error";
  return std::string(chosen.status().message());
}

TEST(ChooseScenarios, TakesEverythingButTheHiddenFamilyWithoutAFilter) {
  EXPECT_THAT(Chosen({}),
              ElementsAre("escape/resolver-map/global-in-map", "escape/resolver-map/local-in-map",
                          "escape/double-escape/escape-once", "escape/double-escape/escape-twice",
                          "growth/sync-call/scope-per-call"));
}

TEST(ChooseScenarios, TakesAFamilyAScenarioOrAStrategy) {
  EXPECT_THAT(Chosen({"growth"}), ElementsAre("growth/sync-call/scope-per-call"));
  EXPECT_THAT(Chosen({"escape/double-*"}),
              ElementsAre("escape/double-escape/escape-once", "escape/double-escape/escape-twice"));
  EXPECT_THAT(Chosen({"escape/resolver-map/local-in-map"}),
              ElementsAre("escape/resolver-map/local-in-map"));
}

TEST(ChooseScenarios, KeepsTheCatalogsOrderWhateverTheOrderOfFilters) {
  EXPECT_THAT(Chosen({"growth", "**/local-in-map"}),
              ElementsAre("escape/resolver-map/local-in-map", "growth/sync-call/scope-per-call"));
}

TEST(ChooseScenarios, TakesAStrategyOnceThoughTwoFiltersMatchIt) {
  EXPECT_THAT(Chosen({"growth", "growth/*"}), ElementsAre("growth/sync-call/scope-per-call"));
}

TEST(ChooseScenarios, ShowsTheHiddenFamilyOnlyToAFilterThatNamesIt) {
  EXPECT_THAT(Chosen({"canary/*/hang"}), ElementsAre("canary/selftest/hang"));
  EXPECT_THAT(Chosen({"**"}), Not(::testing::Contains(HasSubstr("canary"))));
  EXPECT_THAT(ErrorOf({"**/hang"}), HasSubstr("no scenario matches '**/hang'"));
}

TEST(ChooseScenarios, NamesTheNearestStrategyOrScenarioOrFamily) {
  EXPECT_THAT(ErrorOf({"escape/resolver-map/local-in-mpa"}),
              HasSubstr("did you mean 'escape/resolver-map/local-in-map'?"));
  EXPECT_THAT(ErrorOf({"growth/sync-cal"}), HasSubstr("did you mean 'growth/sync-call'?"));
  EXPECT_THAT(ErrorOf({"escpe"}), HasSubstr("did you mean 'escape'?"));
}

TEST(ChooseScenarios, NamesNothingWhereNothingIsNear) {
  EXPECT_THAT(ErrorOf({"zzzzzzzzzzzzzzzz"}), Not(HasSubstr("did you mean")));
}

TEST(ChooseScenarios, FailsForOneBadFilterAmongGoodOnes) {
  EXPECT_THAT(ErrorOf({"growth", "escpe"}), HasSubstr("'escpe'"));
}

TEST(ChooseScenarios, SaysAHostileFilterOnOnePrintableShortLine) {
  const std::string error = ErrorOf({"\x1b[2J\n" + std::string(100'000, 'a')});
  EXPECT_LT(error.size(), 400u);
  for (const char c : error) ASSERT_GE(c, ' ') << "an unprintable character in: " << error;
}

TEST(MergeCatalogs, TakesEachScenarioOnceInTheOrderOfTheCatalogs) {
  const std::vector<Engine> engines = {
      MakeEngine("libnode", {MakeScenario("a/one", {Strategy("x")})}),
      MakeEngine("node-26",
                 {MakeScenario("a/one", {Strategy("y")}), MakeScenario("a/two", {Strategy("z")})})};
  const std::vector<ScenarioDecl> all = MergeCatalogs(engines);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, "a/one");
  EXPECT_EQ(all[0].strategies[0].id, "x") << "where engines differ the first counts";
  EXPECT_EQ(all[1].id, "a/two");
}

TEST(MergeCatalogs, LeavesOutAnEngineThatCannotBeUsed) {
  std::vector<Engine> engines = {MakeEngine("libnode", {MakeScenario("a/one", {Strategy("x")})})};
  engines[0].catalog.reset();
  EXPECT_TRUE(MergeCatalogs(engines).empty());
}

}  // namespace
}  // namespace handrail
