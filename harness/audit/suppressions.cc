#include "harness/audit/suppressions.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "harness/core/codes.h"
#include "harness/core/text.h"

namespace handrail::audit {
namespace {

constexpr size_t kMostText = size_t{1} << 20;

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// Empty: nothing is wrong.
std::string ReadLine(std::string_view line, Suppression& suppression) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "'" + OneLine(line, 60) + "' is not CODE:GLOB";
  suppression.code = Trim(line.substr(0, colon));
  suppression.pattern = Trim(line.substr(colon + 1));
  if (suppression.code != "*" && FindCode(suppression.code) == nullptr) {
    return "there is no code '" + OneLine(suppression.code, 20) + "' (handrail explain lists them)";
  }
  if (suppression.pattern.empty()) return "nothing stands behind the colon; * is everything";
  return {};
}

bool Matches(const std::string& pattern, std::string_view name) {
  if (name.empty()) return false;
  if (GlobMatch(pattern, name)) return true;
  for (size_t slash = name.find('/'); slash != std::string_view::npos;
       slash = name.find('/', slash + 1)) {
    if (GlobMatch(pattern, name.substr(slash + 1))) return true;
  }
  return false;
}

}  // namespace

bool Suppressions::Parse(std::string_view text, const std::string& file, std::string* problem) {
  int number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    Suppression suppression{.line = number};
    const std::string wrong = ReadLine(line, suppression);
    if (!wrong.empty()) {
      *problem = file + ":" + std::to_string(number) + ": " + wrong;
      return false;
    }
    all_.push_back(std::move(suppression));
  }
  return true;
}

bool Suppressions::Read(const std::string& file, std::string* problem) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    *problem = file + ": cannot be read: " + std::strerror(errno);
    return false;
  }
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad() || text.str().size() > kMostText) {
    *problem = file + ": is not a file of suppressions";
    return false;
  }
  return Parse(text.str(), file, problem);
}

bool Suppressions::Silences(std::string_view code, const std::vector<std::string>& names) {
  for (Suppression& one : all_) {
    if (one.code != "*" && one.code != code) continue;
    for (const std::string& name : names) {
      if (!Matches(one.pattern, name)) continue;
      ++one.used;
      return true;
    }
  }
  return false;
}

}  // namespace handrail::audit
