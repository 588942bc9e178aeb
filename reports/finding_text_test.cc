#include "reports/finding_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using testing::HasSubstr;
using testing::Not;

TrialRecord Trial() {
  RunRecord record;
  return Add(record, "escape/multiple-promises/local-in-map", "node-26", StrategyKind::kBroken,
             Verdict::kMissed)
      .trial;
}

std::string Render(const Finding& finding, const TrialRecord& trial) {
  return FindingText(finding, trial, {}, FindTestCode(finding.code), {});
}

TEST(FindingText, TellsTheLifeOfAHandle) {
  std::string text = Render(StaleLocal(), Trial());
  ExpectGolden("finding_stale_local.txt", text);
  ExpectFitForTerminal(text, 100);
}

TEST(FindingText, IsColouredOnlyWhenAsked) {
  std::string text = FindingText(StaleLocal(), Trial(), {}, FindTestCode("HD010"), {true, 100});
  ExpectGolden("finding_colour.txt", text);
  EXPECT_THAT(Render(StaleLocal(), Trial()), Not(HasSubstr("\x1b")));
}

TEST(FindingText, ShowsV8sOwnTextAndTheFirstEightFrames) {
  TrialRecord trial = Trial();
  trial.size = 100000;
  trial.evidence.exit = {ExitKind::kV8Fatal,
                         0,
                         6,
                         "v8::HandleScope::CreateHandle()",
                         "Cannot create a handle without a HandleScope",
                         {}};
  for (int i = 0; i < 20; ++i) {
    trial.evidence.exit.frames.push_back({"v8::Frame" + std::to_string(i), "src/a.cc", i});
  }
  Finding finding{
      "PX002", "exit", Certainty::kCertain, "Cannot create a handle without a HandleScope", {}};
  std::string text = Render(finding, trial);
  ExpectGolden("finding_v8_fatal.txt", text);
  EXPECT_THAT(text, HasSubstr("#7 v8::Frame7"));
  EXPECT_THAT(text, Not(HasSubstr("#8")));
  EXPECT_THAT(text, Not(HasSubstr("saw:"))) << "the exit line says it already";
}

TEST(FindingText, ShowsTheLastOutputWhenNothingElseExplainsTheEnd) {
  TrialRecord trial = Trial();
  trial.evidence.exit = {ExitKind::kNonzero, 3, 0, "", "", {}};
  trial.evidence.output = "first\n\n\x1b[31mred\x1b[0m at 0x7ffe12345678\r\nlast\n";
  std::string text = TrialText(trial, {}, {});
  EXPECT_THAT(text, HasSubstr("  exit:  exit status 3\n  said:  first\n"));
  EXPECT_THAT(text, HasSubstr("         ?[31mred?[0m at <address>\n         last\n"));
}

TEST(FindingText, WithoutAKnownCodeTheMessageIsTheTitle) {
  Finding finding{"ZZ999", "plugin", Certainty::kStatistical, "something of the plugin's own", {}};
  std::string text = Render(finding, Trial());
  EXPECT_THAT(text, HasSubstr("error[ZZ999]: something of the plugin's own\n"));
  EXPECT_THAT(text, HasSubstr("  --> escape/multiple-promises   strategy local-in-map"));
  EXPECT_THAT(text, Not(HasSubstr("why:")));
}

TEST(FindingText, WithoutALifeItPointsToTheStrategy) {
  LifeEvent declared{"", "scenarios/escape/multiple_promises.cc", 90};
  EXPECT_THAT(TrialText(Trial(), declared, {}),
              HasSubstr("  --> scenarios/escape/multiple_promises.cc:90   strategy local-in-map"));
}

TEST(FindingText, SaysWhenItRestsOnATrend) {
  Finding finding = StaleLocal();
  finding.certainty = Certainty::kStatistical;
  finding.detector = "trend";
  finding.count = 1;
  EXPECT_THAT(Render(finding, Trial()), HasSubstr("saw:   trend (statistical), at operation 12:"));
  EXPECT_THAT(Render(finding, Trial()), Not(HasSubstr("seen")));
}

TEST(FindingText, NamesAnotherFileOnlyWhereItDiffers) {
  Finding finding = StaleLocal();
  finding.life[0].file = "harness/embed/deferred.cc";
  std::string text = Render(finding, Trial());
  EXPECT_THAT(text, HasSubstr("   41 | scope opened here (harness/embed/deferred.cc)\n"));
  EXPECT_THAT(text, HasSubstr("   44 | handle created here (v8::Promise::Resolver)\n"));
}

TEST(FindingText, IsNeverLongerThanThirtyLines) {
  TrialRecord trial = Trial();
  std::string words;
  for (int i = 0; i < 200; ++i) words += "word ";
  Finding finding = StaleLocal();
  finding.message = words;
  for (int i = 0; i < 100; ++i) {
    finding.life.push_back({words, "scenarios/" + std::string(300, 'f') + ".cc", 100000 + i});
  }
  trial.evidence.exit = {ExitKind::kSanitizer, 66, 0, "", words, {}};
  for (int i = 0; i < 50; ++i) trial.evidence.exit.frames.push_back({words, words, 1});
  trial.scenario = trial.strategy = trial.engine = words;
  trial.repeat = words;
  CodeInfo info{"HD010", words, words, words, words};
  std::string text = FindingText(finding, trial, {}, &info, {});
  EXPECT_LE(SplitLines(text).size(), kMaxFindingLines);
  EXPECT_THAT(text, HasSubstr("more\n"));
  ExpectFitForTerminal(text, 100);
}

TEST(FindingText, NothingFromOutsideReachesTheTerminalRaw) {
  RunRecord record = HostileRecord();
  for (const TrialRecord& trial : record.trials) {
    ExpectFitForTerminal(TrialText(trial, {}, {}), 1100);
    for (const Finding& finding : trial.evidence.findings) {
      std::string text = FindingText(finding, trial, {}, nullptr, {});
      EXPECT_LE(SplitLines(text).size(), kMaxFindingLines);
      EXPECT_THAT(text, Not(HasSubstr("7ffe12345678")));
      ExpectFitForTerminal(text, 1100);  // a word of a command is left whole
    }
  }
}

}  // namespace
}  // namespace handrail
