// What the instruments that are on must find, whatever else saw the harm.
#include "harness/judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handrail {
namespace {

using ::testing::HasSubstr;

StrategyDecl Broken(Expectation expectation) {
  StrategyDecl strategy;
  strategy.id = "local-in-map";
  strategy.kind = StrategyKind::kBroken;
  strategy.expectations = {std::move(expectation)};
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

// Broken code that gives HD010 by itself, and of which an instrument must find HD001.
StrategyDecl Demanding(Expectation expectation) {
  StrategyDecl strategy = Broken(std::move(expectation));
  strategy.demands = {{.instrument = "quarantine", .any_of = {"HD001", "HD003"}, .may = {"HD022"}}};
  return strategy;
}

TEST(JudgeTrial, HoldsAnInstrumentThatIsOnToWhatItMustFind) {
  const StrategyDecl strategy = Demanding({.any_of = {"HD010"}, .may = {"PR001"}});
  const auto with = [&](std::vector<std::string> codes) {
    return Judge(strategy, With(std::move(codes)), {"quarantine"});
  };
  EXPECT_EQ(with({"HD001"}).verdict, Verdict::kAsExpected) << "HD010 is not required then";
  EXPECT_EQ(with({"HD010", "PR001", "HD022", "HD003"}).verdict, Verdict::kAsExpected);
  EXPECT_TRUE(with({"HD010", "HD003"}).detected);
  EXPECT_EQ(with({"HD010", "HD003"}).reason, "HD003: seen");
  const Judgement missed = with({"HD010"});
  EXPECT_EQ(missed.verdict, Verdict::kMissed) << "something else saw it, the instrument did not";
  EXPECT_FALSE(missed.detected);
  EXPECT_THAT(missed.reason, HasSubstr("declared for quarantine"));
  EXPECT_EQ(with({}).verdict, Verdict::kMissed);
  EXPECT_EQ(with({"HD001", "PX009"}).verdict, Verdict::kWrongFinding);
  EXPECT_EQ(with({"PX009"}).verdict, Verdict::kWrongFinding);
}

TEST(JudgeTrial, AsksForNothingOfAnInstrumentThatIsOff) {
  const StrategyDecl strategy = Demanding({.any_of = {"HD010"}});
  EXPECT_EQ(Judge(strategy, With({"HD010"})).verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge(strategy, With({"HD010", "HD001"})).verdict, Verdict::kWrongFinding)
      << "nobody who is on could have seen HD001";
}

TEST(JudgeTrial, MissesWithTheDetectorOfTheInstrumentTakenOut) {
  const StrategyDecl strategy = Demanding({.any_of = {"HD010"}});
  Evidence evidence = With({"HD010", "HD001"});
  evidence.findings[1].detector = "quarantine";
  EXPECT_EQ(Judge(strategy, evidence, {"quarantine"}).verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge(strategy, With({"HD010"}), {"quarantine", "no-quarantine"}).verdict,
            Verdict::kMissed);
}

TEST(JudgeTrial, LiftsAGapWhereAnInstrumentMustSeeIt) {
  const StrategyDecl strategy = Demanding({.gap = "nothing sees it"});
  EXPECT_EQ(Judge(strategy, With({})).verdict, Verdict::kKnownGap);
  EXPECT_EQ(Judge(strategy, With({"HD001"}), {"quarantine"}).verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge(strategy, With({}), {"quarantine"}).verdict, Verdict::kMissed);
}

TEST(JudgeTrial, HoldsEachOfSeveralInstrumentsToItsOwn) {
  StrategyDecl strategy = Demanding({.any_of = {"HD010"}});
  strategy.demands.push_back({.instrument = "asan", .any_of = {"PX006"}});
  const std::vector<std::string> both = {"asan", "quarantine"};
  EXPECT_EQ(Judge(strategy, With({"HD001", "PX006"}), both).verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge(strategy, With({"HD001"}), both).verdict, Verdict::kMissed);
  EXPECT_EQ(Judge(strategy, With({"PX006"}), both).verdict, Verdict::kMissed);
}

TEST(JudgeTrial, JudgesByTheDemandWhereNothingElseIsDeclared) {
  StrategyDecl strategy = Demanding({.any_of = {"HD010"}});
  strategy.expectations.clear();
  EXPECT_EQ(Judge(strategy, With({"HD001"}), {"quarantine"}).verdict, Verdict::kAsExpected);
  EXPECT_EQ(Judge(strategy, With({"HD001"}, 1, 0), {"quarantine"}).verdict, Verdict::kInconclusive);
  EXPECT_EQ(Judge(strategy, With({}, 1, 0), {"quarantine"}).verdict, Verdict::kInconclusive);
  EXPECT_EQ(Judge(strategy, With({})).verdict, Verdict::kMissed);
}

TEST(JudgeTrial, CountsARaceAsDetectedWhenTheInstrumentSawIt) {
  StrategyDecl strategy = Demanding({.any_of = {"PX001"}});
  strategy.race = Race{{ExitKind::kClean}, 0.5, 10};
  EXPECT_TRUE(Judge(strategy, With({"HD001"}), {"quarantine"}).detected);
  EXPECT_FALSE(Judge(strategy, With({"PX001"}), {"quarantine"}).detected);
  EXPECT_EQ(Judge(strategy, With({"PX001"}), {"quarantine"}).verdict, Verdict::kAsExpected);
}

}  // namespace
}  // namespace handrail
