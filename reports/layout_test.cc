#include "reports/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace handrail {
namespace {

using testing::ElementsAre;

TEST(Layout, CountsColumnsNotBytes) {
  EXPECT_EQ(Width("abc"), 3);
  EXPECT_EQ(Width("\xc3\xa4\xc3\xb6"), 2);    // two letters of two bytes
  EXPECT_EQ(Width("\xe8\xaa\x9e"), 2);        // an ideograph
  EXPECT_EQ(Width("\xf0\x9f\x94\xa5 x"), 4);  // an emoji
  EXPECT_EQ(PadRight("\xe8\xaa\x9e", 4), "\xe8\xaa\x9e  ");
  EXPECT_EQ(PadLeft("7", 3), "  7");
}

TEST(Layout, ShortensInTheMiddle) {
  EXPECT_EQ(Shorten("short", 10), "short");
  EXPECT_EQ(Shorten("one-scope-round-the-loop", 12), "one-s..-loop");
  EXPECT_EQ(Shorten("abcdef", 3), "abc");
  EXPECT_LE(Width(Shorten("\xe8\xaa\x9e\xe8\xaa\x9e\xe8\xaa\x9e\xe8\xaa\x9e", 7)), 7);
}

TEST(Layout, WrapsAtBlanksUnderItsLabel) {
  EXPECT_THAT(Wrap("ab: ", "one two three four", 14), ElementsAre("ab: one two", "    three four"));
  EXPECT_THAT(Wrap("", "", 20), ElementsAre(""));
  EXPECT_THAT(Wrap("", std::string(25, 'x'), 10),
              ElementsAre(std::string(10, 'x'), std::string(10, 'x'), std::string(5, 'x')));
}

TEST(Layout, WrapsACommandSoThatAShellStillReadsIt) {
  EXPECT_THAT(WrapCommand("> ", "run 'two words here' --flag value", 20),
              ElementsAre("> run \\", "  'two words here' \\", "  --flag value"));
  EXPECT_THAT(WrapCommand("> ", "run it's\\ one end' x", 12),
              ElementsAre("> run \\", "  it's\\ one end' \\", "  x"));
}

TEST(Layout, LimitsLinesAndSaysSo) {
  std::vector<std::string> lines = {"one", "two words", "three"};
  Limit(lines, 2);
  EXPECT_THAT(lines, ElementsAre("one", "two w ..."));
}

TEST(Layout, ReplacesAddressesButKeepsSmallHexNumbers) {
  EXPECT_EQ(Plain("slot 0x7ffe12345678 of 0xFF, 0X00abcdef."),
            "slot <address> of 0xFF, <address>.");
  EXPECT_EQ(Plain("0x"), "0x");
  EXPECT_EQ(Plain("a\nb\x1b[2J"), "a b?[2J");
}

TEST(Layout, PaintsOnlyWhenAsked) {
  EXPECT_EQ(Paint("x", Ink::kBad, false), "x");
  EXPECT_EQ(Paint("x", Ink::kBad, true), "\x1b[1;31mx\x1b[0m");
  EXPECT_EQ(Paint("", Ink::kBad, true), "");
  std::string line = "error: it";
  PaintFront(line, 5, Ink::kDim, true);
  EXPECT_EQ(line, "\x1b[2merror\x1b[0m: it");
}

}  // namespace
}  // namespace handrail
