// Reads JSON that may be anything at all: each value is taken with its type and its bounds, and the
// first fault is kept with its place ("scenarios[3].strategies[0].id: not a string"). Reads after a
// fault give zero values, so a parser reads straight on and asks ok() once at its end. For
// core and reports, which read what others wrote. Any thread; the values must outlive the reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handrail {

inline constexpr size_t kMaxText = size_t{64} << 10;  // bytes of any one string
inline constexpr size_t kMaxDepth = 32;               // brackets open at once

// Whether `text` is [a-z0-9-]+.
bool IsId(std::string_view text);
// Whether `text` is two ids with a slash between.
bool IsScenarioId(std::string_view text);
// Whether `text` has the shape of a finding code: "HD010".
bool IsCode(std::string_view text);

// Parses `text`, at most `limit` bytes long. Never throws.
std::optional<nlohmann::json> ParseJson(std::string_view text, size_t limit, std::string* error);

class JsonReader {
 public:
  // Requires: `error` is empty.
  JsonReader(const nlohmann::json& value, std::string* error);

  bool ok() const { return error_->empty(); }
  void Fail(std::string_view why) const;  // only the first is kept

  // This value's member; a fault when it has none.
  JsonReader Field(std::string_view name) const;
  // Whether there is such a member and it is not null.
  bool Has(std::string_view name) const;
  std::vector<JsonReader> Items(size_t most) const;

  std::string Text(size_t limit = kMaxText) const;
  std::string Id() const;
  std::string ScenarioId() const;
  std::string Code() const;
  bool Bool() const;
  int64_t Int(int64_t least, int64_t most) const;
  uint64_t Uint() const;
  double Number(double least, double most) const;

  std::vector<std::string> Ids(size_t most) const;
  std::vector<std::string> Codes(size_t most) const;

 private:
  JsonReader(const nlohmann::json* value, std::string path, std::string* error);
  std::string Checked(bool (*is)(std::string_view), std::string_view what) const;

  const nlohmann::json* value_;  // nullptr after a fault
  std::string path_;
  std::string* error_;
};

}  // namespace handrail
