#include "reports/detection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/test_detection.h"
#include "reports/test_records.h"

namespace handrail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Kind = DetectionCell::Kind;

// The cell of a strategy in one column of the matrix.
DetectionCell CellIn(const Detection& detection, const std::string& strategy,
                     const std::string& engine, const std::vector<std::string>& instruments) {
  for (const DetectionRow& row : detection.rows) {
    if (row.strategy != strategy) continue;
    for (size_t i = 0; i < detection.columns.size(); ++i) {
      const DetectionColumn& column = detection.columns[i];
      if (column.engine == engine && column.instruments == instruments) return row.cells[i];
    }
  }
  ADD_FAILURE() << "no cell for " << strategy << " on " << engine;
  return {};
}

class DetectionTest : public ::testing::Test {
 protected:
  const RunRecord record_ = MatrixRecord();
  const RecordIndex index_{record_};
  const Detection detection_ = DetectionOf(index_);
};

TEST_F(DetectionTest, HasAColumnForEachEngineAndSetWithTheBareEngineFirst) {
  std::vector<std::string> names;
  for (const DetectionColumn& column : detection_.columns) {
    names.push_back(column.engine +
                    (column.instruments.empty() ? "" : "+" + column.instruments[0]));
  }
  EXPECT_THAT(names, ElementsAre("libnode", "libnode+quarantine", "libnode+asan", "node-26",
                                 "node-26+guard", "node-26+quarantine"));
}

TEST_F(DetectionTest, NamesTheFindingThatTheInstrumentWasToMake) {
  const DetectionCell plain = CellIn(detection_, "local-in-map", "libnode", {});
  EXPECT_EQ(plain.kind, Kind::kCaught);
  EXPECT_EQ(plain.code, "HD010");
  EXPECT_EQ(plain.line, 82);
  EXPECT_EQ(plain.operation, 12'345);
  const DetectionCell with = CellIn(detection_, "local-in-map", "libnode", {"quarantine"});
  EXPECT_EQ(with.code, "HD001") << "though the oracle saw it as well, and first";
  EXPECT_EQ(with.line, 58);
}

TEST_F(DetectionTest, TellsTheKindsOfCellsApart) {
  const auto kind = [&](const char* strategy, const char* engine,
                        const std::vector<std::string>& with) {
    return CellIn(detection_, strategy, engine, with).kind;
  };
  EXPECT_EQ(kind("local-in-map", "libnode", {"asan"}), Kind::kSometimes);
  EXPECT_EQ(kind("local-in-map", "node-26", {"guard"}), Kind::kNotApplicable);
  EXPECT_EQ(kind("local-in-map", "node-26", {"quarantine"}), Kind::kMissed);
  EXPECT_EQ(kind("local-in-coroutine", "libnode", {}), Kind::kGap);
  EXPECT_EQ(kind("local-in-coroutine", "libnode", {"quarantine"}), Kind::kInconclusive);
  EXPECT_EQ(kind("local-in-coroutine", "libnode", {"asan"}), Kind::kWrong);
  EXPECT_EQ(kind("two-threads", "node-26", {}), Kind::kError);
  EXPECT_EQ(kind("two-threads", "node-26", {"guard"}), Kind::kNotApplicable) << "never planned";
}

TEST_F(DetectionTest, CountsARaceOverTheTrialsThatDidHarm) {
  const DetectionCell race = CellIn(detection_, "two-threads", "libnode", {});
  EXPECT_EQ(race.kind, Kind::kSometimes);
  EXPECT_EQ(race.detected, 6);
  EXPECT_EQ(race.triggered, 8);
}

TEST_F(DetectionTest, CountsEachColumn) {
  const DetectionColumn& plain = detection_.columns[0];
  EXPECT_EQ(plain.caught, 1);
  EXPECT_EQ(plain.sometimes, 1);
  EXPECT_EQ(plain.missed, 1) << "a gap is missed, declared or not";
  EXPECT_EQ(plain.Conclusive(), 3);
  EXPECT_EQ(detection_.columns[1].inconclusive, 1);
  EXPECT_EQ(detection_.columns[4].false_alarms, 1) << "one seed is enough";
  EXPECT_EQ(detection_.columns[4].correct, 1);
}

TEST_F(DetectionTest, ComparesCorrectCodeWithTheSameTrialWithoutInstruments) {
  EXPECT_DOUBLE_EQ(detection_.columns[0].slow_down, 1);
  EXPECT_DOUBLE_EQ(detection_.columns[1].slow_down, 2) << "the median of 2, 1.5 and 3";
  EXPECT_DOUBLE_EQ(detection_.columns[2].slow_down, 4);
  EXPECT_DOUBLE_EQ(detection_.columns[4].slow_down, 1.25);
}

TEST(Detection, HasNoSlowDownWhereThereIsNothingToCompareWith) {
  RunRecord record = MatrixRecord();
  std::erase_if(record.trials, [](const TrialRecord& trial) { return trial.instruments.empty(); });
  std::erase_if(record.results, [](const ResultRecord& r) { return r.instruments.empty(); });
  for (const DetectionColumn& column : DetectionOf(RecordIndex(record)).columns) {
    EXPECT_EQ(column.slow_down, kNoSlowDown) << column.engine;
  }
}

TEST_F(DetectionTest, CoversWhatMisusesAHandleOverAllSetsTogether) {
  const DetectionCover& libnode = detection_.covers.at(0);
  EXPECT_EQ(libnode.harmful, 3 + 2) << "the race gives no code of handles or promises";
  EXPECT_EQ(libnode.caught, 3) << "by the quarantine";
  EXPECT_THAT(libnode.by_detector,
              ElementsAre(Pair("oracle", 3), Pair("quarantine", 3), Pair("exit", 2)));
  EXPECT_THAT(libnode.uncaught, ElementsAre("escape/promises/local-in-coroutine"));
  const DetectionCover& node = detection_.covers.at(1);
  EXPECT_EQ(node.harmful, 2);
  EXPECT_EQ(node.caught, 0) << "the oracle is not one of them";
}

TEST(Detection, SumsUpOnlyWhereGuardOrQuarantineRan) {
  RunRecord record = MatrixRecord();
  for (ResultRecord& result : record.results) {
    if (result.engine == "node-26") result.instruments.clear();
  }
  const Detection detection = DetectionOf(RecordIndex(record));
  ASSERT_EQ(detection.covers.size(), 1u);
  EXPECT_EQ(detection.covers[0].engine, "libnode");
}

TEST(Detection, HasNoRowForWhatWasRunNowhere) {
  RunRecord record = MatrixRecord();
  const size_t rows = DetectionOf(RecordIndex(record)).rows.size();
  for (const char* engine : {"libnode", "node-26"}) {
    Add(record, "escape/promises/not-run", engine, StrategyKind::kBroken, Verdict::kSkipped);
  }
  EXPECT_EQ(DetectionOf(RecordIndex(record)).rows.size(), rows);
}

TEST(Detection, IsThereForSeveralSetsOfOneEngineOnly) {
  EXPECT_TRUE(HasDetection(MatrixRecord()));
  EXPECT_FALSE(HasDetection(MixedRecord()));
  EXPECT_FALSE(HasDetection(EmptyRecord()));
  RunRecord record = EmptyRecord();
  Add(record, "a/b/c", "libnode", StrategyKind::kBroken, Verdict::kMissed);
  Add(record, "a/b/c", "v8-checked", StrategyKind::kBroken, Verdict::kMissed).result.instruments = {
      "asan"};
  EXPECT_FALSE(HasDetection(record)) << "each engine has one set";
  EXPECT_THAT(DetectionOf(RecordIndex(EmptyRecord())).rows, IsEmpty());
}

}  // namespace
}  // namespace handrail
