#include "harness/core/text.h"

#include <gtest/gtest.h>

namespace handrail {
namespace {

TEST(GlobMatch, ComparesPlainTextWhole) {
  EXPECT_TRUE(GlobMatch("node-26", "node-26"));
  EXPECT_FALSE(GlobMatch("node-2", "node-26"));
  EXPECT_FALSE(GlobMatch("node-26", "node-2"));
  EXPECT_FALSE(GlobMatch("", "node-26"));
}

TEST(GlobMatch, StarStaysInItsSegment) {
  EXPECT_TRUE(GlobMatch("escape/*/local-*", "escape/double-escape/local-in-map"));
  EXPECT_FALSE(GlobMatch("*map", "escape/resolver-map"));
  EXPECT_TRUE(GlobMatch("node-*", "node-18"));
  EXPECT_TRUE(GlobMatch("node-*", "node-"));
}

TEST(GlobMatch, TwoStarsCrossSegments) {
  EXPECT_TRUE(GlobMatch("**map", "escape/resolver-map"));
  EXPECT_TRUE(GlobMatch("**/local-in-map", "escape/resolver-map/local-in-map"));
  EXPECT_FALSE(GlobMatch("**/global-in-map", "escape/resolver-map/local-in-map"));
}

TEST(GlobMatch, QuestionMarkIsOneCharacterButNoSlash) {
  EXPECT_TRUE(GlobMatch("node-2?", "node-26"));
  EXPECT_FALSE(GlobMatch("node-2?", "node-2"));
  EXPECT_FALSE(GlobMatch("a?b", "a/b"));
}

TEST(GlobMatch, FewerSegmentsMatchTheFront) {
  EXPECT_TRUE(GlobMatch("escape", "escape/double-escape/escape-twice"));
  EXPECT_TRUE(GlobMatch("escape/", "escape/double-escape/escape-twice"));
  EXPECT_TRUE(GlobMatch("escape/double-*", "escape/double-escape/escape-twice"));
  EXPECT_FALSE(GlobMatch("esc", "escape/double-escape/escape-twice"));
  EXPECT_FALSE(
      GlobMatch("escape/double-escape/escape-twice/more", "escape/double-escape/escape-twice"));
}

TEST(GlobMatch, TakesNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(GlobMatch(pattern + "b", std::string(2000, 'a')));
}

TEST(Nearest, FindsASlipOfTheFingers) {
  EXPECT_EQ(Nearest("escpae", {"growth", "escape", "restart"}), "escape");
  EXPECT_EQ(Nearest("Libnode", {"node-26", "libnode"}), "libnode");
}

TEST(Nearest, FindsTheIdThatHoldsTheWord) {
  EXPECT_EQ(Nearest("promises", {"growth/sync", "escape/multiple-promises"}),
            "escape/multiple-promises");
}

TEST(Nearest, GivesNothingWhenNothingIsNear) {
  EXPECT_EQ(Nearest("zebra", {"growth", "escape", "restart"}), "");
  EXPECT_EQ(Nearest("ab", {"cd"}), "");
  EXPECT_EQ(Nearest("", {"growth"}), "");
  EXPECT_EQ(Nearest(std::string(100000, 'x'), {"growth"}), "");
}

TEST(OneLine, TurnsLineBreaksAndTabsIntoOneBlankEach) {
  EXPECT_EQ(OneLine("a\nb\r\nc\td\re"), "a b c d e");
  EXPECT_EQ(OneLine("a\xE2\x80\xA8"
                    "b"),
            "a b");
  EXPECT_EQ(OneLine("fatal error\n\n"), "fatal error");
}

TEST(OneLine, TakesTheTeethOutOfTerminalSequences) {
  EXPECT_EQ(OneLine("\x1b[31mred"), "?[31mred");
  EXPECT_EQ(OneLine("\xC2\x9B"
                    "31mred"),
            "?31mred");
  EXPECT_EQ(OneLine("\xE2\x80\xAE"
                    "drawkcab"),
            "?drawkcab");
  EXPECT_EQ(OneLine(std::string_view("a\0b\x7f", 4)), "a?b?");
}

TEST(OneLine, ReplacesInvalidUtf8ByteByByte) {
  EXPECT_EQ(OneLine("\xFFok"), "?ok");
  EXPECT_EQ(OneLine("\xC0\xAF"), "??");            // overlong '/'
  EXPECT_EQ(OneLine("\xED\xA0\x80"), "???");       // a surrogate
  EXPECT_EQ(OneLine("\xF4\x90\x80\x80"), "????");  // above U+10FFFF
  EXPECT_EQ(OneLine("cut\xE2\x82"), "cut??");      // ends within a character
  EXPECT_EQ(OneLine("\xE2\x82\xAC \xF0\x9F\x98\x80"), "\xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST(OneLine, CutsAtACharacterAndSaysSo) {
  EXPECT_EQ(OneLine("0123456789", 10), "0123456789");
  EXPECT_EQ(OneLine("0123456789a", 10), "0123456...");
  EXPECT_EQ(OneLine("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 8), "\xE2\x82\xAC...");
  EXPECT_EQ(OneLine("0123456789", 2), "..");
  EXPECT_EQ(OneLine("0123456789", 0), "");
}

TEST(SafeText, KeepsLineBreaksAndTabsOnly) {
  EXPECT_EQ(SafeText("a\tb\r\nc\rd\n\x1b\xFF"), "a\tb\nc?d\n??");
}

TEST(Grouped, PutsACommaAtEveryThousand) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(700018), "700,018");
  EXPECT_EQ(Grouped(-1234567), "-1,234,567");
  EXPECT_EQ(Grouped(-123), "-123");
  EXPECT_EQ(Grouped(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(HumanBytes, TakesTheUnitThatFits) {
  EXPECT_EQ(HumanBytes(0), "0 bytes");
  EXPECT_EQ(HumanBytes(1023), "1023 bytes");
  EXPECT_EQ(HumanBytes(1536), "1.5 KiB");
  EXPECT_EQ(HumanBytes(int64_t{8} << 20), "8.0 MiB");
  EXPECT_EQ(HumanBytes(INT64_MIN), "-8388608.0 TiB");
}

TEST(ShellQuote, LeavesPlainWordsAlone) {
  EXPECT_EQ(ShellQuote("escape/resolver-map"), "escape/resolver-map");
  EXPECT_EQ(ShellQuote("--report=json"), "--report=json");
}

TEST(ShellQuote, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(ShellQuote(""), "''");
  EXPECT_EQ(ShellQuote("node-*"), "'node-*'");
  EXPECT_EQ(ShellQuote("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellQuote("~/x"), "'~/x'");
}

}  // namespace
}  // namespace handrail
