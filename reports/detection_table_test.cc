#include "reports/detection_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/console.h"
#include "reports/detection_text.h"
#include "reports/test_detection.h"
#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string TableOf(const RunRecord& record, const TextStyle& style = {}) {
  const RecordIndex index(record);
  return DetectionTable(DetectionOf(index), index, style);
}

TEST(DetectionTable, KeepsItsShape) {
  const std::string table = TableOf(MatrixRecord());
  ExpectFitForTerminal(table, 100);
  ExpectGolden("detection_table.txt", table);
}

TEST(DetectionTable, PutsEnginesSideBySideWhileTheyFit) {
  RunRecord record = MatrixRecord();
  const auto wide = [](const auto& one) {
    return one.instruments == std::vector<std::string>{"asan"} ||
           one.instruments == std::vector<std::string>{"guard"};
  };
  std::erase_if(record.results, wide);
  std::erase_if(record.trials, wide);
  const std::string table = TableOf(record);
  ExpectFitForTerminal(table, 100);
  const std::string heading = table.substr(0, table.find('\n'));
  EXPECT_THAT(heading, HasSubstr("libnode")) << table;
  EXPECT_THAT(heading, HasSubstr("node-26")) << table;
}

TEST(DetectionTable, CutsAnEngineWithManySetsIntoSeveralTables) {
  RunRecord record = MatrixRecord();
  const size_t count = record.results.size();
  for (int i = 0; i < 6; ++i) {
    for (size_t at = 0; at < count; ++at) {
      ResultRecord result = record.results[at];
      result.instruments.push_back("quite-a-long-instrument-" + std::to_string(i));
      record.results.push_back(result);
    }
  }
  ExpectFitForTerminal(TableOf(record), 100);
  ExpectFitForTerminal(TableOf(record, {.width = 80}), 80);
}

TEST(DetectionTable, IsEmptyWithoutBrokenStrategies) { EXPECT_EQ(TableOf(EmptyRecord()), ""); }

TEST(DetectionTable, LetsNothingHostileReachTheTerminal) {
  RunRecord record = HostileRecord();
  RunRecord twice = record;
  for (ResultRecord& result : twice.results) {
    result.instruments.clear();
    record.results.push_back(result);
  }
  ASSERT_TRUE(HasDetection(record));
  ExpectFitForTerminal(TableOf(record), 100);
  const RecordIndex index(record);
  const std::string markdown = DetectionMarkdown(DetectionOf(index), index);
  EXPECT_THAT(markdown, Not(HasSubstr("\x1b")));
  EXPECT_THAT(markdown, Not(HasSubstr(" <script>"))) << "no tag of its own";
}

TEST(DetectionMarkdown, KeepsItsShape) {
  const RunRecord record = MatrixRecord();
  const RecordIndex index(record);
  ExpectGolden("detection_table.md", DetectionMarkdown(DetectionOf(index), index));
}

TEST(DetectionNotes, GiveEachReasonALetter) {
  DetectionNotes notes;
  EXPECT_EQ(notes.LetterOf("no worker"), "a");
  EXPECT_EQ(notes.LetterOf("no Node"), "b");
  EXPECT_EQ(notes.LetterOf("no worker"), "a");
  for (int i = 0; i < 100; ++i) notes.LetterOf("reason " + std::to_string(i));
  EXPECT_EQ(notes.LetterOf("one more"), "z");
  EXPECT_EQ(notes.Lines().size(), 26u);
  EXPECT_EQ(notes.Lines()[1], "b: no Node");
}

TEST(DetectionFoot, NeverRoundsUpToAll) {
  DetectionColumn column;
  column.caught = 999;
  column.missed = 1;
  EXPECT_EQ(FootOf({column})[0].texts[0], "99 % 999/1000");
  EXPECT_EQ(FootOf({DetectionColumn()})[0].texts[0], "-") << "nothing did harm";
}

TEST(Console, ShowsTheDetectionTableForARunOverSeveralSets) {
  const std::string report = ConsoleReport(MatrixRecord(), {});
  EXPECT_THAT(report, HasSubstr("slow-down"));
  EXPECT_THAT(report, HasSubstr("MISSED escape/promises/local-in-map on node-26 with quarantine"));
  EXPECT_THAT(report,
              HasSubstr("1 strategy on node-26 with guard: its worker has no such strategy"));
  ExpectFitForTerminal(report, 100);
}

}  // namespace
}  // namespace handrail
