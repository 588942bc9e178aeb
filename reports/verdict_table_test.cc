#include "reports/verdict_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using testing::HasSubstr;

// The cell of a broken strategy whose only trial has the findings with these codes.
std::string BrokenCell(Verdict verdict, const std::vector<std::string>& codes, bool brief = false) {
  RunRecord record = EmptyRecord();
  Added added = Add(record, "a/b/c", "libnode", StrategyKind::kBroken, verdict);
  for (const std::string& code : codes)
    added.trial.evidence.findings.push_back({code, "", {}, "", {}});
  ScenarioDecl& scenario = record.scenarios.emplace_back();
  scenario.id = "a/b";
  StrategyDecl& strategy = scenario.strategies.emplace_back();
  strategy.id = "c";
  strategy.expectations.push_back({{}, {"HD010", "PX001"}, {"HD021"}, ""});
  RecordIndex index(record);
  return VerdictCell(index, record.results[0], brief).text;
}

TEST(VerdictCell, NamesTheMostTellingCode) {
  EXPECT_EQ(BrokenCell(Verdict::kAsExpected, {"PX001", "HD021", "HD010"}), "caught HD010+2");
  EXPECT_EQ(BrokenCell(Verdict::kAsExpected, {"HD010", "HD010"}), "caught HD010");
  EXPECT_EQ(BrokenCell(Verdict::kAsExpected, {"HD021", "PX001"}), "caught PX001+1");
  EXPECT_EQ(BrokenCell(Verdict::kAsExpected, {"HD010", "PX001"}, true), "HD010+1");
}

TEST(VerdictCell, NamesTheCodeThatWasNotDeclared) {
  EXPECT_EQ(BrokenCell(Verdict::kWrongFinding, {"HD021", "IS003"}), "WRONG IS003+1");
  EXPECT_EQ(BrokenCell(Verdict::kWrongFinding, {}), "WRONG");
}

TEST(VerdictCell, ShowsHowOftenARaceWasCaught) {
  RunRecord record = EmptyRecord();
  Added added = Add(record, "a/b/c", "libnode", StrategyKind::kBroken, Verdict::kAsExpected);
  added.result.trials = 10;
  added.result.detected = 8;
  record.scenarios.emplace_back().id = "a/b";
  StrategyDecl& strategy = record.scenarios[0].strategies.emplace_back();
  strategy.id = "c";
  strategy.race = Race{};
  RecordIndex index(record);
  EXPECT_EQ(VerdictCell(index, record.results[0], false).text, "caught 8/10");
  record.results[0].verdict = Verdict::kUnstable;
  EXPECT_EQ(VerdictCell(index, record.results[0], false).text, "UNSTABLE 8/10");
}

RunRecord ManyEngines(int count) {
  RunRecord record = EmptyRecord();
  record.context.engines.clear();
  const Verdict verdicts[] = {Verdict::kAsExpected,   Verdict::kMissed,   Verdict::kFalseAlarm,
                              Verdict::kInconclusive, Verdict::kUnstable, Verdict::kSkipped,
                              Verdict::kKnownGap,     Verdict::kGapClosed};
  for (int i = 0; i < count; ++i) {
    std::string engine = i == 0 ? "v8-checked-by-hand" : "node-" + std::to_string(16 + 2 * i);
    record.context.engines.push_back({engine, "12.4.254.21-node.33", "", ""});
    for (int row = 0; row < 8; ++row) {
      std::string id =
          "growth/heap-experiment/one-scope-round-the-loop-with-small-heap-" + std::to_string(row);
      Add(record, id, engine, StrategyKind::kBroken, verdicts[(row + i) % 8])
          .trial.evidence.findings = {StaleLocal(), {"PX001", "", {}, "", {}}};
    }
  }
  return record;
}

TEST(VerdictTable, IsAtMostAHundredColumnsForTwoToSevenEngines) {
  for (int engines = 2; engines <= 7; ++engines) {
    RunRecord record = ManyEngines(engines);
    std::string table = VerdictTable(RecordIndex(record), {});
    ExpectFitForTerminal(table, 100);
    EXPECT_LE(SplitLines(table).size(), 2u + 2u + 8u + 1u) << "wrapped:\n" << table;
    if (engines == 7) ExpectGolden("table_seven_engines.txt", table);
    if (engines == 3) ExpectGolden("table_three_engines.txt", table);
  }
}

TEST(VerdictTable, MoreThanSevenEnginesGiveASecondTable) {
  RunRecord record = ManyEngines(9);
  std::string table = VerdictTable(RecordIndex(record), {});
  EXPECT_EQ(SplitLines(table).size(), (2u + 2u + 8u) + 1u + (1u + 2u + 2u + 8u));
  ExpectFitForTerminal(table, 100);
}

TEST(VerdictTable, LeavesACellEmptyWhereAnEngineHasNoResult) {
  RunRecord record = EmptyRecord();
  Add(record, "a/b/c", "libnode", StrategyKind::kCorrect, Verdict::kAsExpected);
  Add(record, "a/b/d", "unlisted", StrategyKind::kCorrect, Verdict::kAsExpected);
  std::string table = VerdictTable(RecordIndex(record), {});
  EXPECT_THAT(table, HasSubstr("    c  correct  clean\n"));
  EXPECT_THAT(table, HasSubstr("    d  correct           clean\n"));
}

TEST(VerdictTable, IsEmptyWithoutResults) {
  RunRecord record = EmptyRecord();
  EXPECT_EQ(VerdictTable(RecordIndex(record), {}), "");
}

}  // namespace
}  // namespace handrail
