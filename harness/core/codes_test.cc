#include "harness/core/codes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace handrail {
namespace {

TEST(Codes, AreUniqueAndWellFormed) {
  std::set<std::string_view> seen;
  for (const CodeInfo& info : AllCodes()) {
    EXPECT_TRUE(seen.insert(info.code).second) << info.code << " is there twice";
    ASSERT_EQ(info.code.size(), 5u);
    EXPECT_NE(std::string("HD PR IS HP PX ").find(std::string(info.code.substr(0, 2)) + " "),
              std::string::npos)
        << info.code;
  }
}

TEST(Codes, HaveAllTheirTexts) {
  for (const CodeInfo& info : AllCodes()) {
    EXPECT_FALSE(info.title.empty()) << info.code;
    EXPECT_LE(info.title.size(), 72u) << info.code << ": a title is the head of a finding";
    for (std::string_view text : {info.why, info.fix, info.seen}) {
      ASSERT_FALSE(text.empty()) << info.code;
      EXPECT_EQ(text.back(), '.') << info.code << ": " << text;
    }
  }
}

TEST(Codes, AreFoundByNameOnly) {
  ASSERT_NE(FindCode("HD010"), nullptr);
  EXPECT_EQ(FindCode("HD010")->code, "HD010");
  EXPECT_EQ(FindCode("HD01"), nullptr);
  EXPECT_EQ(FindCode(""), nullptr);
}

}  // namespace
}  // namespace handrail
