#include "harness/cli/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace handrail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What StructIn finds in `text`, each line with its number in front.
std::vector<std::string> Find(const std::string& text, std::string_view name) {
  std::vector<SourceLine> source;
  std::istringstream in(text);
  int number = 0;
  for (std::string line; std::getline(in, line);) source.push_back({++number, line});
  std::vector<std::string> found;
  for (const SourceLine& line : StructIn(source, name)) {
    found.push_back(std::to_string(line.number) + " " + line.text);
  }
  return found;
}

TEST(StructIn, TakesTheStructWithTheCommentRightAboveIt) {
  EXPECT_THAT(
      Find("int a;\n// Not this.\n\n// A Local\n// in a map.\nstruct LocalInMap {\n"
           "  int x;\n};\nint b;\n",
           "LocalInMap"),
      ElementsAre("4 // A Local", "5 // in a map.", "6 struct LocalInMap {", "7   int x;", "8 };"));
}

TEST(StructIn, TakesAStructOfOneLine) {
  EXPECT_THAT(Find("struct A {};\nstruct B {};\n", "A"), ElementsAre("1 struct A {};"));
}

TEST(StructIn, TakesAStructWithABase) {
  EXPECT_THAT(Find("struct A : B {\n};\n", "A"), ElementsAre("1 struct A : B {", "2 };"));
  EXPECT_THAT(Find("struct A: B {\n};\n", "A"), ElementsAre("1 struct A: B {", "2 };"));
}

TEST(StructIn, IsNotMisledByALongerOrShorterName) {
  EXPECT_THAT(Find("struct LocalInMapTwice {\n};\nstruct LocalInMap {\n};\n", "LocalInMap"),
              ElementsAre("3 struct LocalInMap {", "4 };"));
  EXPECT_THAT(Find("struct LocalInMap {\n};\n", "Local"), IsEmpty());
}

TEST(StructIn, KeepsNestedTypesInsideIt) {
  EXPECT_THAT(Find("struct A {\n  struct B {\n  };\n  int x;\n};\nint y;\n", "A"),
              ElementsAre("1 struct A {", "2   struct B {", "3   };", "4   int x;", "5 };"));
}

TEST(StructIn, FindsNothingWhereThereIsNothing) {
  EXPECT_THAT(Find("", "A"), IsEmpty());
  EXPECT_THAT(Find("struct A {\n};\n", ""), IsEmpty());
  EXPECT_THAT(Find("struct A;\n", "A"), IsEmpty()) << "a declaration has no lines to show";
  EXPECT_THAT(Find("  struct A {\n  };\n", "A"), IsEmpty()) << "not at the top";
}

TEST(StructIn, StopsAtTheEndOfASourceThatIsCutOff) {
  EXPECT_THAT(Find("struct A {\n  int x;\n", "A"), ElementsAre("1 struct A {", "2   int x;"));
}

TEST(FindStruct, ReadsTheCheckoutThisWasBuiltIn) {
  const SourceOfStruct found = FindStruct("scenarios/canary/empty.cc", "IsolateAndContext");
  EXPECT_EQ(found.file, "scenarios/canary/empty.cc");
  EXPECT_FALSE(found.lines.empty());
}

TEST(FindStruct, ReadsNothingOutsideOfIt) {
  EXPECT_THAT(FindStruct("/etc/passwd", "root").lines, IsEmpty());
  EXPECT_THAT(FindStruct("../../../etc/passwd", "root").lines, IsEmpty());
  EXPECT_THAT(FindStruct("", "A").lines, IsEmpty());
  EXPECT_THAT(FindStruct("scenarios/nothing.cc", "A").lines, IsEmpty());
  EXPECT_THAT(FindStruct("scenarios", "A").lines, IsEmpty());
}

}  // namespace
}  // namespace handrail
