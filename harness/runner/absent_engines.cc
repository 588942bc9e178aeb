#include "harness/runner/absent_engines.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/core/text.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

bool HasRow(const std::vector<EngineRow>& rows, const std::string& glob) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const EngineRow& row) { return GlobMatch(glob, row.id); });
}

}  // namespace

std::vector<AbsentEngine> ReadAbsentEngines(const std::string& file,
                                            const std::vector<EngineRow>& rows) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  const Json json = Json::parse(text.str(), nullptr, false);
  std::vector<AbsentEngine> absent;
  if (!json.is_array()) return absent;
  for (const Json& element : json) {
    if (!element.is_object() || !element.contains("id") || !element["id"].is_string() ||
        !element.contains("get") || !element["get"].is_string()) {
      continue;
    }
    AbsentEngine one = {element["id"].get<std::string>(), element["get"].get<std::string>()};
    if (!HasRow(rows, one.id)) absent.push_back(std::move(one));
  }
  return absent;
}

absl::Status CheckNotAbsent(const std::vector<AbsentEngine>& absent,
                            const std::vector<EngineRow>& rows,
                            const std::vector<std::string>& globs) {
  for (const std::string& glob : globs) {
    if (HasRow(rows, glob)) continue;
    for (const AbsentEngine& one : absent) {
      if (!GlobMatch(glob, one.id)) continue;
      return absl::InvalidArgumentError("the engine " + one.id +
                                        " is not set up; this does it: " + one.get);
    }
  }
  return absl::OkStatus();
}

}  // namespace handrail
