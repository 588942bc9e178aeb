// Which worker a plan takes for the instruments that are asked for, and what it cannot run with them.
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

TEST(MakePlan, SkipsWhatAnEngineCannotDoAndSaysWhat) {
  OnLibnode on(ThreeSizes());
  RunOptions options = Profiled(Profile::kQuick);
  options.instruments = {"no-oracle", "quarantine"};
  const Plan without = on.Make(options);
  EXPECT_THAT(without.trials, IsEmpty());
  ASSERT_EQ(without.skipped.size(), 2u);
  EXPECT_THAT(without.skipped[0].why, HasSubstr("cannot do the instrument quarantine"));
  on.engines[0].catalog->can = {"quarantine"};
  const Plan with = on.Make(options);
  EXPECT_THAT(with.skipped, IsEmpty());
  EXPECT_THAT(with.trials.at(0).request.instruments, ElementsAre("quarantine", "no-oracle"));
}

TEST(MakePlan, RunsAMistakeThatOnlyAnInstrumentSeesWhereThatIsOn) {
  StrategyDecl broken = Strategy("x", StrategyKind::kBroken);
  broken.expectations.clear();
  broken.demands = {{.instrument = "quarantine", .any_of = {"HD010"}}};
  OnLibnode on(MakeScenario("a/b", {broken}));
  on.engines[0].catalog->can = {"quarantine"};
  RunOptions options = Profiled(Profile::kQuick);
  ASSERT_EQ(on.Make(options).skipped.size(), 1u);
  EXPECT_THAT(on.Make(options).skipped[0].why, HasSubstr("needs the instrument quarantine"));
  options.instruments = {"quarantine"};
  EXPECT_EQ(on.Make(options).trials.size(), 1u);
}

TEST(MakePlan, SkipsAMistakeThatNeedsAnInstrumentWhichIsNotThere) {
  StrategyDecl broken = Strategy("asan-error", StrategyKind::kBroken);
  broken.expectations[0].when.instrument = "asan";
  OnLibnode on(MakeScenario("a/b", {broken}));
  const Plan plan = on.Make(Profiled(Profile::kQuick));
  EXPECT_THAT(plan.trials, IsEmpty());
  ASSERT_EQ(plan.skipped.size(), 1u);
  EXPECT_EQ(plan.skipped[0].engine, "libnode");
  EXPECT_THAT(plan.skipped[0].why, HasSubstr("instrument asan"));
  on.engines[0].row.instruments = {"asan"};
  EXPECT_EQ(on.LinesOf(Profiled(Profile::kQuick)).size(), 1u);
}

// Both engines with their plain worker, libnode with one that has AddressSanitizer besides.
std::vector<Engine> Variants(const std::vector<ScenarioDecl>& scenarios) {
  std::vector<Engine> engines = {MakeEngine("libnode", scenarios), MakeEngine("node-26", scenarios),
                                 MakeEngine("libnode", scenarios)};
  engines[2].row.instruments = {"asan"};
  return engines;
}

TEST(MakePlan, TakesTheWorkerThatIsBuiltWithJustWhatIsAskedFor) {
  const std::vector<ScenarioDecl> scenarios = {MakeScenario("a/b", {Strategy("x")})};
  const std::vector<Engine> engines = Variants(scenarios);
  RunOptions options = Profiled(Profile::kQuick);
  Plan plan = MakePlan(scenarios, engines, options, 2);
  EXPECT_THAT(Lines(plan, engines), ElementsAre("x@libnode 1 1", "x@node-26 1 1"));
  EXPECT_EQ(plan.trials[0].engine, 0u) << "the plain one";
  options.instruments = {"no-oracle", "asan"};
  plan = MakePlan(scenarios, engines, options, 2);
  ASSERT_EQ(plan.trials.size(), 1u);
  EXPECT_EQ(plan.trials[0].engine, 2u);
  EXPECT_THAT(plan.trials[0].request.instruments, ElementsAre("no-oracle"))
      << "what it was built with is not told to it";
  ASSERT_EQ(plan.skipped.size(), 1u) << "never silently";
  EXPECT_EQ(plan.skipped[0].engine, "node-26");
  EXPECT_THAT(plan.skipped[0].why, HasSubstr("built with asan"));
  EXPECT_THAT(plan.skipped[0].instruments, ElementsAre("asan", "no-oracle"));
}

TEST(MakePlan, RunsEachStrategyWithEachSetOfAMatrix) {
  const std::vector<ScenarioDecl> scenarios = {MakeScenario("a/b", {Strategy("x")}, {10, 100})};
  std::vector<Engine> engines = Variants(scenarios);
  engines[0].catalog->can = engines[1].catalog->can = {"quarantine"};
  RunOptions options = Profiled(Profile::kMatrix);
  options.matrix = {{}, {"quarantine"}, {"asan"}};
  const Plan plan = MakePlan(scenarios, engines, options, 2);
  EXPECT_EQ(plan.trials.size(), 5u * 3u) << "the first size with three seeds";
  std::set<std::string> cells;
  for (const PlannedTrial& trial : plan.trials) {
    std::string cell = std::to_string(trial.engine) + ":" + std::to_string(trial.set);
    for (const std::string& one : trial.request.instruments) cell += "," + one;
    cells.insert(cell);
    EXPECT_EQ(trial.request.size, 10);
  }
  EXPECT_THAT(cells, ElementsAre("0:0", "0:1,quarantine", "1:0", "1:1,quarantine", "2:2"));
  EXPECT_EQ(plan.skipped.size(), 1u) << "node-26 has no worker with asan";
}

TEST(MakePlan, GivesEachSetOfAMatrixTheTimeOfTheProfile) {
  const double half = BudgetMs(Profile::kQuick, 2) * 0.45;
  const OnLibnode on(MakeScenario("a/b", {Strategy("x"), Strategy("y")}, {1}, half));
  RunOptions options = Profiled(Profile::kQuick);
  options.matrix = {{}, {"no-oracle"}, {"no-trend"}};
  const Plan plan = on.Make(options);
  EXPECT_THAT(plan.skipped, IsEmpty());
  ASSERT_EQ(plan.trials.size(), 6u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(plan.trials[i].request.strategy, "x") << "its sets stand side by side";
    EXPECT_EQ(plan.trials[i].set, i);
  }
}

TEST(MakePlan, MeasuresAClaimWithTheFirstSetOnly) {
  const std::vector<ScenarioDecl> scenarios = {
      MakeScenario("a/b", {Strategy("said", StrategyKind::kClaim)})};
  RunOptions options = Profiled(Profile::kQuick);
  options.matrix = {{}, {"asan"}};
  EXPECT_EQ(MakePlan(scenarios, Variants(scenarios), options, 2).trials.size(), 2u);
}

TEST(MakePlan, RunsAnEngineThatExistsWithASanitizerOnlyOnce) {
  const std::vector<ScenarioDecl> scenarios = {MakeScenario("a/b", {Strategy("x")})};
  std::vector<Engine> engines = {MakeEngine("v8-checked", scenarios)};
  engines[0].row.instruments = {"asan"};
  RunOptions options = Profiled(Profile::kQuick);
  EXPECT_EQ(MakePlan(scenarios, engines, options, 2).trials.size(), 1u);
  options.matrix = {{}, {"asan"}};
  EXPECT_EQ(MakePlan(scenarios, engines, options, 2).trials.size(), 1u);
}

TEST(SetsOf, PutsWhatIsAskedForIntoEachSetOfTheMatrix) {
  RunOptions options;
  EXPECT_THAT(SetsOf(options), ElementsAre(IsEmpty()));
  options.instruments = {"no-oracle", "asan"};
  EXPECT_THAT(SetsOf(options), ElementsAre(ElementsAre("asan", "no-oracle")));
  options.instruments = {"no-oracle"};
  options.matrix = {{}, {"guard"}};
  EXPECT_THAT(SetsOf(options),
              ElementsAre(ElementsAre("no-oracle"), ElementsAre("guard", "no-oracle")));
}

}  // namespace
}  // namespace handrail
