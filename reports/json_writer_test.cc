#include "reports/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "harness/core/sample.h"

namespace handrail {
namespace {

std::string Only(void (*write)(JsonWriter&)) {
  JsonWriter json;
  write(json);
  return json.Take();
}

TEST(JsonWriter, WritesNumbersWithoutExponents) {
  EXPECT_EQ(Only([](JsonWriter& json) { json.Real(1e15); }), "1000000000000000");
  EXPECT_EQ(Only([](JsonWriter& json) { json.Real(0.000001); }), "0.000001");
  EXPECT_EQ(Only([](JsonWriter& json) { json.Real(12.5); }), "12.5");
  EXPECT_EQ(Only([](JsonWriter& json) { json.Real(-1e-9); }), "0");
  EXPECT_EQ(Only([](JsonWriter& json) { json.Number(INT64_MIN); }), "-9223372036854775808");
  EXPECT_EQ(Only([](JsonWriter& json) { json.Unsigned(UINT64_MAX); }), "18446744073709551615");
}

TEST(JsonWriter, WritesNullForWhatIsNoNumberOrWasNotMeasured) {
  EXPECT_EQ(Only([](JsonWriter& json) { json.Real(std::nan("")); }), "null");
  EXPECT_EQ(Only([](JsonWriter& json) { json.Real(INFINITY); }), "null");
  EXPECT_EQ(Only([](JsonWriter& json) { json.Measured(kNotMeasured); }), "null");
}

TEST(JsonWriter, MakesTextSafeAndEscapesIt) {
  EXPECT_EQ(Only([](JsonWriter& json) { json.Text("a\"b\\c\nd\te\x1b[31m\xff"); }),
            "\"a\\\"b\\\\c\\nd\\te?[31m?\"");
}

TEST(JsonWriter, KeepsTheOrderOfKeysAndPutsElementsOnLines) {
  JsonWriter json;
  json.BeginObject(JsonWriter::Layout::kLines);
  json.Number("z", 1);
  json.Key("a");
  json.BeginArray(JsonWriter::Layout::kLines);
  json.BeginArray();
  json.Number(1);
  json.Flag(true);
  json.End();
  json.End();
  json.Key("empty");
  json.BeginArray(JsonWriter::Layout::kLines);
  json.End();
  json.End();
  EXPECT_EQ(json.Take(), "{\n  \"z\": 1,\n  \"a\": [\n    [1, true]\n  ],\n  \"empty\": []\n}\n");
}

}  // namespace
}  // namespace handrail
