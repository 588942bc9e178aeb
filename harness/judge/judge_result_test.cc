#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "harness/judge/judge.h"

namespace handrail {
namespace {

// The trials of one result; seeds count from 1 in the order in which they are added.
class JudgeResultTest : public ::testing::Test {
 protected:
  TrialRecord& Add(Verdict verdict, bool detected = false) {
    TrialRecord& trial = trials_.emplace_back();
    trial.verdict = verdict;
    trial.detected = detected;
    trial.seed = trials_.size();
    trial.reason = "reason " + std::to_string(trial.seed);
    return trial;
  }
  void Add(int count, Verdict verdict, bool detected = false) {
    for (int i = 0; i < count; ++i) Add(verdict, detected);
  }
  ResultRecord Judge() const {
    std::vector<const TrialRecord*> pointers;
    for (const TrialRecord& trial : trials_) pointers.push_back(&trial);
    ScenarioDecl scenario;
    scenario.id = "escape/resolver-map";
    return JudgeResult(scenario, strategy_, "libnode", pointers);
  }

  StrategyDecl strategy_{.id = "local-in-map", .kind = StrategyKind::kBroken};
  std::deque<TrialRecord> trials_;
};

class JudgeRaceTest : public JudgeResultTest {
 protected:
  JudgeRaceTest() { strategy_.race = Race{{ExitKind::kClean}, 0.3, 10}; }
};

TEST_F(JudgeResultTest, TakesTheVerdictOnWhichAllAgree) {
  Add(3, Verdict::kAsExpected, true);
  trials_[1].evidence.triggered = 5;
  ResultRecord result = Judge();
  EXPECT_EQ(result.scenario, "escape/resolver-map");
  EXPECT_EQ(result.strategy, "local-in-map");
  EXPECT_EQ(result.kind, StrategyKind::kBroken);
  EXPECT_EQ(result.engine, "libnode");
  EXPECT_EQ(result.verdict, Verdict::kAsExpected);
  EXPECT_EQ(result.reason, "reason 1");
  EXPECT_EQ(result.trials, 3);
  EXPECT_EQ(result.detected, 3);
  EXPECT_EQ(result.triggered, 1);
}

TEST_F(JudgeResultTest, IsUnstableWithRatesAndASeedOfEachWhenSeedsDisagree) {
  Add(2, Verdict::kAsExpected, true);
  Add(Verdict::kMissed);
  ResultRecord result = Judge();
  EXPECT_EQ(result.verdict, Verdict::kUnstable);
  EXPECT_EQ(result.reason, "as-expected 2 of 3 (seed 1), missed 1 of 3 (seed 3)");
  EXPECT_EQ(result.detected, 2);
}

TEST_F(JudgeResultTest, TellsTrialsApartBySizeAndInstrumentsWhereTheyDiffer) {
  Add(Verdict::kAsExpected).size = 10;
  Add(Verdict::kMissed).size = 1000;
  trials_[1].instruments = {"asan"};
  EXPECT_EQ(Judge().reason,
            "as-expected 1 of 2 (seed 1, size 10, plain), missed 1 of 2 (seed 2, size 1000, asan)");
}

TEST_F(JudgeResultTest, IsAHarnessErrorWhenOneTrialIs) {
  Add(5, Verdict::kAsExpected);
  Add(Verdict::kHarnessError);
  ResultRecord result = Judge();
  EXPECT_EQ(result.verdict, Verdict::kHarnessError);
  EXPECT_EQ(result.reason, "seed 6: reason 6");
}

TEST_F(JudgeResultTest, DoesNotCountSkippedTrialsUnlessAllAre) {
  Add(Verdict::kSkipped);
  EXPECT_EQ(Judge().verdict, Verdict::kSkipped);
  EXPECT_EQ(Judge().reason, "reason 1");
  EXPECT_EQ(Judge().trials, 0);
  Add(Verdict::kAsExpected);
  EXPECT_EQ(Judge().verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge().trials, 1);
}

TEST_F(JudgeResultTest, IsSkippedWithoutAnyTrial) {
  EXPECT_EQ(Judge().verdict, Verdict::kSkipped);
  EXPECT_EQ(Judge().reason, "no trial was run");
}

TEST_F(JudgeResultTest, ClosesAGapThatIsCaughtSometimes) {
  Add(2, Verdict::kKnownGap);
  Add(Verdict::kGapClosed, true);
  ResultRecord result = Judge();
  EXPECT_EQ(result.verdict, Verdict::kGapClosed);
  EXPECT_EQ(result.reason, "caught in 1 of 3 trials (seed 3): reason 3");
}

TEST_F(JudgeResultTest, IsUnstableWhenAGapIsMixedWithAnythingElse) {
  Add(Verdict::kKnownGap);
  Add(Verdict::kGapClosed);
  Add(Verdict::kInconclusive);
  EXPECT_EQ(Judge().verdict, Verdict::kUnstable);
}

TEST_F(JudgeResultTest, JudgesCorrectCodeByAgreementEvenIfItDeclaresARace) {
  strategy_.kind = StrategyKind::kCorrect;
  strategy_.race = Race{{ExitKind::kClean}, 0, 1};
  Add(9, Verdict::kAsExpected);
  Add(Verdict::kFalseAlarm);
  EXPECT_EQ(Judge().verdict, Verdict::kUnstable);
}

TEST_F(JudgeRaceTest, PassesAtItsLeastRate) {
  Add(3, Verdict::kAsExpected, true);
  Add(7, Verdict::kAsExpected);
  EXPECT_EQ(Judge().verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge().reason, "the harm showed in 3 of 10 trials, at least 30 % is declared");
}

TEST_F(JudgeRaceTest, IsMissedBelowItsLeastRate) {
  Add(1, Verdict::kAsExpected, true);
  Add(9, Verdict::kAsExpected);
  EXPECT_EQ(Judge().verdict, Verdict::kMissed);
  EXPECT_EQ(Judge().reason, "the harm showed in 1 of 10 trials, at least 30 % is declared");
}

TEST_F(JudgeRaceTest, CannotBeMissedOverTooFewSeeds) {
  Add(4, Verdict::kAsExpected);
  EXPECT_EQ(Judge().verdict, Verdict::kInconclusive);
  EXPECT_THAT(Judge().reason, ::testing::HasSubstr("10 seeds are needed to judge it"));
}

TEST_F(JudgeRaceTest, CanBeCaughtOverTooFewSeeds) {
  Add(4, Verdict::kAsExpected, true);
  EXPECT_EQ(Judge().verdict, Verdict::kAsExpected);
}

TEST_F(JudgeRaceTest, IsWrongWhenOneTrialEndedInAnotherWay) {
  Add(9, Verdict::kAsExpected, true);
  Add(Verdict::kWrongFinding, true);
  EXPECT_EQ(Judge().verdict, Verdict::kWrongFinding);
  EXPECT_EQ(Judge().reason, "seed 10: reason 10");
}

TEST_F(JudgeRaceTest, IsInconclusiveWhenItNeverTookPlace) {
  Add(10, Verdict::kInconclusive);
  EXPECT_EQ(Judge().verdict, Verdict::kInconclusive);
}

TEST_F(JudgeRaceTest, CountsATrialThatDidNotTakePlaceAsOneWithoutHarm) {
  Add(2, Verdict::kAsExpected, true);
  Add(8, Verdict::kInconclusive);
  EXPECT_EQ(Judge().verdict, Verdict::kMissed);
}

class JudgeClaimsTest : public JudgeResultTest {
 protected:
  JudgeClaimsTest() { strategy_.kind = StrategyKind::kClaim; }
};

TEST_F(JudgeClaimsTest, GoWithTheGreaterPartOfTheTrials) {
  Add(1, Verdict::kRefuted);
  Add(2, Verdict::kUpheld);
  EXPECT_EQ(Judge().verdict, Verdict::kUpheld);
  EXPECT_EQ(Judge().reason, "in 2 of 3 trials (seed 2): reason 2");
  Add(2, Verdict::kRefuted);
  EXPECT_EQ(Judge().verdict, Verdict::kRefuted);
}

TEST_F(JudgeClaimsTest, AreRefutedByATie) {
  Add(2, Verdict::kUpheld);
  Add(2, Verdict::kRefuted);
  EXPECT_EQ(Judge().verdict, Verdict::kRefuted);
}

TEST_F(JudgeClaimsTest, AreDecidedByTheTrialsThatCameToAnOutcome) {
  Add(2, Verdict::kInconclusive);
  EXPECT_EQ(Judge().verdict, Verdict::kInconclusive);
  Add(1, Verdict::kUpheld);
  EXPECT_EQ(Judge().verdict, Verdict::kUpheld);
  EXPECT_EQ(Judge().reason, "in 1 of 3 trials (seed 3): reason 3");
}

TEST_F(JudgeClaimsTest, GiveTheirReasonAloneWhenAllAgree) {
  Add(3, Verdict::kRefuted);
  EXPECT_EQ(Judge().reason, "reason 1");
}

TEST_F(JudgeClaimsTest, CarryTheMedianOfEachFigure) {
  for (const double value : {7.0, 1.0, 3.0}) {
    Add(Verdict::kUpheld).evidence.figures = {{"time", value, "ms", "about 1 ms"}};
  }
  Add(Verdict::kSkipped).evidence.figures = {{"time", 1000, "ms", ""}};
  const ResultRecord result = Judge();
  ASSERT_EQ(result.figures.size(), 1u);
  EXPECT_EQ(FigureText(result.figures[0]), "time 3 ms (said: about 1 ms)");
}

}  // namespace
}  // namespace handrail
