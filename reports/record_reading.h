// Short words for reading members of a record with a JsonReader, which keeps the first fault with
// its place. Internal to the record's parser. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json_reader.h"

namespace handrail {

inline constexpr size_t kMostItems = 100'000'000;       // of any one list
inline constexpr size_t kMostText = size_t{16} << 20;   // bytes of any one string
inline constexpr size_t kMostRecord = size_t{4} << 30;  // bytes of a whole record

inline std::string ReadText(const JsonReader& json, std::string_view name) {
  return json.Field(name).Text(kMostText);
}

inline std::string TextOr(const JsonReader& json, std::string_view name) {
  return json.Has(name) ? ReadText(json, name) : "";
}

inline int IntOr(const JsonReader& json, std::string_view name, int fallback) {
  if (!json.Has(name)) return fallback;
  return static_cast<int>(json.Field(name).Int(INT32_MIN, INT32_MAX));
}

inline int64_t ReadCount(const JsonReader& json, std::string_view name) {
  return json.Field(name).Int(INT64_MIN, INT64_MAX);
}

// `fallback` stands for null: a value that was no number when it was written.
inline double RealOr(const JsonReader& json, std::string_view name, double fallback) {
  return json.Has(name) ? json.Field(name).Number(-1e300, 1e300) : fallback;
}

inline std::vector<std::string> ReadTexts(const JsonReader& json, std::string_view name) {
  std::vector<std::string> texts;
  for (const JsonReader& item : json.Field(name).Items(kMostItems)) {
    texts.push_back(item.Text(kMostText));
  }
  return texts;
}

inline std::vector<std::string> TextsOr(const JsonReader& json, std::string_view name) {
  return json.Has(name) ? ReadTexts(json, name) : std::vector<std::string>();
}

// A word of a closed set.
template <typename Enum, typename Parse>
Enum Word(const JsonReader& json, Parse parse, Enum fallback) {
  std::string word = json.Text();
  if (auto value = parse(word)) return *value;
  json.Fail("'" + word.substr(0, 60) + "' is not a word that this version knows here");
  return fallback;
}

}  // namespace handrail
