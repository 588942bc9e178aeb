// Each verb does what it says on an ordinary day.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/cli/handrail_process.h"
#include "harness/core/codes.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::HandrailOptions;
using ::handrail::testing::Outcome;
using ::handrail::testing::Words;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

Json ParseOutput(const Outcome& outcome) {
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  Json json = Json::parse(outcome.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << "not JSON: " << outcome.out.substr(0, 400);
  return json;
}

TEST(List, ShowsEveryStrategyButTheCanaries) {
  const Outcome outcome = Handrail({"list"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("escape/multiple-promises"));
  EXPECT_THAT(outcome.out, HasSubstr("local-in-map"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("canary/")));
}

TEST(List, GivesDataThatNamesKindAndPlaceOfEachStrategy) {
  const Json list = ParseOutput(Handrail({"list", "--json", "canary/empty", "-e", "libnode"}));
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["id"], "canary/empty/isolate-and-context");
  EXPECT_EQ(list[0]["kind"], "correct");
  EXPECT_EQ(list[0]["file"], "scenarios/canary/empty.cc");
  EXPECT_GT(list[0]["line"], 0);
}

TEST(Explain, TellsWhyAndFixOfEveryCode) {
  for (const CodeInfo& info : AllCodes()) {
    const Json json = ParseOutput(Handrail({"explain", std::string(info.code), "--json"}));
    EXPECT_EQ(json["title"], info.title);
    EXPECT_FALSE(json["why"].get<std::string>().empty()) << info.code;
    EXPECT_FALSE(json["fix"].get<std::string>().empty()) << info.code;
  }
}

TEST(Explain, WrapsTheTextOfACodeTo100Columns) {
  const Outcome outcome = Handrail({"explain", "HD010"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, ::testing::StartsWith("HD010: "));
  for (const char* part : {"  why:", "  fix:", "  seen:"})
    EXPECT_THAT(outcome.out, HasSubstr(part));
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

TEST(Explain, ShowsTheLinesInWhichTheStrategiesDiffer) {
  const Outcome outcome = Handrail({"explain", "escape/multiple-promises/local-in-map"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("struct LocalInMap"));
  EXPECT_THAT(outcome.out, HasSubstr("--> scenarios/escape/"));
  EXPECT_THAT(outcome.out, HasSubstr("gives HD010"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("global-in-map"))) << "one strategy was asked for";
}

TEST(Explain, GivesAScenarioAsData) {
  const Json json = ParseOutput(Handrail({"explain", "escape/multiple-promises", "--json"}));
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["id"], "escape/multiple-promises");
  EXPECT_GE(json[0]["strategies"].size(), 5u);
  EXPECT_FALSE(json[0]["story"].get<std::string>().empty());
}

TEST(Doctor, FindsEverythingInOrder) {
  const Outcome outcome = Handrail({"doctor"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("engine libnode"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("PROBLEM")));
}

TEST(Doctor, GivesItsChecksAsData) {
  const Json checks = ParseOutput(Handrail({"doctor", "--json", "-e", "libnode"}));
  ASSERT_FALSE(checks.empty());
  EXPECT_EQ(checks[0]["check"], "engine libnode");
  for (const Json& check : checks) EXPECT_EQ(check["ok"], true) << check;
}

TEST(Selftest, FindsEveryCanaryAndLeavesCleanCodeAlone) {
  const Outcome outcome = Handrail({"selftest", "-e", "libnode"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  for (const char* canary :
       {"clean", "stale-local", "leaked-global", "growth", "hang", "crash", "v8-fatal", "exit-3"}) {
    EXPECT_THAT(outcome.out, HasSubstr(std::string(" ") + canary)) << "a canary did not run";
  }
}

TEST(Replay, ShowsAllThatOneTrialLeft) {
  const Outcome outcome =
      Handrail({"replay", "canary/selftest/stale-local", "-e", "libnode", "--seed", "7"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("canary/selftest/stale-local on libnode, size 1, seed 7"));
  EXPECT_THAT(outcome.out, HasSubstr("verdict:  as-expected"));
  EXPECT_THAT(outcome.out, HasSubstr("error[HD010]"));
  EXPECT_THAT(outcome.out, HasSubstr("scenarios/canary/selftest.cc"));
  EXPECT_THAT(outcome.out, HasSubstr("reached 1 times, triggered 1 times"));
}

TEST(Replay, ShowsTheOutputOfTheProcess) {
  const Outcome outcome = Handrail({"replay", "canary/selftest/v8-fatal", "-e", "libnode"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("output of the process:"));
  EXPECT_THAT(outcome.out, HasSubstr("# Fatal error in v8::HandleScope::CreateHandle()"));
}

TEST(Replay, RunsTheLineThatARecordPrints) {
  const std::string line =
      "canary/selftest/stale-local --engine libnode --size 1 --seed 2 "
      "--instrument no-oracle";
  std::istringstream words(line);
  Words arguments = {"replay"};
  for (std::string word; words >> word;) arguments.push_back(word);
  const Outcome outcome = Handrail(arguments);
  EXPECT_EQ(outcome.status, 1) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("verdict:  missed"));
}

}  // namespace
}  // namespace handrail
