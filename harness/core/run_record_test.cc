#include "harness/core/run_record.h"

#include <gtest/gtest.h>

namespace handrail {
namespace {

int ExitCodeOf(std::vector<Verdict> verdicts) {
  RunRecord record;
  for (Verdict verdict : verdicts) {
    record.results.emplace_back();
    record.results.back().verdict = verdict;
  }
  return ExitCode(record);
}

TEST(ExitCode, IsZeroWhenAllIsAsDeclared) {
  EXPECT_EQ(ExitCodeOf({Verdict::kAsExpected}), 0);
  EXPECT_EQ(ExitCodeOf({Verdict::kAsExpected, Verdict::kKnownGap, Verdict::kUpheld,
                        Verdict::kRefuted, Verdict::kSkipped}),
            0);
}

TEST(ExitCode, IsOneForEveryVerdictThatFails) {
  for (Verdict verdict : {Verdict::kMissed, Verdict::kFalseAlarm, Verdict::kWrongFinding,
                          Verdict::kInconclusive, Verdict::kUnstable}) {
    EXPECT_EQ(ExitCodeOf({Verdict::kAsExpected, verdict}), 1) << ToString(verdict);
  }
}

TEST(ExitCode, IsZeroForKnownGapsAndForThoseThatAreCaughtByNow) {
  EXPECT_EQ(ExitCodeOf({Verdict::kKnownGap, Verdict::kGapClosed}), 0);
}

TEST(ExitCode, IsNeverChangedByAClaim) {
  RunRecord record;
  for (Verdict verdict : {Verdict::kAsExpected, Verdict::kUnstable, Verdict::kInconclusive}) {
    record.results.emplace_back();
    record.results.back().verdict = verdict;
    record.results.back().kind = StrategyKind::kClaim;
  }
  EXPECT_EQ(ExitCode(record), 0);
}

TEST(ExitCode, IsThreeForAHarnessErrorWhateverElseFailed) {
  EXPECT_EQ(ExitCodeOf({Verdict::kMissed, Verdict::kHarnessError}), 3);
}

TEST(ExitCode, IsThreeWhenACanaryWasMissedHoweverGoodTheRest) {
  RunRecord record;
  record.results.emplace_back();
  record.results.back().verdict = Verdict::kAsExpected;
  record.selftest_problem = "the canary 'hang' was missed";
  EXPECT_EQ(ExitCode(record), 3);
}

TEST(ExitCode, IsThreeWhenAnEngineThatWasChosenCannotBeUsed) {
  RunRecord record;
  record.results.emplace_back();
  record.results.back().verdict = Verdict::kAsExpected;
  record.context.engines.emplace_back();
  record.context.engines.back().problem = "its worker is missing";
  EXPECT_EQ(ExitCode(record), 3);
}

TEST(ExitCode, SaysThatTheRunWasInterruptedWhateverItsResults) {
  RunRecord record;
  record.context.interrupted = true;
  EXPECT_EQ(ExitCode(record), 130);
}

TEST(ExitCode, IsFourWhenNothingRan) {
  EXPECT_EQ(ExitCodeOf({}), 4);
  EXPECT_EQ(ExitCodeOf({Verdict::kSkipped}), 4);
}

TEST(ExitCode, LooksAtResultsNotAtSingleTrials) {
  RunRecord record;
  record.results.emplace_back();
  record.results.back().verdict = Verdict::kAsExpected;
  record.trials.emplace_back();
  record.trials.back().verdict = Verdict::kInconclusive;
  EXPECT_EQ(ExitCode(record), 0);
}

TEST(Verdict, IsReadBackFromItsWord) {
  for (int i = 0; i <= static_cast<int>(Verdict::kRefuted); ++i) {
    Verdict verdict = static_cast<Verdict>(i);
    EXPECT_EQ(ParseVerdict(ToString(verdict)), verdict);
  }
  EXPECT_EQ(ParseVerdict("fine"), std::nullopt);
}

TEST(ExitKind, IsReadBackFromItsWord) {
  for (int i = 0; i <= static_cast<int>(ExitKind::kIncomplete); ++i) {
    ExitKind kind = static_cast<ExitKind>(i);
    EXPECT_EQ(ParseExitKind(ToString(kind)), kind);
  }
  EXPECT_EQ(ParseExitKind("dead"), std::nullopt);
}

TEST(Exit, IsDescribedInOneLine) {
  EXPECT_EQ(Describe({}), "ended cleanly");
  EXPECT_EQ(Describe({.kind = ExitKind::kSignal, .signal = 11}), "killed by SIGSEGV");
  EXPECT_EQ(Describe({.kind = ExitKind::kSignal, .signal = 64}), "killed by signal 64");
  EXPECT_EQ(Describe({.kind = ExitKind::kNonzero, .code = 3}), "exit status 3");
  EXPECT_EQ(Describe({.kind = ExitKind::kV8Fatal, .where = "v8::X()", .message = "no"}),
            "V8 fatal error in v8::X(): no");
  EXPECT_EQ(Describe({.kind = ExitKind::kSanitizer, .message = "heap-use-after-free"}),
            "ended by a sanitizer: heap-use-after-free");
}

TEST(Fold, CountsTheSamePlaceAndKeepsTheFirstText) {
  Finding first{.code = "HD010", .detector = "oracle", .message = "first"};
  first.life = {{"made here", "a.cc", 1}, {"used here", "a.cc", 9}};
  Finding again = first;
  again.message = "again";
  again.life[0].line = 2;
  again.count = 4;
  std::vector<Finding> findings;
  Fold(findings, first);
  Fold(findings, again);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message, "first");
  EXPECT_EQ(findings[0].count, 5);
}

TEST(Fold, KeepsApartWhatDiffersInCodeDetectorOrPlace) {
  Finding first{.code = "HD010", .detector = "oracle"};
  first.life = {{"used here", "a.cc", 9}};
  Finding code = first;
  code.code = "PR001";
  Finding detector = first;
  detector.detector = "exit";
  Finding place = first;
  place.life[0].line = 10;
  Finding unknown_place = first;
  unknown_place.life.clear();
  std::vector<Finding> findings;
  for (const Finding& one : {first, code, detector, place, unknown_place}) Fold(findings, one);
  EXPECT_EQ(findings.size(), 5u);
}

TEST(SampleColumns, NameEveryWordOfASample) {
  Sample sample;
  sample.handles = 42;
  sample.spaces[9] = 7;
  int found = 0;
  for (const SampleColumn& column : SampleColumns()) {
    if (column.name == "handles") found += Column(sample, column) == 42;
    if (column.name == "space_9") found += Column(sample, column) == 7;
    if (column.name == "rss") found += Column(sample, column) == kNotMeasured;
  }
  EXPECT_EQ(found, 3);
}

}  // namespace
}  // namespace handrail
