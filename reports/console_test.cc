#include "reports/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ConsoleOptions Options() {
  ConsoleOptions options;
  options.written = {"build/run.json"};
  options.find_code = FindTestCode;
  return options;
}

TEST(Console, ShowsEverythingThatARunCanHold) {
  std::string text = ConsoleReport(MixedRecord(), Options());
  ExpectGolden("console_mixed.txt", text);
  ExpectFitForTerminal(text, 100);
}

TEST(Console, IsColouredOnlyWhenAsked) {
  ConsoleOptions options = Options();
  EXPECT_THAT(ConsoleReport(MixedRecord(), options), Not(HasSubstr("\x1b")));
  options.colour = true;
  ExpectGolden("console_colour.txt", ConsoleReport(MixedRecord(), options));
}

TEST(Console, IsShortWhenAllIsAsDeclared) {
  RunRecord record = EmptyRecord();
  const std::string id = "growth/heap-sync/";
  for (const char* engine : {"libnode", "node-26"}) {
    Add(record, id + "scope-per-batch", engine, StrategyKind::kCorrect, Verdict::kAsExpected);
    Add(record, id + "one-scope-round-the-loop", engine, StrategyKind::kBroken,
        Verdict::kAsExpected)
        .trial.evidence.findings = {StaleLocal()};
  }
  ExpectGolden("console_good.txt", ConsoleReport(record, Options()));
}

TEST(Console, AFailedSelfTestComesFirstAndNothingIsClean) {
  RunRecord record = MixedRecord();
  record.selftest_problem = "the canary of a stale Local was missed on node-26";
  std::string text = ConsoleReport(record, Options());
  EXPECT_THAT(text, StartsWith("SELF-TEST FAILED: nothing below can be trusted as clean\n"
                               "  the canary of a stale Local was missed on node-26\n"));
  EXPECT_THAT(text, HasSubstr("unproven"));
  EXPECT_THAT(text, Not(HasSubstr("  clean")));
}

TEST(Console, SaysThatTheSelfTestWasLeftOut) {
  RunRecord record = MixedRecord();
  record.selftest_ran = false;
  EXPECT_THAT(ConsoleReport(record, Options()), HasSubstr("the self-test was not run"));
}

TEST(Console, SaysThatARunWasCutOffOrHeldNothing) {
  RunRecord record = EmptyRecord();
  record.context.interrupted = true;
  EXPECT_EQ(ConsoleReport(record, Options()),
            "nothing ran\ninterrupted: this is what was done by then\nrecord: build/run.json\n");
}

TEST(Console, ShowsTenBlocksAndCountsTheRest) {
  RunRecord record = EmptyRecord();
  for (int i = 0; i < 13; ++i) {
    Add(record, "a/b/s" + std::to_string(i), "libnode", StrategyKind::kBroken, Verdict::kMissed);
  }
  std::string text = ConsoleReport(record, Options());
  EXPECT_THAT(text, HasSubstr("MISSED a/b/s9 on libnode"));
  EXPECT_THAT(text, Not(HasSubstr("MISSED a/b/s10")));
  EXPECT_THAT(text, HasSubstr("\nand 3 more, see the record\n"));
}

TEST(Console, HostileTextsStayText) {
  ConsoleOptions options = Options();
  options.written = {"build/\x1b[31mrun.json\n"};
  std::string text = ConsoleReport(HostileRecord(), options);
  ExpectGolden("console_hostile.txt", text);
  ExpectFitForTerminal(text, 400);  // words of a command to copy are left whole
  EXPECT_THAT(text, Not(HasSubstr("7ffe12345678")));
}

TEST(Console, FitsAnEightyColumnTerminal) {
  ConsoleOptions options = Options();
  options.width = 20;  // no terminal that anybody reads a table on
  ExpectFitForTerminal(ConsoleReport(MixedRecord(), options), 80);
}

}  // namespace
}  // namespace handrail
