#include "harness/runner/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/runner/test_catalogs.h"

namespace handrail {
namespace {

using ::handrail::testing::MakeEngine;
using ::handrail::testing::MakeScenario;
using ::handrail::testing::Strategy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "strategy@engine size seed" of each trial, in order.
std::vector<std::string> Lines(const Plan& plan, const std::vector<Engine>& engines) {
  std::vector<std::string> lines;
  for (const PlannedTrial& trial : plan.trials) {
    lines.push_back(trial.request.strategy + "@" + engines[trial.engine].row.id + " " +
                    std::to_string(trial.request.size) + " " + std::to_string(trial.request.seed));
  }
  return lines;
}

RunOptions Profiled(Profile profile) {
  RunOptions options;
  options.profile = profile;
  return options;
}

// Plans one scenario on the engine libnode.
struct OnLibnode {
  explicit OnLibnode(ScenarioDecl scenario) : scenarios{scenario} {
    engines = {MakeEngine("libnode", scenarios)};
  }
  Plan Make(const RunOptions& options) const { return MakePlan(scenarios, engines, options, 2); }
  std::vector<std::string> LinesOf(const RunOptions& options) const {
    return Lines(Make(options), engines);
  }
  std::vector<ScenarioDecl> scenarios;
  std::vector<Engine> engines;
};

ScenarioDecl ThreeSizes() {
  return MakeScenario("a/b", {Strategy("x"), Strategy("y")}, {10, 100, 1000});
}

TEST(MakePlan, RunsEveryStrategyOnceWithTheSmallestSizeInTheQuickProfile) {
  EXPECT_THAT(OnLibnode(ThreeSizes()).LinesOf(Profiled(Profile::kQuick)),
              ElementsAre("x@libnode 10 1", "y@libnode 10 1"));
}

TEST(MakePlan, RunsEveryStrategyOnceBeforeAnyIsRepeatedAndSeedsBeforeSizes) {
  EXPECT_THAT(OnLibnode(ThreeSizes()).LinesOf(Profiled(Profile::kDefault)),
              ElementsAre("x@libnode 10 1", "y@libnode 10 1",        // once
                          "x@libnode 10 2", "x@libnode 10 3",        // seeds
                          "y@libnode 10 2", "y@libnode 10 3",        //
                          "x@libnode 100 1", "y@libnode 100 1",      // middle sizes
                          "x@libnode 1000 1", "y@libnode 1000 1"));  // the largest
}

TEST(MakePlan, RepeatsLargerSizesWithSeedsInTheFullProfile) {
  const auto lines = OnLibnode(ThreeSizes()).LinesOf(Profiled(Profile::kFull));
  EXPECT_EQ(lines.size(), 18u);
  EXPECT_EQ(lines.back(), "y@libnode 1000 3");
}

TEST(MakePlan, NeverPlansTheSameTrialTwice) {
  for (const std::vector<int64_t>& sizes :
       std::vector<std::vector<int64_t>>{{1}, {1, 2}, {1, 2, 3}, {1, 2, 3, 4}}) {
    const OnLibnode on(MakeScenario("a/b", {Strategy("x")}, sizes));
    const auto lines = on.LinesOf(Profiled(Profile::kFull));
    EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), lines.size());
    EXPECT_EQ(lines.size(), sizes.size() * 3) << "every size with three seeds";
  }
}

TEST(MakePlan, GivesTheSamePlanForTheSameInput) {
  const OnLibnode on(ThreeSizes());
  EXPECT_EQ(on.LinesOf(Profiled(Profile::kFull)), on.LinesOf(Profiled(Profile::kFull)));
}

TEST(MakePlan, RunsARaceWithTheSeedsItDeclaresAndNoMore) {
  StrategyDecl race = Strategy("two-threads", StrategyKind::kBroken);
  race.race = Race{{ExitKind::kSignal}, 0.1, 5};
  const OnLibnode on(MakeScenario("a/b", {race}, {10, 100}));
  for (const Profile profile : {Profile::kQuick, Profile::kDefault, Profile::kFull}) {
    EXPECT_THAT(on.LinesOf(Profiled(profile)),
                ElementsAre("two-threads@libnode 10 1", "two-threads@libnode 10 2",
                            "two-threads@libnode 10 3", "two-threads@libnode 10 4",
                            "two-threads@libnode 10 5"));
  }
}

TEST(MakePlan, LeavesOutWhatIsOverTheBudgetAndSaysSo) {
  const double budget = BudgetMs(Profile::kQuick, 2);
  OnLibnode on(MakeScenario("a/big", {Strategy("x"), Strategy("y")}, {1}, budget * 0.6));
  on.scenarios.push_back(MakeScenario("a/small", {Strategy("z")}));
  on.engines = {MakeEngine("libnode", on.scenarios)};
  const Plan plan = on.Make(Profiled(Profile::kQuick));
  EXPECT_THAT(Lines(plan, on.engines), ElementsAre("x@libnode 1 1", "z@libnode 1 1"))
      << "what still fits is taken after something that did not";
  ASSERT_EQ(plan.skipped.size(), 1u);
  EXPECT_EQ(plan.skipped[0].strategy, "y");
  EXPECT_THAT(plan.skipped[0].why, HasSubstr("budget"));
  EXPECT_LE(plan.cost_ms, budget);
}

TEST(MakePlan, RunsOneThatAloneIsOverTheBudget) {
  const double budget = BudgetMs(Profile::kQuick, 2);
  const OnLibnode on(MakeScenario("a/huge", {Strategy("x")}, {1}, budget * 2));
  EXPECT_THAT(Lines(on.Make(Profiled(Profile::kQuick)), on.engines), ElementsAre("x@libnode 1 1"))
      << "asked for alone, it was to be run";
}

TEST(MakePlan, LeavesOutWhatAnotherEngineShowsBeforeWhatOnlyOneCanRun) {
  const double budget = BudgetMs(Profile::kQuick, 2);
  const ScenarioDecl both = MakeScenario("a/both", {Strategy("x")}, {1}, budget * 0.4);
  const ScenarioDecl one = MakeScenario("z/one", {Strategy("y")}, {1}, budget * 0.4);
  const std::vector<Engine> engines = {MakeEngine("libnode", {both}),
                                       MakeEngine("node-26", {both, one})};
  const Plan plan = MakePlan({both, one}, engines, Profiled(Profile::kQuick), 2);
  EXPECT_THAT(Lines(plan, engines), ElementsAre("x@libnode 1 1", "y@node-26 1 1"));
}

TEST(MakePlan, KeepsTheTimeOfARunHoweverManyScenariosThereAre) {
  std::vector<ScenarioDecl> scenarios;
  for (int i = 0; i < 500; ++i) {
    scenarios.push_back(MakeScenario("a/s" + std::to_string(i), {Strategy("x")}, {1, 2, 3}, 100));
  }
  const std::vector<Engine> engines = {MakeEngine("libnode", scenarios)};
  for (const Profile profile : {Profile::kQuick, Profile::kDefault}) {
    const Plan plan = MakePlan(scenarios, engines, Profiled(profile), 2);
    EXPECT_LE(plan.cost_ms, BudgetMs(profile, 2));
    EXPECT_GT(plan.cost_ms, BudgetMs(profile, 2) * 0.8) << "the budget is used";
  }
}

TEST(MakePlan, NeverLeavesOutSeedsThatWereAskedFor) {
  const double budget = BudgetMs(Profile::kQuick, 2);
  const OnLibnode on(MakeScenario("a/big", {Strategy("x")}, {1, 2}, budget));
  RunOptions options = Profiled(Profile::kQuick);
  options.seeds = {7, 8, 9};
  EXPECT_THAT(on.LinesOf(options), ElementsAre("x@libnode 1 7", "x@libnode 1 8", "x@libnode 1 9"));
}

TEST(MakePlan, RunsARaceWithTheSeedsThatWereAskedFor) {
  StrategyDecl race = Strategy("two-threads", StrategyKind::kBroken);
  race.race = Race{{ExitKind::kSignal}, 0.1, 5};
  RunOptions options;
  options.seeds = {3};
  EXPECT_THAT(OnLibnode(MakeScenario("a/b", {race})).LinesOf(options),
              ElementsAre("two-threads@libnode 1 3"));
}

TEST(MakePlan, RunsTheSizesThatWereAskedForAndNoOthers) {
  RunOptions options = Profiled(Profile::kQuick);
  options.sizes = {5, 6};
  EXPECT_THAT(OnLibnode(MakeScenario("a/b", {Strategy("x")}, {10, 100})).LinesOf(options),
              ElementsAre("x@libnode 5 1", "x@libnode 6 1"));
}

TEST(MakePlan, RunsAMistakeAlsoWhereNothingIsDeclaredForIt) {
  StrategyDecl broken = Strategy("local-in-map", StrategyKind::kBroken);
  broken.expectations[0].when.engine = "node-*";
  EXPECT_THAT(OnLibnode(MakeScenario("a/b", {broken})).LinesOf(Profiled(Profile::kQuick)),
              ElementsAre("local-in-map@libnode 1 1"))
      << "a new engine must not drop out of the table unnoticed";
}

TEST(MakePlan, SkipsAStrategyThatTheEnginesWorkerDoesNotHave) {
  const std::vector<ScenarioDecl> both = {MakeScenario("a/b", {Strategy("x"), Strategy("y")})};
  const std::vector<Engine> engines = {
      MakeEngine("libnode", both), MakeEngine("node-26", {MakeScenario("a/b", {Strategy("x")})})};
  const Plan plan = MakePlan(both, engines, Profiled(Profile::kQuick), 2);
  EXPECT_THAT(Lines(plan, engines), ElementsAre("x@libnode 1 1", "y@libnode 1 1", "x@node-26 1 1"));
  ASSERT_EQ(plan.skipped.size(), 1u);
  EXPECT_THAT(plan.skipped[0].why, HasSubstr("no such strategy"));
}

// The worker of an engine without Node was not even built with it.
TEST(MakePlan, SkipsWhatRunsInsideNodeOnAnEngineThatHasNone) {
  ScenarioDecl addon = MakeScenario("napi/x", {Strategy("released")});
  addon.in_node = true;
  const std::vector<Engine> engines = {MakeEngine("libnode", {}), MakeEngine("node-26", {addon})};
  const Plan plan = MakePlan(MergeCatalogs(engines), engines, Profiled(Profile::kQuick), 2);
  EXPECT_THAT(Lines(plan, engines), ElementsAre("released@node-26 1 1"));
  ASSERT_EQ(plan.skipped.size(), 1u) << "never silently";
  EXPECT_EQ(plan.skipped[0].engine, "libnode");
  EXPECT_THAT(plan.skipped[0].why, HasSubstr("no Node environment"));
}

TEST(MakePlan, CountsTheTimeThatALoopWhichNeverEndsWillTake) {
  StrategyDecl forever = Strategy("never-released", StrategyKind::kBroken);
  forever.expectations[0].any_of = {"PX020"};
  forever.time_limit_ms = 5000;
  const OnLibnode on(MakeScenario("a/b", {forever}));
  EXPECT_GE(on.Make(Profiled(Profile::kQuick)).cost_ms, 5000);
}

TEST(MakePlan, PassesOverAnEngineThatCannotBeUsed) {
  OnLibnode on(ThreeSizes());
  on.engines[0].catalog.reset();
  EXPECT_THAT(on.LinesOf(RunOptions()), IsEmpty());
}

TEST(MakePlan, GivesATrialItsLimitsAndTheWayItIsStarted) {
  StrategyDecl hang = Strategy("hang");
  hang.time_limit_ms = 700;
  StrategyDecl fresh = Strategy("fresh");
  fresh.fresh = true;
  const std::vector<ScenarioDecl> scenarios = {MakeScenario("a/b", {hang, fresh})};
  const std::vector<Engine> engines = {MakeEngine("libnode", scenarios),
                                       MakeEngine("node-26", scenarios)};
  RunOptions options = Profiled(Profile::kQuick);
  options.memory_limit = 123;
  options.output_limit = 45;
  options.instruments = {"no-oracle"};
  const Plan plan = MakePlan(scenarios, engines, options, 2);
  ASSERT_EQ(plan.trials.size(), 4u);
  EXPECT_EQ(plan.trials[0].limits.time_ms, 700) << "the strategy's own";
  EXPECT_EQ(plan.trials[0].limits.memory, 123);
  EXPECT_EQ(plan.trials[0].limits.output, 45);
  EXPECT_THAT(plan.trials[0].request.instruments, ElementsAre("no-oracle"));
  EXPECT_FALSE(plan.trials[0].fresh);
  EXPECT_TRUE(plan.trials[1].fresh) << "the strategy asks for it";
  EXPECT_GE(plan.trials[1].limits.time_ms, 10'000) << "the default";
  EXPECT_TRUE(plan.trials[2].fresh) << "Node has no zygote";
  options.time_limit_ms = 5;
  EXPECT_EQ(MakePlan(scenarios, engines, options, 2).trials[0].limits.time_ms, 5)
      << "the command line's goes before the strategy's";
}

}  // namespace
}  // namespace handrail
