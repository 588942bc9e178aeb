// Reads the few lines of a strategy out of its scenario's source file, for `handrail explain`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handrail {

struct SourceLine {
  int number;  // 1-based
  std::string text;
};

// Opens `file` as it stands in the checkout that this binary was built in, or below the current
// folder. Empty when it is in neither.
std::vector<SourceLine> ReadSource(const std::string& file);

// `struct name ... };`, with the comment right above it. Empty when there is none.
std::vector<SourceLine> StructIn(const std::vector<SourceLine>& source, std::string_view name);

}  // namespace handrail
