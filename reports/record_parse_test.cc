#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "reports/record_json.h"
#include "reports/test_detection.h"
#include "reports/test_records.h"

namespace handrail {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// What ParseRecord says about `text`; empty when it read it.
std::string Fault(const std::string& text) {
  std::string error;
  bool read = ParseRecord(text, &error).has_value();
  EXPECT_EQ(read, error.empty());
  return error;
}

// The record with `change` made to its JSON.
std::string FaultAfter(void (*change)(json&)) {
  json root = json::parse(RecordToJson(MixedRecord()));
  change(root);
  return Fault(root.dump());
}

TEST(ParseRecord, GivesBackWhatWasWritten) {
  for (const RunRecord& record : {EmptyRecord(), MixedRecord(), HostileRecord(), MatrixRecord()}) {
    std::string text = RecordToJson(record);
    std::string error;
    std::optional<RunRecord> read = ParseRecord(text, &error);
    ASSERT_TRUE(read) << error;
    EXPECT_EQ(RecordToJson(*read), text);
  }
}

TEST(ParseRecord, KeepsEveryMember) {
  RunRecord record = MixedRecord();
  Race race;
  race.exits = {ExitKind::kClean, ExitKind::kSignal};
  race.least_rate = 0.25;
  record.scenarios[0].strategies[1].race = race;
  record.scenarios[0].strategies[1].expectations[0].when = {"node-*", 1002, 1400, "asan"};
  record.trials[0].seed = UINT64_MAX;
  record.trials[1].detected = true;
  std::string error;
  std::optional<RunRecord> read = ParseRecord(RecordToJson(record), &error);
  ASSERT_TRUE(read) << error;
  const StrategyDecl& strategy = read->scenarios[0].strategies[1];
  EXPECT_EQ(strategy.race->exits, race.exits);
  EXPECT_EQ(strategy.race->least_rate, 0.25);
  EXPECT_EQ(strategy.expectations[0].when.v8_before, 1400);
  EXPECT_EQ(strategy.expectations[0].when.instrument, "asan");
  EXPECT_EQ(read->trials[0].seed, UINT64_MAX);
  EXPECT_TRUE(read->trials[1].detected);
  EXPECT_FALSE(read->trials[0].detected);
  EXPECT_EQ(read->trials[0].evidence.samples.size(), 2u);
  EXPECT_EQ(read->trials[0].evidence.samples[1].handles, 12);
  EXPECT_EQ(read->trials[0].evidence.samples[1].rss, kNotMeasured);
  EXPECT_EQ(read->trials[1].evidence.findings[1].life[3].line, 158);
  EXPECT_EQ(read->trials[1].evidence.peak_rss, kNotMeasured);
}

TEST(ParseRecord, SaysThatAFileIsEmpty) {
  EXPECT_EQ(Fault(""), "the file is empty");
  EXPECT_EQ(Fault(" \n\t"), "the file is empty");
}

TEST(ParseRecord, SaysWhereARecordWasCutOff) {
  std::string text = RecordToJson(MixedRecord());
  EXPECT_THAT(Fault(text.substr(0, text.size() / 2)),
              testing::AllOf(HasSubstr("the record was cut off"), HasSubstr("line ")));
  // Wherever it is cut, it is refused and nothing worse happens.
  for (size_t length = 0; length + 2 < text.size(); length += 97) {
    EXPECT_NE(Fault(text.substr(0, length)), "");
  }
}

TEST(ParseRecord, KnowsAnotherToolsFile) {
  EXPECT_THAT(Fault("{\"context\": {}, \"benchmarks\": []}"), HasSubstr("not a Handrail run"));
  EXPECT_THAT(Fault("[1, 2]"), HasSubstr("not a Handrail run record"));
  EXPECT_THAT(Fault("{\"schema_version\": 1}"), HasSubstr("not a Handrail run record"));
  EXPECT_THAT(Fault("<xml/>"), HasSubstr("not JSON"));
  EXPECT_THAT(Fault(std::string("\x7f"
                                "ELF\0\0\xff",
                                7)),
              HasSubstr("not JSON"));
}

TEST(ParseRecord, SaysWhichVersionItCannotRead) {
  EXPECT_EQ(FaultAfter([](json& root) { root["schema_version"] = 2; }),
            "schema_version: 2 is newer than this handrail reads (1): use a newer handrail");
  EXPECT_EQ(FaultAfter([](json& root) { root["schema_version"] = 0; }),
            "schema_version: 0 is older than this handrail reads (1): run it again");
  EXPECT_EQ(FaultAfter([](json& root) { root["schema_version"] = "1"; }),
            "schema_version: not a whole number");
}

TEST(ParseRecord, NamesThePlaceOfWhatIsWrong) {
  EXPECT_THAT(FaultAfter([](json& root) { root["trials"][3]["exit"]["kind"] = "melted"; }),
              HasSubstr("trials[3].exit.kind: 'melted'"));
  EXPECT_THAT(FaultAfter([](json& root) { root["trials"][3].erase("seed"); }),
              HasSubstr("trials[3].seed: missing"));
  EXPECT_THAT(FaultAfter([](json& root) { root["context"]["engines"][1] = 7; }),
              HasSubstr("context.engines[1]"));
  EXPECT_THAT(FaultAfter([](json& root) { root["results"] = json::object(); }),
              HasSubstr("results: not a list"));
  EXPECT_THAT(FaultAfter([](json& root) { root["trials"][1]["findings"][0]["count"] = 1e300; }),
              HasSubstr("trials[1].findings[0].count"));
}

TEST(ParseRecord, NamesThePlaceInATableOfSamples) {
  EXPECT_EQ(FaultAfter([](json& root) { root["trials"][0]["samples"]["columns"][1] = "heat"; }),
            "trials[0].samples.columns[1]: there is no column 'heat'");
  EXPECT_EQ(FaultAfter([](json& root) { root["trials"][0]["samples"]["rows"][1][0] = 1.5; }),
            "trials[0].samples.rows[1]: column 0 is no whole number");
  EXPECT_THAT(FaultAfter([](json& root) { root["trials"][0]["samples"]["rows"][0].push_back(1); }),
              HasSubstr("trials[0].samples.rows[0]: not a list of"));
  EXPECT_EQ(FaultAfter([](json& root) { root["trials"][0].erase("samples"); }),
            "trials[0].samples: missing");
}

TEST(ParseRecord, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(FaultAfter([](json& root) { root["trials"][0]["mood"] = "good"; }), "");
}

}  // namespace
}  // namespace handrail
