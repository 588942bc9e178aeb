#include "harness/runner/decide_exit.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <ostream>

namespace handrail {
namespace {

constexpr const char* kAsanLog =
    "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x50\n"
    "    #0 0x55 in Use() scenarios/escape/a.cc:5:9\n"
    "\n"
    "SUMMARY: AddressSanitizer: heap-use-after-free scenarios/escape/a.cc:5:9 in Use()\n";
constexpr const char* kV8Box =
    "\n#\n# Fatal error in v8::HandleScope::CreateHandle()\n# Cannot create a handle\n#\n";

// As waitpid gives them.
int Exited(int code) { return code << 8; }

Circumstances Ended(int wait_status, bool done = false) {
  Circumstances c;
  c.wait_status = wait_status;
  c.done = done;
  return c;
}

Event Words(Event::Kind kind, const char* where, const char* message) {
  Event event;
  event.kind = kind;
  event.where = where;
  event.message = message;
  return event;
}

TEST(DecideExit, IsCleanWhenStatusIs0AndTheWorkerSaidItWasComplete) {
  EXPECT_EQ(DecideExit(Ended(Exited(0), true)).kind, ExitKind::kClean);
}

TEST(DecideExit, IsIncompleteWhenStatusIs0ButTheTrialNeverCameToItsEnd) {
  EXPECT_EQ(DecideExit(Ended(Exited(0))).kind, ExitKind::kIncomplete);
}

TEST(DecideExit, IsIncompleteEvenWhenV8sTextWasPrintedByAProcessThatWentOn) {
  Circumstances c = Ended(Exited(0));
  c.output = kV8Box;
  EXPECT_EQ(DecideExit(c).kind, ExitKind::kIncomplete);
  c.done = true;
  EXPECT_EQ(DecideExit(c).kind, ExitKind::kClean);
}

TEST(DecideExit, GivesTheStatusOfAnyOtherExit) {
  const Exit exit = DecideExit(Ended(Exited(3), true));
  EXPECT_EQ(exit.kind, ExitKind::kNonzero);
  EXPECT_EQ(exit.code, 3);
}

TEST(DecideExit, GivesTheSignalThatNothingElseExplains) {
  const Exit exit = DecideExit(Ended(SIGSEGV, true));
  EXPECT_EQ(exit.kind, ExitKind::kSignal);
  EXPECT_EQ(exit.signal, SIGSEGV);
}

TEST(DecideExit, KnowsACrashThatWouldHaveDumpedCore) {
  constexpr int kCoreFlag = 0x80;
  EXPECT_EQ(DecideExit(Ended(SIGABRT | kCoreFlag)).signal, SIGABRT);
}

TEST(DecideExit, ExplainsAnAbortByV8sEvent) {
  Circumstances c = Ended(SIGABRT);
  c.last_words = Words(Event::Kind::kV8Fatal, "v8::Isolate::Dispose()", "Disposing the isolate");
  const Exit exit = DecideExit(c);
  EXPECT_EQ(exit.kind, ExitKind::kV8Fatal);
  EXPECT_EQ(exit.where, "v8::Isolate::Dispose()");
  EXPECT_EQ(exit.message, "Disposing the isolate");
  EXPECT_EQ(exit.signal, SIGABRT);
}

TEST(DecideExit, ExplainsAnAbortByV8sEventAboutMemory) {
  Circumstances c = Ended(SIGABRT);
  c.last_words = Words(Event::Kind::kOutOfMemory, "Scavenger", "JavaScript heap");
  EXPECT_EQ(DecideExit(c).kind, ExitKind::kOutOfMemory);
}

TEST(DecideExit, PrefersV8sEventToItsTextInTheOutput) {
  Circumstances c = Ended(SIGABRT);
  c.output = kV8Box;
  c.last_words = Words(Event::Kind::kV8Fatal, "told by event", "");
  EXPECT_EQ(DecideExit(c).where, "told by event");
}

TEST(DecideExit, ExplainsASignalByV8sTextWhenThereIsNoEvent) {
  Circumstances c = Ended(SIGTRAP);
  c.output = kV8Box;
  const Exit exit = DecideExit(c);
  EXPECT_EQ(exit.kind, ExitKind::kV8Fatal);
  EXPECT_EQ(exit.where, "v8::HandleScope::CreateHandle()");
  EXPECT_EQ(exit.signal, SIGTRAP);
}

TEST(DecideExit, ExplainsAStatusByV8sTextAsNodeLeavesAfterIt) {
  Circumstances c = Ended(Exited(134));
  c.output = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n";
  const Exit exit = DecideExit(c);
  EXPECT_EQ(exit.kind, ExitKind::kOutOfMemory);
  EXPECT_EQ(exit.code, 134);
}

TEST(DecideExit, GivesASanitizersReportBeforeV8sWordsAndTheSignal) {
  Circumstances c = Ended(SIGABRT);
  c.output = kV8Box;
  c.sanitizer_log = kAsanLog;
  const Exit exit = DecideExit(c);
  EXPECT_EQ(exit.kind, ExitKind::kSanitizer);
  EXPECT_EQ(exit.where, "AddressSanitizer");
  EXPECT_EQ(exit.message, "heap-use-after-free");
  ASSERT_EQ(exit.frames.size(), 1u);
  EXPECT_EQ(exit.frames[0].line, 5);
}

TEST(DecideExit, TakesV8sWordsAndTheSanitizersStackForACheckThatFailedInV8) {
  Circumstances c = Ended(Exited(kSanitizerStatus));
  c.output = kV8Box;
  c.sanitizer_log =
      "==7==ERROR: AddressSanitizer: TRAP on unknown address 0x0\n"
      "    #0 0x53 in v8::base::OS::Abort() (/libv8.so+0x3)\n"
      "    #1 0x54 in V8_Fatal(char const*, int, char const*, ...) (/libv8.so+0x4)\n"
      "    #2 0x55 in Caller() scenarios/escape/a.cc:5:9\n"
      "\n"
      "SUMMARY: AddressSanitizer: TRAP scenarios/escape/a.cc:5:9 in Caller()\n";
  const Exit exit = DecideExit(c);
  EXPECT_EQ(exit.kind, ExitKind::kV8Fatal);
  EXPECT_EQ(exit.message, "Cannot create a handle");
  ASSERT_EQ(exit.frames.size(), 1U);
  EXPECT_EQ(exit.frames[0].line, 5);
  c.output = "";  // a trap that V8 says nothing about is the sanitizer's
  EXPECT_EQ(DecideExit(c).kind, ExitKind::kSanitizer);
}

TEST(DecideExit, KnowsASanitizerByItsStatusWhenItsReportCannotBeRead) {
  const Exit exit = DecideExit(Ended(Exited(kSanitizerStatus)));
  EXPECT_EQ(exit.kind, ExitKind::kSanitizer);
  EXPECT_EQ(exit.code, kSanitizerStatus);
  EXPECT_FALSE(exit.message.empty());
}

TEST(DecideExit, IgnoresASanitizerLogThatHoldsNoReport) {
  Circumstances c = Ended(Exited(0), true);
  c.sanitizer_log = "==7==WARNING: something about ptrace\n";
  EXPECT_EQ(DecideExit(c).kind, ExitKind::kClean);
}

struct Limit {
  EndedBy by;
  ExitKind kind;
};

void PrintTo(const Limit& limit, std::ostream* out) { *out << ToString(limit.kind); }

class DecideExitByLimit : public ::testing::TestWithParam<Limit> {};

TEST_P(DecideExitByLimit, ComesBeforeEveryOtherExplanation) {
  Circumstances c = Ended(SIGKILL);
  c.ended_by = GetParam().by;
  c.limit = "2048 MiB";
  c.sanitizer_log = kAsanLog;
  c.output = kV8Box;
  c.last_words = Words(Event::Kind::kV8Fatal, "somewhere", "");
  c.done = true;
  const Exit exit = DecideExit(c);
  EXPECT_EQ(exit.kind, GetParam().kind);
  EXPECT_EQ(exit.message, "2048 MiB");
}

INSTANTIATE_TEST_SUITE_P(EachLimit, DecideExitByLimit,
                         ::testing::Values(Limit{EndedBy::kTimeLimit, ExitKind::kTimeout},
                                           Limit{EndedBy::kMemoryLimit, ExitKind::kOutOfMemory},
                                           Limit{EndedBy::kOutputLimit, ExitKind::kOutputLimit}),
                         [](const auto& info) {
                           std::string name(ToString(info.param.kind));
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace handrail
