#include "harness/runner/v8_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace handrail {
namespace {

TEST(FindV8Words, ReadsTheBoxOfABrokenApiRule) {
  const auto words = FindV8Words(
      "before\n\n#\n# Fatal error in v8::HandleScope::CreateHandle()\n"
      "# Cannot create a handle without a HandleScope\n#\n\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "v8::HandleScope::CreateHandle()");
  EXPECT_EQ(words->message, "Cannot create a handle without a HandleScope");
  EXPECT_FALSE(words->out_of_memory);
}

TEST(FindV8Words, LeavesThePlaceOfAFailedCheckEmptyWhenTheBuildHidesIt) {
  const auto words = FindV8Words(
      "#\n# Fatal error in , line 0\n# Check failed: (location_) != nullptr.\n#\n#\n"
      "#FailureMessage Object: 0x7ffd342dbd00\n==== C stack trace ====\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "");
  EXPECT_EQ(words->message, "Check failed: (location_) != nullptr.");
}

TEST(FindV8Words, GivesThePlaceOfAFailedCheckInADebugBuild) {
  const auto words = FindV8Words(
      "#\n# Fatal error in ../../src/api/api.cc, line 611\n# Debug check failed: x.\n#\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "../../src/api/api.cc, line 611");
}

TEST(FindV8Words, NamesTheFileOfAFailedCheckAsV8sOwnTreeHasIt) {
  const auto words = FindV8Words(
      "#\n# Fatal error in /home/me/deps/v8/src/api/api.cc, line 757\n# Debug check failed: x.\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "src/api/api.cc, line 757");
}

TEST(FindV8Words, KnowsAFatalBoxThatSpeaksOfMemory) {
  const auto words = FindV8Words(
      "#\n# Fatal error in , line 0\n# Fatal process out of memory: base::SmallVector::Grow\n#\n");
  ASSERT_TRUE(words);
  EXPECT_TRUE(words->out_of_memory);
}

TEST(FindV8Words, ReadsNodesLineOfABrokenApiRule) {
  const auto words = FindV8Words(
      "FATAL ERROR: v8::HandleScope::CreateHandle() Cannot create a handle without a HandleScope\n"
      " 1: 0xb8cd8c node::Abort() [node]\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "v8::HandleScope::CreateHandle()");
  EXPECT_EQ(words->message, "Cannot create a handle without a HandleScope");
}

TEST(FindV8Words, ReadsACheckOfNodesOwn) {
  const auto words = FindV8Words(
      "\n  #  /opt/bin/node[42]: void napi_env__::CallIntoModule(T &&) [T = (lambda at a.cc:506:25)] "
      "at ../src/js_native_api_v8.h:94\n"
      "  #  Assertion failed: (open_handle_scopes) == (open_handle_scopes_before)\n\n"
      "----- Native stack trace -----\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "../src/js_native_api_v8.h:94");
  EXPECT_EQ(words->message,
            "Assertion failed: (open_handle_scopes) == (open_handle_scopes_before)");
  EXPECT_FALSE(words->out_of_memory);
}

TEST(FindV8Words, ReadsACheckOfAnOldNodesOwn) {
  const auto words = FindV8Words(
      "said before\n/opt/bin/node[42]: ../src/js_native_api_v8.h:94:void napi_env__::CallIntoModule("
      "T&&, U&&) [with T = v8impl::X::<lambda(napi_env)>]: Assertion `(open_handle_scopes) == "
      "(open_handle_scopes_before)' failed.\n 1: 0xb9bbf0 node::Abort() [/opt/bin/node]\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "../src/js_native_api_v8.h:94");
  EXPECT_EQ(words->message,
            "Assertion failed: (open_handle_scopes) == (open_handle_scopes_before)");
}

TEST(FindV8Words, TakesNoOtherProgramsAssertionForNodes) {
  EXPECT_FALSE(FindV8Words("a.out: a.c:3: main: Assertion `x == 1' failed.\nAssertion failed: x\n"));
}

TEST(FindV8Words, ReadsNodesLineAboutMemory) {
  const auto words = FindV8Words(
      "<--- Last few GCs --->\n\n<--- JS stacktrace --->\n\n"
      "FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - "
      "JavaScript heap out of memory\n----- Native stack trace -----\n");
  ASSERT_TRUE(words);
  EXPECT_TRUE(words->out_of_memory);
  EXPECT_EQ(words->where, "");
  EXPECT_EQ(words->message.substr(0, 24), "Ineffective mark-compact");
}

class FindV8WordsAboutMemory : public ::testing::TestWithParam<const char*> {};

TEST_P(FindV8WordsAboutMemory, ReadsTheTextOfEachVersion) {
  const auto words = FindV8Words(std::string("\n#\n# ") + GetParam() + "\n#\n\n");
  ASSERT_TRUE(words) << GetParam();
  EXPECT_TRUE(words->out_of_memory);
  EXPECT_EQ(words->message, GetParam());
}

INSTANTIATE_TEST_SUITE_P(FromV8_10ToV8_14, FindV8WordsAboutMemory,
                         ::testing::Values("Fatal javascript OOM in CALL_AND_RETRY_LAST",
                                           "Fatal process OOM in Zone",
                                           "Fatal JavaScript out of memory: CALL_AND_RETRY_LAST",
                                           "Fatal process out of memory: Zone"));

TEST(FindV8Words, TakesTheLastWordsWhenThereAreSeveral) {
  const auto words =
      FindV8Words("# Fatal error in first()\n# one\n#\n# Fatal error in second()\n# two\n#\n");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->where, "second()");
  EXPECT_EQ(words->message, "two");
}

TEST(FindV8Words, FindsNothingInOrdinaryOutput) {
  EXPECT_FALSE(FindV8Words(""));
  EXPECT_FALSE(FindV8Words("10 promises pending\nFatal JavaScript\nran out of memory: no\n"));
  EXPECT_FALSE(FindV8Words("Fatal "));
}

TEST(FindV8Words, ReadsABoxThatIsCutOffAnywhere) {
  const std::string text = "#\n# Fatal error in v8::Foo()\n# Bad\n#\n";
  const size_t mark = text.find("v8::");
  for (size_t size = 0; size <= text.size(); ++size) {
    const auto words = FindV8Words(std::string_view(text).substr(0, size));
    EXPECT_EQ(words.has_value(), size >= mark) << "cut at " << size;
  }
}

TEST(FindV8Words, GivesOnePrintableShortLineOfHostileText) {
  const std::string text = "# Fatal error in \x1b[2J" + std::string(100'000, 'x') + "\n# \x07\xff" +
                           std::string(100'000, 'y');
  const auto words = FindV8Words(text);
  ASSERT_TRUE(words);
  EXPECT_LE(words->where.size(), 200u);
  EXPECT_LE(words->message.size(), 300u);
  for (const char c : words->where + words->message) {
    ASSERT_TRUE(c >= ' ' && c <= '~') << "an unprintable character came through";
  }
}

TEST(FindV8Words, SurvivesRandomPiecesOfItsOwnTexts) {
  const std::string pieces[] = {"# Fatal error in ",
                                "FATAL ERROR: ",
                                "() ",
                                ", line 0",
                                "\n",
                                "# ",
                                "Fatal ",
                                " OOM in ",
                                " out of memory: ",
                                std::string("\0\xff", 2)};
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 10; ++i) text += pieces[random() % std::size(pieces)];
    FindV8Words(text);
  }
}

TEST(FindV8Words, StaysFastOnALongOutputOfNearMisses) {
  std::string text;
  while (text.size() < (size_t{1} << 20)) text += "Fatal x\n";
  EXPECT_FALSE(FindV8Words(text));
}

}  // namespace
}  // namespace handrail
