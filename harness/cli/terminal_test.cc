// Colours and rewritten lines on a terminal that wants them, and nowhere else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::HandrailOptions;
using ::handrail::testing::Outcome;
using ::handrail::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kEscape = "\x1b[";

class Terminal : public ::testing::Test {
 protected:
  // A run with a result that is worth a colour, long enough for a progress line.
  Outcome Run(const HandrailOptions& options) const {
    return Handrail({"run", "canary/selftest/hang", "canary/empty", "--engine", "libnode",
                     "--no-selftest", "--report", "json=" + record_},
                    options);
  }
  static HandrailOptions OnTerminal(const std::string& name = "TERM",
                                    const std::string& value = "xterm") {
    HandrailOptions options;
    options.terminal = true;
    options.environment["TERM"] = "xterm";
    options.environment[name] = value;
    return options;
  }

  TemporaryFolder folder_;
  std::string record_ = folder_ / "run.json";
};

TEST_F(Terminal, GetsColoursAndAProgressLineThatIsWrittenOver) {
  const Outcome outcome = Run(OnTerminal());
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr(kEscape));
  EXPECT_THAT(outcome.out, HasSubstr("\r\033[K[")) << "no progress line";
}

TEST_F(Terminal, GetsPlainTextWithNoColor) {
  const Outcome outcome = Run(OnTerminal("NO_COLOR", "1"));
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
}

TEST_F(Terminal, GetsPlainTextInCi) {
  EXPECT_THAT(Run(OnTerminal("CI", "true")).out, Not(HasSubstr("\x1b")));
}

TEST_F(Terminal, ThatIsDumbGetsPlainText) {
  EXPECT_THAT(Run(OnTerminal("TERM", "dumb")).out, Not(HasSubstr("\x1b")));
}

TEST_F(Terminal, KeepsItsColoursWhenNoColorIsEmpty) {
  EXPECT_THAT(Run(OnTerminal("NO_COLOR", "")).out, HasSubstr(kEscape));
}

TEST_F(Terminal, IsNeededForColours) {
  HandrailOptions pipe;
  pipe.environment["TERM"] = "xterm";
  const Outcome outcome = Run(pipe);
  EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\r")));
  EXPECT_THAT(outcome.out, HasSubstr("2 of 2 as declared"));
  EXPECT_THAT(outcome.err, HasSubstr("trials")) << "progress goes to stderr";
}

}  // namespace
}  // namespace handrail
