#include "reports/test_support.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/core/text.h"
#include "reports/layout.h"

namespace handrail {

void ExpectGolden(const std::string& name, const std::string& text) {
  std::string path = "reports/testdata/" + name;  // ctest runs tests in the repository
  const char* update = std::getenv("HANDRAIL_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(ReadWhole(path), text)
      << path << ": if the change is meant, run again with HANDRAIL_UPDATE_GOLDEN=1";
}

void ExpectFitForTerminal(const std::string& text, int columns) {
  EXPECT_EQ(SafeText(text), text);
  for (const std::string& line : SplitLines(text)) {
    EXPECT_LE(Width(line), columns) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    EXPECT_EQ(line.find('\t'), std::string::npos) << line;
  }
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace handrail
