#include "harness/judge/exit_findings.h"

#include <gtest/gtest.h>

#include <string>

namespace handrail {
namespace {

std::string CodeOf(const Exit& exit) {
  std::vector<Finding> findings = ExitFindings(exit);
  if (findings.size() != 1) return std::to_string(findings.size()) + " findings";
  EXPECT_EQ(findings[0].detector, "exit");
  EXPECT_EQ(findings[0].certainty, Certainty::kCertain);
  EXPECT_FALSE(findings[0].message.empty());
  return findings[0].code;
}

std::string FatalCode(const std::string& message) {
  return CodeOf({.kind = ExitKind::kV8Fatal, .where = "v8::Somewhere()", .message = message});
}

TEST(ExitFindings, SayNothingOfACleanEnd) { EXPECT_TRUE(ExitFindings({}).empty()); }

TEST(ExitFindings, KnowV8sFatalErrorsByTheirText) {
  EXPECT_EQ(FatalCode("Escape value set twice"), "HD011");
  EXPECT_EQ(FatalCode("Cannot create a handle without a HandleScope"), "HD012");
  EXPECT_EQ(FatalCode("Disposing the isolate that is entered by a thread."), "IS001");
  EXPECT_EQ(FatalCode("Disposing the isolate that is entered by a thread"), "IS001");
  EXPECT_EQ(FatalCode("Deinitializing the isolate that is entered by a thread"), "IS001");
  EXPECT_EQ(FatalCode("Entering the V8 API without proper locking in place"), "IS003");
}

TEST(ExitFindings, KnowTheRulesThatACheckedV8ChecksInside) {
  EXPECT_EQ(FatalCode("Debug check failed: i::IsTheHole(i::Tagged<i::Object>(*escape_slot_), "
                      "reinterpret_cast<i::Isolate*>(GetIsolate()))."),
            "HD011");
  EXPECT_EQ(FatalCode("Debug check failed: current->level > current->sealed_level."), "HD012");
  EXPECT_EQ(FatalCode("Debug check failed: CurrentPerIsolateThreadData()->isolate_ == this."),
            "IS002");
  EXPECT_EQ(FatalCode("Debug check failed: FREE == state() (0 vs. 1)."), "PX002");
}

TEST(ExitFindings, KnowNodesCheckOfHandleScopes) {
  EXPECT_EQ(FatalCode("Assertion failed: (open_handle_scopes) == (open_handle_scopes_before)"),
            "HD030");
  EXPECT_EQ(FatalCode("Assertion failed: (1) == (2)"), "PX002");
}

TEST(ExitFindings, CallAnyOtherFatalErrorByItsOwnCode) {
  EXPECT_EQ(FatalCode("Empty MaybeLocal"), "PX002");
  EXPECT_EQ(FatalCode(""), "PX002");
}

TEST(ExitFindings, DoNotTakeTheTextFromAnotherKindOfEnd) {
  EXPECT_EQ(CodeOf({.kind = ExitKind::kNonzero, .code = 1, .message = "Escape value set twice"}),
            "PX005");
}

TEST(ExitFindings, HaveACodeForEveryOtherEnd) {
  EXPECT_EQ(CodeOf({.kind = ExitKind::kSignal, .signal = 11}), "PX001");
  EXPECT_EQ(CodeOf({.kind = ExitKind::kTimeout, .signal = 9}), "PX003");
  EXPECT_EQ(CodeOf({.kind = ExitKind::kOutOfMemory, .signal = 6}), "PX004");
  EXPECT_EQ(CodeOf({.kind = ExitKind::kNonzero, .code = 3}), "PX005");
  EXPECT_EQ(CodeOf({.kind = ExitKind::kSanitizer, .code = 66}), "PX006");
  EXPECT_EQ(CodeOf({.kind = ExitKind::kOutputLimit}), "PX007");
  EXPECT_EQ(CodeOf({.kind = ExitKind::kIncomplete}), "PX008");
}

TEST(ExitFindings, PointAtTheInnermostFrameWithASource) {
  Exit exit{.kind = ExitKind::kSanitizer, .code = 66, .message = "heap-use-after-free"};
  exit.frames = {{"memcpy", "", 0}, {"Body", "scenarios/a.cc", 12}, {"main", "main.cc", 3}};
  Finding finding = ExitFindings(exit).at(0);
  ASSERT_EQ(finding.life.size(), 1u);
  EXPECT_EQ(finding.life[0].what, "in Body");
  EXPECT_EQ(finding.life[0].file, "scenarios/a.cc");
  EXPECT_EQ(finding.life[0].line, 12);
  EXPECT_EQ(finding.message, "ended by a sanitizer: heap-use-after-free");
}

}  // namespace
}  // namespace handrail
