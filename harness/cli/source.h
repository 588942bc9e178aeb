// Reads the few lines of a strategy out of the source, for `handrail explain`. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handrail {

struct SourceLine {
  int number;  // 1-based
  std::string text;
};

// Where `struct name ... };` stands, with the comment right above it.
struct SourceOfStruct {
  std::string file;  // as `file` is named: repository-relative
  std::vector<SourceLine> lines;
};

// Looks in `file` as it stands in the checkout that this binary was built in, or below the current
// folder, then in the other files of its folder, which scenarios of a family share. Empty lines:
// it is in none of them.
SourceOfStruct FindStruct(const std::string& file, std::string_view name);

// The struct within `source`; empty when it is not there.
std::vector<SourceLine> StructIn(const std::vector<SourceLine>& source, std::string_view name);

}  // namespace handrail
