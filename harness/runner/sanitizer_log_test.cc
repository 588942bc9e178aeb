// The reports here are those of clang-19's AddressSanitizer, word for word but for shortened paths.
#include "harness/runner/sanitizer_log.h"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <string>

namespace handrail {
namespace {

constexpr const char* kUseAfterFree = R"(
=================================================================
==3746==ERROR: AddressSanitizer: heap-use-after-free on address 0x502000000010 at pc 0x55cd2b503739 bp 0x7ffc07bc8870 sp 0x7ffc07bc8868
READ of size 4 at 0x502000000010 thread T0
    #0 0x55cd2b503738 in demo::Slot::Read(int, std::vector<int, std::allocator<int>> const&) const scenarios/demo/a.cc:5:94
    #1 0x55cd2b50316a in main scenarios/demo/a.cc:9
    #2 0x7f1946b65249 in __libc_start_call_main csu/../sysdeps/nptl/libc_start_call_main.h:58:16
    #3 0x55cd2b421360 in _start (/opt/demo/a+0x2c360) (BuildId: 6e3be6845b8141424146902697076e94828b378a)

0x502000000010 is located 0 bytes inside of 4-byte region [0x502000000010,0x502000000014)
freed by thread T0 here:
    #0 0x55cd2b501762 in operator delete(void*, unsigned long) (/opt/demo/a+0x10c762) (BuildId: 6e3b)

SUMMARY: AddressSanitizer: heap-use-after-free scenarios/demo/a.cc:5:94 in demo::Slot::Read(int, std::vector<int, std::allocator<int>> const&) const
==3746==ABORTING
)";

constexpr const char* kSegv = R"(AddressSanitizer:DEADLYSIGNAL
=================================================================
==3758==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000002 (pc 0x55e0594f3335 bp 0x7ffd342dbd00 sp 0x7ffd342dbb80 T0)
==3758==The signal is caused by a READ memory access.
==3758==Hint: address points to the zero page.
    #0 0x55e0594f3335 in main scenarios/demo/a.cc:12:42

==3758==Register values:
rax = 0x0000000000000002  rbx = 0x00007ffd342dbb80  rcx = 0x0000000000000000  rdx = 0x000055e059506f80
AddressSanitizer can not provide additional info.
SUMMARY: AddressSanitizer: SEGV scenarios/demo/a.cc:12:42 in main
==3758==ABORTING
)";

constexpr const char* kNoSymbols = R"(
==3779==ERROR: AddressSanitizer: heap-use-after-free on address 0x502000000010 at pc 0x5643ecb15739
READ of size 4 at 0x502000000010 thread T0
    #0 0x5643ecb15738  (/opt/demo/s+0x10e738) (BuildId: 6e3be6845b8141424146902697076e94828b378a)
    #1 0x7f7208645249  (/lib/x86_64-linux-gnu/libc.so.6+0x27249) (BuildId: 93ac61ec5a8eb1396f9fbd)

)";

TEST(ParseSanitizerLog, ReadsKindAndFirstStackOfAUseAfterFree) {
  const auto report = ParseSanitizerLog(kUseAfterFree);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->tool, "AddressSanitizer");
  EXPECT_EQ(report->kind, "heap-use-after-free");
  ASSERT_EQ(report->frames.size(), 4u) << "the stack of the free must not be added to it";
  EXPECT_EQ(report->frames[0].function,
            "demo::Slot::Read(int, std::vector<int, std::allocator<int>> const&) const");
  EXPECT_EQ(report->frames[0].file, "scenarios/demo/a.cc");
  EXPECT_EQ(report->frames[0].line, 5);
  EXPECT_EQ(report->frames[1].line, 9) << "a place without a column";
}

TEST(ParseSanitizerLog, LeavesThePlaceOfABinaryAndItsBuildIdOut) {
  const auto report = ParseSanitizerLog(kUseAfterFree);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->frames[3].function, "_start");
  EXPECT_EQ(report->frames[3].file, "");
  EXPECT_EQ(report->frames[3].line, 0);
}

TEST(ParseSanitizerLog, ReadsASegvWithTextBeforeItsStack) {
  const auto report = ParseSanitizerLog(kSegv);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, "SEGV");
  ASSERT_EQ(report->frames.size(), 1u);
  EXPECT_EQ(report->frames[0].function, "main");
  EXPECT_EQ(report->frames[0].line, 12);
}

TEST(ParseSanitizerLog, KeepsTheNumberOfFramesWithoutSymbols) {
  const auto report = ParseSanitizerLog(kNoSymbols);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->kind, "heap-use-after-free") << "taken from the head when there is no summary";
  ASSERT_EQ(report->frames.size(), 2u);
  EXPECT_EQ(report->frames[0].function, "");
  EXPECT_EQ(report->frames[0].file, "");
}

struct Head {
  const char* head;
  const char* summary;
  const char* kind;
};

void PrintTo(const Head& head, std::ostream* out) { *out << head.kind; }

class ParseSanitizerHead : public ::testing::TestWithParam<Head> {};

TEST_P(ParseSanitizerHead, NamesTheKindByOneWord) {
  const std::string text = std::string("==9==ERROR: ") + GetParam().head +
                           "\n    #0 0x1 in f a:1\n\n" + GetParam().summary + "\n";
  const auto report = ParseSanitizerLog(text);
  ASSERT_TRUE(report) << text;
  EXPECT_EQ(report->kind, GetParam().kind) << text;
}

INSTANTIATE_TEST_SUITE_P(
    OfRealReports, ParseSanitizerHead,
    ::testing::Values(
        Head{"AddressSanitizer: attempting double-free on 0x502000000010 in thread T0:",
             "SUMMARY: AddressSanitizer: double-free (/opt/a+0x1) (BuildId: 6e) in operator delete",
             "double-free"},
        Head{"AddressSanitizer: attempting free on address which was not malloc()-ed: 0x502",
             "SUMMARY: AddressSanitizer: bad-free (/opt/a+0x1) in free", "bad-free"},
        Head{"AddressSanitizer: requested allocation size 0x1000000000000000 exceeds maximum",
             "SUMMARY: AddressSanitizer: allocation-size-too-big (/opt/a+0x1) ",
             "allocation-size-too-big"},
        Head{"AddressSanitizer: memcpy-param-overlap: memory ranges [0x1,0x2) and [0x3, 0x4)", "",
             "memcpy-param-overlap"},
        Head{"AddressSanitizer: SEGV on unknown address", "SUMMARY: cut off", "SEGV"}));

TEST(ParseSanitizerLog, FindsNothingWhereNoErrorIsTold) {
  EXPECT_FALSE(ParseSanitizerLog(""));
  EXPECT_FALSE(ParseSanitizerLog("hello\nworld"));
  EXPECT_FALSE(ParseSanitizerLog("ERROR: the file is gone\n"));
  EXPECT_FALSE(ParseSanitizerLog("AddressSanitizer: a warning\n"));
}

TEST(ParseSanitizerLog, KeepsNoMoreFramesThanItPromises) {
  std::string text = "ERROR: AddressSanitizer: stack-overflow on address\n";
  for (int i = 0; i < 300; ++i) text += "    #" + std::to_string(i) + " 0x1 in f a.cc:1\n";
  const auto report = ParseSanitizerLog(text);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->frames.size(), SanitizerReport::kMostFrames);
}

TEST(ParseSanitizerLog, ReadsAReportThatIsCutOffAnywhere) {
  for (const std::string text : {kUseAfterFree, kSegv, kNoSymbols}) {
    for (size_t size = 0; size <= text.size(); ++size) {
      const auto report = ParseSanitizerLog(std::string_view(text).substr(0, size));
      EXPECT_LE(report ? report->frames.size() : 0, 4u) << "cut at " << size;
    }
  }
}

TEST(ParseSanitizerLog, SurvivesHostileText) {
  for (const char* text :
       {"ERROR: ", "Sanitizer: ERROR: ", "Sanitizer: ERROR: x",
        "ERROR: Sanitizer: ", "ERROR: Sanitizer: \n#",
        "ERROR: Sanitizer: x\nSUMMARY: ", "ERROR: Sanitizer: x\nSUMMARY: :",
        "ERROR: Sanitizer: x\nSUMMARY: A: ", "ERROR: Sanitizer: x\n# in ",
        "ERROR: Sanitizer: x\n# in  ", "ERROR: Sanitizer: x\n#0 in f a:99999999999999999999",
        "ERROR: Sanitizer: x\n#0 in (BuildId", "ERROR: Sanitizer: x\n#0 in f a:-3",
        "ERROR: Sanitizer: x\n#0 in f :"}) {
    ParseSanitizerLog(text);  // must return
  }
  const auto report =
      ParseSanitizerLog("ERROR: \x1b[31mSanitizer: \x1b[0mbad\n#0 0x1 in \x07 a\xff:1");
  ASSERT_TRUE(report);
  for (const std::string& word :
       {report->tool, report->kind, report->frames[0].function, report->frames[0].file}) {
    for (const char c : word)
      EXPECT_TRUE(c >= ' ' && c <= '~') << "unprintable in '" << word << "'";
  }
}

TEST(ParseSanitizerLog, SurvivesRandomPiecesOfReports) {
  const std::string pieces[] = {
      "ERROR: ", "Sanitizer: ", "SUMMARY: ", "#0 0x1 in ", " (BuildId: ",
      ":",       "\n",          " ",         "a.cc:12:3",  std::string("\0\xff\x80", 3),
      "("};
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = "ERROR: Sanitizer: ";
    for (int i = 0; i < 12; ++i) text += pieces[random() % std::size(pieces)];
    ParseSanitizerLog(text);
  }
}

}  // namespace
}  // namespace handrail
