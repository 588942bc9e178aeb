#include "harness/judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

StrategyDecl Broken(Expectation expectation) {
  StrategyDecl strategy;
  strategy.id = "local-in-map";
  strategy.kind = StrategyKind::kBroken;
  strategy.expectations = {std::move(expectation)};
  return strategy;
}

StrategyDecl Kind(StrategyKind kind, StrategyDecl strategy) {
  strategy.kind = kind;
  return strategy;
}

Evidence With(std::vector<std::string> codes, int64_t reached = 1, int64_t triggered = 1) {
  Evidence evidence;
  evidence.reached = reached;
  evidence.triggered = triggered;
  for (const std::string& code : codes) {
    evidence.findings.push_back({.code = code, .detector = "oracle", .message = "seen"});
  }
  return evidence;
}

Judgement Judge(const StrategyDecl& strategy, const Evidence& evidence,
                const std::vector<std::string>& instruments = {}) {
  return JudgeTrial(ScenarioDecl(), strategy, "libnode", 1002, instruments, evidence);
}

TEST(JudgeTrial, GivesAHarnessErrorWhateverElseIsThere) {
  Evidence evidence = With({"HD010"});
  evidence.harness_error = "no worker\nfor it";
  Judgement judgement = Judge(Broken({.any_of = {"HD010"}}), evidence);
  EXPECT_EQ(judgement.verdict, Verdict::kHarnessError);
  EXPECT_EQ(judgement.reason, "no worker for it");
}

TEST(JudgeTrial, AddsWhatSamplesAndEndShowAndFoldsRepeats) {
  Evidence evidence = With({"HD010", "HD010"});
  evidence.exit = {.kind = ExitKind::kSignal, .signal = 11};
  for (int i = 0; i < 5; ++i) {
    evidence.samples.push_back({.iteration = i, .flags = kEndOfRound});
    evidence.samples.back().handles = i;
  }
  ScenarioDecl steady;
  steady.steady_state = true;
  Judgement judgement =
      JudgeTrial(steady, Broken({.any_of = {"HD010"}}), "libnode", 1002, {}, evidence);
  ASSERT_EQ(judgement.findings.size(), 3u);
  EXPECT_EQ(judgement.findings[0].count, 2);
  EXPECT_EQ(judgement.findings[1].code, "HD020");
  EXPECT_EQ(judgement.findings[2].code, "PX001");
}

TEST(JudgeTrial, ClearsCorrectCodeWithoutFindings) {
  Judgement judgement = Judge(StrategyDecl(), With({}, 0, 0));
  EXPECT_EQ(judgement.verdict, Verdict::kAsExpected);
  EXPECT_FALSE(judgement.detected);
}

TEST(JudgeTrial, CallsAnyFindingInCorrectCodeAFalseAlarm) {
  Judgement judgement = Judge(StrategyDecl(), With({"PX009"}, 0, 0));
  EXPECT_EQ(judgement.verdict, Verdict::kFalseAlarm);
  EXPECT_THAT(judgement.reason, HasSubstr("PX009"));
}

TEST(JudgeTrial, CallsABadEndOfCorrectCodeAFalseAlarm) {
  Evidence evidence;
  evidence.exit = {.kind = ExitKind::kNonzero, .code = 3};
  EXPECT_EQ(Judge(StrategyDecl(), evidence).verdict, Verdict::kFalseAlarm);
}

TEST(JudgeTrial, PassesBrokenCodeThatIsCaughtAsDeclared) {
  Judgement judgement = Judge(Broken({.any_of = {"PX001", "HD010"}}), With({"HD010"}));
  EXPECT_EQ(judgement.verdict, Verdict::kAsExpected);
  EXPECT_TRUE(judgement.detected);
  EXPECT_EQ(judgement.reason, "HD010: seen");
}

TEST(JudgeTrial, MissesBrokenCodeThatNothingSaw) {
  Judgement judgement = Judge(Broken({.any_of = {"HD010"}}), With({}));
  EXPECT_EQ(judgement.verdict, Verdict::kMissed);
  EXPECT_FALSE(judgement.detected);
}

TEST(JudgeTrial, IsInconclusiveWhenTheFaultyLineNeverRan) {
  Judgement judgement = Judge(Broken({.any_of = {"HD010"}}), With({"HD010"}, 0, 0));
  EXPECT_EQ(judgement.verdict, Verdict::kInconclusive);
  EXPECT_EQ(judgement.reason, "the faulty line never ran");
}

TEST(JudgeTrial, IsInconclusiveWhenCaughtWithoutHarm) {
  EXPECT_EQ(Judge(Broken({.any_of = {"HD010"}}), With({"HD010"}, 1, 0)).verdict,
            Verdict::kInconclusive);
}

TEST(JudgeTrial, IsInconclusiveWhenNothingWasHarmedAndNothingFound) {
  EXPECT_EQ(Judge(Broken({.any_of = {"HD010"}}), With({}, 1, 0)).verdict, Verdict::kInconclusive);
}

TEST(JudgeTrial, LetsAllowedFindingsComeAlong) {
  StrategyDecl strategy = Broken({.any_of = {"HD010"}, .may = {"PR001"}});
  EXPECT_EQ(Judge(strategy, With({"PR001", "HD010"})).verdict, Verdict::kAsExpected);
}

TEST(JudgeTrial, NamesTheFindingThatIsNeitherDeclaredNorAllowed) {
  StrategyDecl strategy = Broken({.any_of = {"HD010"}, .may = {"PR001"}});
  Judgement judgement = Judge(strategy, With({"HD010", "PR001", "PX009"}));
  EXPECT_EQ(judgement.verdict, Verdict::kWrongFinding);
  EXPECT_THAT(judgement.reason, HasSubstr("also PX009"));
  EXPECT_TRUE(judgement.detected);
}

TEST(JudgeTrial, RefusesAnotherFindingInPlaceOfTheDeclaredOne) {
  Judgement judgement = Judge(Broken({.any_of = {"HD010"}}), With({"PX009"}));
  EXPECT_EQ(judgement.verdict, Verdict::kWrongFinding);
  EXPECT_EQ(judgement.reason, "HD010 is declared; found PX009: seen");
  EXPECT_FALSE(judgement.detected);
}

TEST(JudgeTrial, RefusesAnAllowedFindingInPlaceOfTheDeclaredOne) {
  EXPECT_EQ(Judge(Broken({.any_of = {"HD010"}, .may = {"PR001"}}), With({"PR001"})).verdict,
            Verdict::kWrongFinding);
}

TEST(JudgeTrial, TakesTheExpectationOfItsEngineAndInstruments) {
  StrategyDecl strategy = Broken({.when = {.instrument = "asan"}, .any_of = {"PX006"}});
  strategy.expectations.push_back({.when = {.engine = "node-*"}, .any_of = {"HD010"}});
  Evidence evidence = With({"HD010"});
  EXPECT_EQ(JudgeTrial({}, strategy, "node-26", 1406, {}, evidence).verdict, Verdict::kAsExpected);
  EXPECT_EQ(JudgeTrial({}, strategy, "node-26", 1406, {"asan"}, evidence).verdict,
            Verdict::kWrongFinding);
}

TEST(JudgeTrial, ShowsAKnownGapWithItsReason) {
  Judgement judgement = Judge(Broken({.gap = "needs the guard"}), With({}));
  EXPECT_EQ(judgement.verdict, Verdict::kKnownGap);
  EXPECT_EQ(judgement.reason, "needs the guard");
  EXPECT_FALSE(judgement.detected);
}

TEST(JudgeTrial, SaysThatAGapIsClosedOnceItIsCaught) {
  Judgement judgement = Judge(Broken({.gap = "needs the guard"}), With({"HD010"}));
  EXPECT_EQ(judgement.verdict, Verdict::kGapClosed);
  EXPECT_THAT(judgement.reason, HasSubstr("out of date, it is caught by HD010"));
  EXPECT_TRUE(judgement.detected);
}

TEST(JudgeTrial, KeepsAGapOpenForAllowedFindings) {
  EXPECT_EQ(Judge(Broken({.may = {"PX001"}, .gap = "why"}), With({"PX001"})).verdict,
            Verdict::kKnownGap);
}

TEST(JudgeTrial, DoesNotCountAGapThatWasNotTriggered) {
  EXPECT_EQ(Judge(Broken({.gap = "why"}), With({}, 1, 0)).verdict, Verdict::kInconclusive);
  EXPECT_EQ(Judge(Broken({.gap = "why"}), With({"HD010"}, 1, 0)).verdict, Verdict::kInconclusive);
}

TEST(JudgeTrial, SaysThatNothingIsDeclaredForThisEngine) {
  StrategyDecl strategy = Broken({.when = {.engine = "node-*"}, .any_of = {"HD010"}});
  EXPECT_EQ(Judge(strategy, With({"HD010"})).verdict, Verdict::kWrongFinding);
  EXPECT_EQ(Judge(strategy, With({})).verdict, Verdict::kMissed);
  EXPECT_EQ(Judge(strategy, With({}, 1, 0)).verdict, Verdict::kInconclusive);
  EXPECT_EQ(Judge(strategy, With({}, 0, 0)).verdict, Verdict::kInconclusive);
  EXPECT_THAT(Judge(strategy, With({})).reason, StartsWith("nothing is declared for this engine"));
}

TEST(JudgeTrial, UpholdsAClaimWhoseFindingCame) {
  StrategyDecl claim = Kind(StrategyKind::kClaim, Broken({.any_of = {"HD012"}}));
  Judgement judgement = Judge(claim, With({"HD012"}, 0, 0));
  EXPECT_EQ(judgement.verdict, Verdict::kUpheld);
  EXPECT_TRUE(judgement.detected);
}

TEST(JudgeTrial, RefutesAClaimAndSaysWhatHappenedInstead) {
  StrategyDecl claim = Kind(StrategyKind::kClaim, Broken({.any_of = {"HD012"}}));
  Judgement clean = Judge(claim, With({}, 0, 0));
  EXPECT_EQ(clean.verdict, Verdict::kRefuted);
  EXPECT_EQ(clean.reason, "foretold: HD012; found: nothing, the trial ended cleanly");
  Evidence crash;
  crash.exit = {.kind = ExitKind::kSignal, .signal = 11};
  Judgement other = Judge(claim, crash);
  EXPECT_EQ(other.verdict, Verdict::kInconclusive);
  EXPECT_EQ(other.reason,
            "foretold: HD012; it ended in another way: PX001: killed by SIGSEGV");
}

TEST(JudgeTrial, DoesNotTakeAnUndeclaredFindingForTheHarmOfARace) {
  StrategyDecl strategy = Broken({.any_of = {"PX001"}});
  strategy.race = Race{{ExitKind::kClean, ExitKind::kSignal}, 0.3, 10};
  EXPECT_EQ(Judge(strategy, With({"PX009"})).verdict, Verdict::kWrongFinding);
}

TEST(JudgeTrial, DoesNotAskATrialThatDestroyedItsEvidenceForItsCounters) {
  EXPECT_EQ(Judge(Broken({.any_of = {"PX010"}}), With({"PX010"}, 1, 0)).verdict,
            Verdict::kAsExpected);
}

TEST(JudgeTrial, DoesNotWaitForHarmThatACheckInsideV8HasPrevented) {
  Evidence evidence = With({}, 1, 0);
  evidence.exit.kind = ExitKind::kV8Fatal;
  const StrategyDecl fatal = Broken({.any_of = {"PX002"}});
  EXPECT_EQ(Judge(fatal, evidence, {"asan", "checked"}).verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge(Broken({.any_of = {"HD012"}}), evidence, {"checked"}).verdict,
            Verdict::kWrongFinding);
  EXPECT_EQ(Judge(fatal, evidence).verdict, Verdict::kInconclusive) << "in a release build";
  StrategyDecl race = fatal;
  race.race = Race{{ExitKind::kV8Fatal}, 0.3, 10};
  EXPECT_TRUE(Judge(race, evidence, {"checked"}).detected);
  EXPECT_FALSE(Judge(race, evidence).detected);
  evidence.reached = 0;
  EXPECT_EQ(Judge(fatal, evidence, {"checked"}).verdict, Verdict::kInconclusive);
}

TEST(JudgeTrial, TakesAClaimWithoutCodesForThePromiseOfACleanRun) {
  StrategyDecl claim = Kind(StrategyKind::kClaim, Broken({}));
  EXPECT_EQ(Judge(claim, With({})).verdict, Verdict::kUpheld);
  EXPECT_EQ(Judge(claim, With({"HD012"})).verdict, Verdict::kRefuted);
}

// A claim that its trial decides by measuring.
Judgement Measured(ClaimOutcome outcome, Evidence evidence, Expectation expectation = {}) {
  evidence.claim = std::move(outcome);
  return Judge(Kind(StrategyKind::kClaim, Broken(std::move(expectation))), evidence);
}

TEST(JudgeTrial, TakesTheOutcomeThatAClaimsTrialMeasured) {
  Judgement upheld = Measured({false, true, "40 of 40 bytes"}, With({}, 0, 0));
  EXPECT_EQ(upheld.verdict, Verdict::kUpheld);
  EXPECT_EQ(upheld.reason, "40 of 40 bytes");
  EXPECT_EQ(Measured({false, false, "no"}, With({})).verdict, Verdict::kRefuted);
}

TEST(JudgeTrial, TakesAClaimThatWasStillMeasuringForNeither) {
  EXPECT_EQ(Measured({}, With({})).verdict, Verdict::kInconclusive);
  Evidence crash;
  crash.exit = {.kind = ExitKind::kSignal, .signal = 11};
  Judgement judgement = Measured({}, crash);
  EXPECT_EQ(judgement.verdict, Verdict::kInconclusive);
  EXPECT_THAT(judgement.reason, HasSubstr("PX001"));
}

TEST(JudgeTrial, DoesNotTrustAMeasurementBesideAnUndeclaredFinding) {
  Judgement judgement = Measured({false, true, "flat"}, With({"PX011"}));
  EXPECT_EQ(judgement.verdict, Verdict::kInconclusive);
  EXPECT_EQ(judgement.reason, "flat; but what was found is not declared: PX011: seen");
  Evidence crash;
  crash.exit = {.kind = ExitKind::kSignal, .signal = 11};
  EXPECT_EQ(Measured({false, true, "flat"}, crash).verdict, Verdict::kInconclusive);
}

TEST(JudgeTrial, LetsAMeasuredOutcomeStandBesideADeclaredFinding) {
  Judgement judgement =
      Measured({false, false, "9 calls need none"}, With({"HD012"}), {.any_of = {"HD012"}});
  EXPECT_EQ(judgement.verdict, Verdict::kRefuted);
  EXPECT_EQ(judgement.reason, "9 calls need none; then HD012: seen");
  judgement = Measured({false, true, "flat"}, With({"HD010"}), {.may = {"HD010"}});
  EXPECT_EQ(judgement.verdict, Verdict::kUpheld);
}

TEST(JudgeTrial, DoesNotLetAMeasurementDecideWhatIsNoClaim) {
  Evidence evidence = With({});
  evidence.claim = ClaimOutcome{false, true, "all is well"};
  EXPECT_EQ(Judge(Broken({.any_of = {"HD010"}}), evidence).verdict, Verdict::kMissed);
}

TEST(JudgeTrial, DoesNotJudgeAClaimThatIsNotDeclaredHere) {
  StrategyDecl claim =
      Kind(StrategyKind::kClaim, Broken({.when = {.engine = "node-*"}, .any_of = {"HD012"}}));
  EXPECT_EQ(Judge(claim, With({"HD012"})).verdict, Verdict::kInconclusive);
}

StrategyDecl Racing() {
  StrategyDecl strategy = Broken({.any_of = {"PX001"}});
  strategy.race = Race{{ExitKind::kClean, ExitKind::kSignal}, 0.3, 10};
  return strategy;
}

TEST(JudgeTrial, TakesEveryDeclaredEndOfARace) {
  Judgement silent = Judge(Racing(), With({}, 1, 0));
  EXPECT_EQ(silent.verdict, Verdict::kAsExpected);
  EXPECT_FALSE(silent.detected);
  Evidence crash = With({});
  crash.exit = {.kind = ExitKind::kSignal, .signal = 11};
  Judgement seen = Judge(Racing(), crash);
  EXPECT_EQ(seen.verdict, Verdict::kAsExpected);
  EXPECT_TRUE(seen.detected);
}

TEST(JudgeTrial, RefusesAnEndThatIsNotDeclaredForARace) {
  Evidence evidence = With({});
  evidence.exit = {.kind = ExitKind::kTimeout};
  Judgement judgement = Judge(Racing(), evidence);
  EXPECT_EQ(judgement.verdict, Verdict::kWrongFinding);
  EXPECT_THAT(judgement.reason, HasSubstr("did not end in time"));
}

TEST(JudgeTrial, IsInconclusiveWhenARaceDidNotTakePlace) {
  EXPECT_EQ(Judge(Racing(), With({}, 0, 0)).verdict, Verdict::kInconclusive);
}

TEST(JudgeTrial, MissesWhatOnlyADetectorThatIsTakenOutCouldSee) {
  Evidence crash = With({});
  crash.exit = {.kind = ExitKind::kSignal, .signal = 11};
  StrategyDecl strategy = Broken({.any_of = {"PX001"}});
  EXPECT_EQ(Judge(strategy, crash).verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge(strategy, crash, {"no-exit"}).verdict, Verdict::kMissed);
}

TEST(Record, WritesTheJudgementIntoItsTrial) {
  TrialRecord trial;
  trial.evidence = With({"HD010", "HD010"});
  Record(Judge(Broken({.any_of = {"HD010"}}), trial.evidence), trial);
  EXPECT_EQ(trial.verdict, Verdict::kAsExpected);
  EXPECT_TRUE(trial.detected);
  ASSERT_EQ(trial.evidence.findings.size(), 1u);
  EXPECT_EQ(trial.evidence.findings[0].count, 2);
}

}  // namespace
}  // namespace handrail
