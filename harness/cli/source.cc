#include "harness/cli/source.h"

#include <filesystem>
#include <fstream>

#include "harness/cli/context.h"

namespace handrail {

std::vector<SourceLine> ReadSource(const std::string& file) {
  std::vector<SourceLine> lines;
  if (file.empty() || file.front() == '/' || file.find("..") != std::string::npos) return lines;
  std::filesystem::path folder = BinFolder();
  std::ifstream in(file);
  while (!in.is_open() && folder.has_relative_path()) {
    in.open(folder / file);
    folder = folder.parent_path();
  }
  int number = 0;
  for (std::string line; std::getline(in, line);) lines.push_back({++number, line});
  return lines;
}

std::vector<SourceLine> StructIn(const std::vector<SourceLine>& source, std::string_view name) {
  if (name.empty()) return {};
  const std::string head = "struct " + std::string(name);
  for (size_t i = 0; i < source.size(); ++i) {
    const std::string& text = source[i].text;
    const bool whole = text.starts_with(head) && text.find_first_of(" {:", head.size()) == head.size();
    if (!whole) continue;
    size_t first = i;
    while (first > 0 && source[first - 1].text.starts_with("//")) --first;
    // A brace in the first column ends it; nested types end with an indented one.
    size_t last = i;
    while (last + 1 < source.size() && !source[last].text.starts_with("}") &&
           !source[last].text.ends_with("{};")) {
      ++last;
    }
    return {source.begin() + static_cast<ptrdiff_t>(first),
            source.begin() + static_cast<ptrdiff_t>(last) + 1};
  }
  return {};
}

}  // namespace handrail
