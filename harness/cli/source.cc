#include "harness/cli/source.h"

#include <filesystem>
#include <fstream>

#include "harness/cli/context.h"

namespace handrail {
namespace {

namespace fs = std::filesystem;

std::vector<SourceLine> ReadLines(const fs::path& file) {
  std::vector<SourceLine> lines;
  std::ifstream in(file);
  int number = 0;
  for (std::string line; std::getline(in, line);) lines.push_back({++number, line});
  return lines;
}

// The folder below which `file` lies; empty: nowhere. A name that leads out of the checkout comes
// from a worker that is not ours.
fs::path RootOf(const std::string& file) {
  if (file.empty() || file.front() == '/' || file.find("..") != std::string::npos) return {};
  std::error_code ignored;
  for (fs::path folder = BinFolder(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / file, ignored)) return folder;
  }
  return fs::is_regular_file(file, ignored) ? fs::current_path(ignored) : fs::path();
}

}  // namespace

SourceOfStruct FindStruct(const std::string& file, std::string_view name) {
  const fs::path root = RootOf(file);
  if (root.empty()) return {};
  std::vector<SourceLine> lines = StructIn(ReadLines(root / file), name);
  if (!lines.empty()) return {file, std::move(lines)};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator((root / file).parent_path(), ignored)) {
    lines = StructIn(ReadLines(entry.path()), name);
    if (!lines.empty()) return {fs::relative(entry.path(), root, ignored).string(), std::move(lines)};
  }
  return {};
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
