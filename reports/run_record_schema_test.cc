// Checks that what RecordToJson writes satisfies reports/schema/run-record.schema.json, with a
// validator of just the keywords that the schema uses, and that every keyword in it is one of them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "reports/record_json.h"
#include "reports/test_detection.h"
#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using nlohmann::json;

bool HasType(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

class Validator {
 public:
  explicit Validator(json schema) : schema_(std::move(schema)) {}

  // The first faults, each with its place.
  std::vector<std::string> Check(const json& document) {
    faults_.clear();
    Visit(schema_, document, "record");
    return faults_;
  }

 private:
  void Fault(const std::string& place, const std::string& what) {
    if (faults_.size() < 10) faults_.push_back(place + ": " + what);
  }

  void Visit(const json& schema, const json& value, const std::string& place) {
    if (schema.contains("$ref")) {
      std::string name = schema["$ref"];
      return Visit(schema_.at(json::json_pointer(name.substr(1))), value, place);
    }
    if (schema.contains("type")) VisitType(schema["type"], value, place);
    if (schema.contains("enum")) {
      const json& words = schema["enum"];
      if (std::find(words.begin(), words.end(), value) == words.end()) Fault(place, "not in enum");
    }
    if (value.is_object()) VisitObject(schema, value, place);
    if (!value.is_array() || !schema.contains("items")) return;
    for (size_t i = 0; i < value.size(); ++i) {
      Visit(schema["items"], value[i], place + "[" + std::to_string(i) + "]");
    }
  }

  void VisitType(const json& type, const json& value, const std::string& place) {
    bool fits = false;
    for (const json& one : type.is_array() ? type : json::array({type})) {
      fits = fits || HasType(value, one.get<std::string>());
    }
    if (!fits) Fault(place, "is not of type " + type.dump());
  }

  void VisitObject(const json& schema, const json& value, const std::string& place) {
    for (const json& name : schema.value("required", json::array())) {
      if (!value.contains(name.get<std::string>())) Fault(place, "lacks " + name.dump());
    }
    json properties = schema.value("properties", json::object());
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        Visit(properties[name], member, place + "." + name);
      } else if (!schema.value("additionalProperties", true)) {
        Fault(place, "has an unknown member " + name);
      }
    }
  }

  json schema_;
  std::vector<std::string> faults_;
};

json Schema() { return json::parse(ReadWhole("reports/schema/run-record.schema.json")); }

json Document(const RunRecord& record) { return json::parse(RecordToJson(record)); }

void ExpectKnownKeywords(const json& schema) {
  static const std::set<std::string> known = {
      "$schema", "$id",        "$defs", "$ref", "title",    "description",
      "type",    "properties", "items", "enum", "required", "additionalProperties"};
  for (const auto& [key, value] : schema.items()) {
    EXPECT_TRUE(known.contains(key)) << key;
    if (key == "items") ExpectKnownKeywords(value);
    if (key != "properties" && key != "$defs") continue;
    for (const auto& [name, member] : value.items()) ExpectKnownKeywords(member);
  }
}

TEST(RunRecordSchema, UsesOnlyKeywordsThatThisTestChecks) { ExpectKnownKeywords(Schema()); }

TEST(RunRecordSchema, IsSatisfiedByEveryRecord) {
  Validator validator(Schema());
  RunRecord raced = MixedRecord();
  raced.scenarios[0].strategies[1].race = Race{{ExitKind::kSignal}, 0.5, 10};
  raced.scenarios[0].strategies[1].expectations[0].when = {"node-*", 1002, 1400, "asan"};
  raced.scenarios[0].strategies[1].expectations[0].gap = "nothing sees it";
  for (const RunRecord& record :
       {EmptyRecord(), MixedRecord(), HostileRecord(), MatrixRecord(), raced}) {
    EXPECT_EQ(validator.Check(Document(record)), std::vector<std::string>());
  }
}

TEST(RunRecordSchema, KnowsEveryVerdictAndEveryKindOfExit) {
  Validator validator(Schema());
  for (int i = 0; ToString(static_cast<Verdict>(i)) != "unknown"; ++i) {
    RunRecord record = EmptyRecord();
    Add(record, "a/b/c", "libnode", StrategyKind::kBroken, static_cast<Verdict>(i));
    EXPECT_EQ(validator.Check(Document(record)), std::vector<std::string>());
  }
  for (int i = 0; ToString(static_cast<ExitKind>(i)) != "unknown"; ++i) {
    RunRecord record = EmptyRecord();
    Add(record, "a/b/c", "libnode", StrategyKind::kBroken, Verdict::kMissed)
        .trial.evidence.exit.kind = static_cast<ExitKind>(i);
    EXPECT_EQ(validator.Check(Document(record)), std::vector<std::string>());
  }
}

TEST(RunRecordSchema, RefusesWhatIsNotARecord) {
  Validator validator(Schema());
  json record = Document(MixedRecord());
  record["trials"][0]["seed"] = "one";
  record["trials"][1].erase("exit");
  record["trials"][2]["mood"] = "good";
  record["trials"][3]["verdict"] = "fine";
  EXPECT_EQ(validator.Check(record),
            (std::vector<std::string>{"record.trials[0].seed: is not of type \"integer\"",
                                      "record.trials[1]: lacks \"exit\"",
                                      "record.trials[2]: has an unknown member mood",
                                      "record.trials[3].verdict: not in enum"}));
}

}  // namespace
}  // namespace handrail
