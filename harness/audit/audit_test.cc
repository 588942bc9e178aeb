// handrail audit as a person uses it: on real Nodes, with an addon in each link style.
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "harness/cli/handrail_process.h"

namespace handrail::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kData = "harness/audit/testdata/";

std::string Addon(const std::string& name) {
  return HANDRAIL_AUDIT_ADDONS "/audit_" + name + ".node";
}

// "kept_value.cc:47", the line of the test program with this remark.
std::string LineWith(const std::string& remark, const std::string& file = "kept_value.cc") {
  std::ifstream source(kData + file);
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    if (line.find("// " + remark) != std::string::npos)
      return file + ":" + std::to_string(number);
  }
  return "no line with " + remark;
}

Outcome Audit(Words options, const std::string& node, const std::string& addon) {
  Words words = {"audit"};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"--", node, kData + "use_kept.js", Addon(addon)});
  return Handrail(words);
}

class AuditOn : public ::testing::TestWithParam<std::string> {};

TEST_P(AuditOn, FindsAStaleValueAtItsLineInEveryLinkStyle) {
  for (const std::string style : {"plt", "got", "dlsym"}) {
    const Outcome outcome = Audit({}, GetParam(), style + "_stale");
    EXPECT_EQ(outcome.status, 5) << style << " " << outcome.Told();
    EXPECT_EQ(outcome.out, "?\n") << style << " " << outcome.Told();
    EXPECT_THAT(outcome.err, HasSubstr("handrail[HD001]")) << style;
    EXPECT_THAT(outcome.err, HasSubstr(LineWith("used here") + " (")) << style;
    EXPECT_THAT(outcome.err, HasSubstr("made here by napi_create_object: ")) << style;
    EXPECT_THAT(outcome.err, HasSubstr(LineWith("made here"))) << style;
    EXPECT_THAT(outcome.err, HasSubstr("1 finding, 1 time")) << style;
  }
}

TEST_P(AuditOn, LeavesTheSameAddonWrittenRightAlone) {
  for (const std::string style : {"plt", "got", "dlsym"}) {
    const Outcome outcome = Audit({"--error-exitcode", "9"}, GetParam(), style + "_right");
    EXPECT_EQ(outcome.status, 5) << style << " " << outcome.Told();
    EXPECT_EQ(outcome.out, "an object\n") << style << " " << outcome.Told();
    EXPECT_THAT(outcome.err, HasSubstr("nothing was found")) << style;
    EXPECT_THAT(outcome.err, HasSubstr("covered: ")) << style;
    EXPECT_THAT(outcome.err, Not(HasSubstr("still open"))) << style;
  }
}

INSTANTIATE_TEST_SUITE_P(Nodes, AuditOn, ::testing::Values(HANDRAIL_AUDIT_NODES));

const std::string kNode = [] {
  const std::string nodes[] = {HANDRAIL_AUDIT_NODES};
  return nodes[0];
}();

TEST(Audit, TellsModuleAndOffsetOfAStrippedAddon) {
  const Outcome outcome = Audit({}, kNode, "stripped_stale");
  EXPECT_EQ(outcome.status, 5) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("--> audit_stripped_stale.node+0x"));
}

TEST(Audit, GivesTheExitCodeThatWasAskedForWhenSomethingWasFound) {
  EXPECT_EQ(Audit({"--error-exitcode", "9"}, kNode, "plt_stale").status, 9);
}

TEST(Audit, IsSilencedBySuppressionsAndTellsThoseThatWereNotUsed) {
  const TemporaryFolder folder;
  const std::string file = folder / "known.supp";
  std::ofstream(file) << "HD001:*Use*\nHD003:Nothing\n";
  const Outcome outcome =
      Audit({"--suppressions", file, "--verbose", "--error-exitcode", "9"}, kNode, "plt_stale");
  EXPECT_EQ(outcome.status, 5) << outcome.Told();
  EXPECT_THAT(outcome.err, Not(HasSubstr("handrail[HD001]")));
  EXPECT_THAT(outcome.err, HasSubstr("silenced by suppressions: 1"));
  EXPECT_THAT(outcome.err, HasSubstr("suppression not used: line 2, HD003:Nothing"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("line 1,")));
}

TEST(Audit, RefusesABadFileOfSuppressionsByLine) {
  const TemporaryFolder folder;
  const std::string file = folder / "known.supp";
  std::ofstream(file) << "# fine\nHD001 Use\n";
  const Outcome outcome = Audit({"--suppressions", file}, kNode, "plt_stale");
  EXPECT_EQ(outcome.status, 2) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("known.supp:2: 'HD001 Use' is not CODE:GLOB"));
  EXPECT_EQ(outcome.out, "") << "the program must not have started";
}

TEST(Audit, WritesIntoALogAndLeavesStderrAlone) {
  const TemporaryFolder folder;
  const Outcome outcome = Audit({"--log", folder / "log", "--at-exit"}, kNode, "plt_stale");
  EXPECT_EQ(outcome.err, "") << outcome.Told();
  EXPECT_THAT(ReadFile(folder / "log"), HasSubstr("handrail[HD001]"));
}

TEST(Audit, WatchesChildrenUnlessToldNotTo) {
  const std::string shell = kNode + " " + kData + "use_kept.js " + Addon("plt_stale") + "; exit 3";
  const Outcome with = Handrail({"audit", "--", "/bin/sh", "-c", shell});
  EXPECT_EQ(with.status, 3) << with.Told();
  EXPECT_THAT(with.err, HasSubstr("handrail[HD001]"));
  const Outcome without = Handrail({"audit", "--no-children", "--", "/bin/sh", "-c", shell});
  EXPECT_EQ(without.status, 3) << without.Told();
  EXPECT_THAT(without.err, Not(HasSubstr("handrail[HD001]")));
}

TEST(Audit, FindsAStaleLocalOfAnAddonAgainstV8sOwnApi) {
  const Outcome stale = Audit({}, HANDRAIL_AUDIT_NEWEST_NODE, "v8_stale");
  EXPECT_EQ(stale.status, 5) << stale.Told();
  EXPECT_THAT(stale.err, HasSubstr("handrail[HD001]"));
  EXPECT_THAT(stale.err, HasSubstr(LineWith("used here", "kept_local.cc") + " ("));
  const Outcome right = Audit({}, HANDRAIL_AUDIT_NEWEST_NODE, "v8_right");
  EXPECT_EQ(right.status, 5) << right.Told();
  EXPECT_EQ(right.out, "an object\n");
  EXPECT_THAT(right.err, HasSubstr("nothing was found"));
  EXPECT_THAT(right.err, HasSubstr("covered: "));
  EXPECT_THAT(right.err, Not(HasSubstr("not covered")));
}

TEST(Audit, SaysOfAProgramWithoutNodeThatNothingWasCovered) {
  const Outcome outcome = Handrail({"audit", "--", "/bin/sh", "-c", "exit 4"});
  EXPECT_EQ(outcome.status, 4) << outcome.Told();
  EXPECT_THAT(outcome.err, HasSubstr("not covered: this program"));
}

TEST(Audit, OfAProgramThatIsNotThereEndsAsAShellDoes) {
  const Outcome outcome = Handrail({"audit", "--", "/nonexistent/program"});
  EXPECT_EQ(outcome.status, 127);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/program: cannot be started: No such file"));
  EXPECT_EQ(Handrail({"audit"}).status, 2) << "no program at all";
}

}  // namespace
}  // namespace handrail::testing
