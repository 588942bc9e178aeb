#include "reports/record_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/text.h"
#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// As a strict reader sees it: nothing but UTF-8.
json Strict(const std::string& text) { return json::parse(text); }

RunRecord OneTrial() {
  RunRecord record = EmptyRecord();
  Add(record, "a/b/c", "libnode", StrategyKind::kBroken, Verdict::kAsExpected);
  return record;
}

TEST(RecordJson, KeepsItsShape) {
  std::string text = RecordToJson(MixedRecord());
  ExpectGolden("record_mixed.json", text);
  EXPECT_EQ(text, RecordToJson(MixedRecord()));
}

TEST(RecordJson, OfARunThatDidNothingIsWhole) {
  json root = Strict(RecordToJson(EmptyRecord()));
  EXPECT_EQ(root["schema_version"], kSchemaVersion);
  EXPECT_TRUE(root["trials"].is_array());
  EXPECT_EQ(root["summary"]["exit_code"], 4);
}

TEST(RecordJson, CountsResultsByVerdict) {
  json summary = Strict(RecordToJson(MixedRecord()))["summary"];
  EXPECT_EQ(summary["as_expected"], 4);
  EXPECT_EQ(summary["known_gap"], 2);
  EXPECT_EQ(summary["missed"], 1);
  EXPECT_EQ(summary["refuted"], 4);
  EXPECT_EQ(summary["trials"], 18);
  EXPECT_EQ(summary["exit_code"], 1);
}

TEST(RecordJson, IsValidUtf8WithoutControlCharactersWhateverComesFromOutside) {
  std::string text = RecordToJson(HostileRecord());
  EXPECT_EQ(SafeText(text), text);
  json trial = Strict(text)["trials"][0];
  EXPECT_THAT(trial["reason"].get<std::string>(), HasSubstr("?[31mred?]0;title?"));
}

TEST(RecordJson, CutsOutputToItsHeadAndTail) {
  RunRecord record = OneTrial();
  std::string& output = record.trials[0].evidence.output;
  output = "first line\n";
  for (int i = 0; i < 40000; ++i) output += "\xe8\xaa\x9e";
  output += "\nlast line";
  std::string cut = Strict(RecordToJson(record))["trials"][0]["output"];
  EXPECT_LE(cut.size(), kMaxOutputBytes);
  EXPECT_GE(cut.size(), kMaxOutputBytes - 100);
  EXPECT_THAT(cut, testing::StartsWith("first line\n"));
  EXPECT_THAT(cut, HasSubstr(" bytes left out]\n"));
  EXPECT_THAT(cut, testing::EndsWith("\nlast line"));
  EXPECT_EQ(SafeText(cut), cut);
  EXPECT_EQ(cut.find('?'), std::string::npos) << "a character was cut in two";
}

TEST(RecordJson, WritesNullForWhatWasNotMeasured) {
  RunRecord record = OneTrial();
  record.trials[0].evidence.findings = {StaleLocal()};
  record.trials[0].evidence.findings[0].operation = -1;
  json trial = Strict(RecordToJson(record))["trials"][0];
  EXPECT_TRUE(trial["peak_rss"].is_null());
  EXPECT_TRUE(trial["findings"][0]["operation"].is_null());
}

TEST(RecordJson, KeepsTheLargestSeed) {
  RunRecord record = OneTrial();
  record.trials[0].seed = UINT64_MAX;
  EXPECT_THAT(RecordToJson(record), HasSubstr("\"seed\": 18446744073709551615,"));
}

}  // namespace
}  // namespace handrail
