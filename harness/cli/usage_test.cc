// What the command line says to words that mean nothing: exit 2, one line, and what was meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::Outcome;
using ::handrail::testing::Words;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Row {
  const char* name;
  Words words;
  const char* says;  // in stderr
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << "handrail";
  for (const std::string& word : row.words) *out << ' ' << word;
}

class Usage : public ::testing::TestWithParam<Row> {};

TEST_P(Usage, IsRefusedOnOneLineWithWhatWasMeant) {
  const Outcome outcome = Handrail(GetParam().words);
  EXPECT_EQ(outcome.status, 2) << outcome.Told();
  EXPECT_THAT(outcome.err, StartsWith("handrail: "));
  EXPECT_THAT(outcome.err, HasSubstr(GetParam().says));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.Told();
  EXPECT_LT(outcome.err.size(), 400u) << outcome.Told();
  EXPECT_EQ(outcome.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    OfTheCommandLine, Usage,
    ::testing::Values(
        Row{"Verb", {"rum"}, "did you mean 'handrail run'?"},
        Row{"Option", {"run", "--engin", "libnode"}, "did you mean '--engine'?"},
        Row{"OptionWithValue", {"run", "--engin=libnode"}, "did you mean '--engine'?"},
        Row{"OptionOfAnotherVerb", {"list", "--seeds", "1"}, "--seeds"},
        Row{"ScenarioFilter", {"run", "canary/emty"}, "did you mean 'canary/empty'?"},
        Row{"StrategyFilter",
            {"run", "canary/empty/isolate-and-contxt"},
            "did you mean 'canary/empty/isolate-and-context'?"},
        Row{"FamilyFilter", {"list", "escpae"}, "did you mean 'escape'?"},
        Row{"ReplayOfNothing", {"replay", "canary/emty"}, "did you mean 'canary/empty'?"},
        Row{"ReplayWithoutTrial", {"replay"}, "trial is required"},
        Row{"Engine", {"run", "--engine", "libnod"}, "did you mean 'libnode'?"},
        Row{"EngineOfList", {"list", "-e", "libnod"}, "did you mean 'libnode'?"},
        Row{"EngineOfDoctor", {"doctor", "-e", "libnod"}, "did you mean 'libnode'?"},
        Row{"EngineOfSelftest", {"selftest", "-e", "libnod"}, "did you mean 'libnode'?"},
        Row{"EngineOfReplay", {"replay", "canary/empty", "-e", "libnod"}, "'libnode'?"},
        Row{"EngineThatIsEmpty", {"run", "--engine", ""}, "there are: "},
        Row{"ReportKind", {"run", "--report", "jsn=out.json"}, "did you mean 'json'?"},
        Row{"ReportWithoutPath", {"run", "--report", "json"}, "KIND=PATH"},
        Row{"ReportWithoutKind", {"run", "--report", "=out.json"}, "KIND=PATH"},
        Row{"Profile", {"run", "--profile", "quik"}, "did you mean 'quick'?"},
        Row{"ProfileByNumber", {"run", "--profile", "1"}, "no profile '1'"},
        Row{"Instrument", {"run", "--instrument", "Bad name"}, "not an instrument's name"},
        Row{"InstrumentThatIsUnknown", {"run", "--instrument", "quarantin"}, "'quarantine'?"},
        Row{"InstrumentInAList", {"run", "--instrument", "no-oracle,asa"}, "no instrument 'asa'"},
        Row{"Matrix", {"run", "--matrix", "none,quarantin"}, "did you mean 'quarantine'?"},
        Row{"MatrixOfNothing", {"run", "--matrix", ""}, "--matrix"},
        Row{"InstrumentWithAValue", {"run", "--instrument", "asan=1"}, "takes no value"},
        Row{"DetectorToTakeOut", {"run", "--instrument", "no-oracel"}, "'no-oracle'?"},
        Row{"NegativeSeed", {"run", "--seeds=-1"}, "'-1' is not a whole number"},
        Row{"SeedThatIsTooLarge", {"run", "--seeds", "1,99999999999999999999"}, "too large"},
        Row{"SizeOfNothing", {"run", "--size", "0"}, "'0' is too small"},
        Row{"SizeThatIsText", {"run", "--size", "1,many"}, "'many' is not a whole number"},
        Row{"TimeLimitOfNothing", {"run", "--time-limit-ms", "0"}, "too small"},
        Row{"MemoryLimitBelowNothing", {"run", "--memory-limit", "-1"}, "--memory-limit"},
        Row{"MemoryLimitInAnUnknownUnit", {"run", "--memory-limit", "1XB"}, "unit"},
        Row{"MemoryLimitWithoutItsUnit", {"run", "--memory-limit", "512"}, "512MiB"},
        Row{"TooManyJobs", {"run", "--jobs", "1000"}, "--jobs"},
        Row{"RecordThatIsNotThere", {"report", "/nowhere/run.json"}, "no record at"},
        Row{"RecordThatIsNone", {"report", "/proc/self/status"}, "not JSON"},
        Row{"CodeToExplain", {"explain", "HD01"}, "HD001"},
        Row{"TopicToExplain", {"explain", "canary/emty"}, "did you mean 'canary/empty'?"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(UsageText, IsShownOnStderrWhenNothingIsAskedFor) {
  const Outcome outcome = Handrail({});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("handrail run"));
  EXPECT_THAT(outcome.err, HasSubstr("Exit codes"));
}

TEST(UsageText, LetsNothingHostileReachTheTerminal) {
  const Outcome outcome = Handrail({"run", "\x1b[2Jevil\n" + std::string(10'000, 'a')});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err.find('\x1b'), std::string::npos) << outcome.Told();
  EXPECT_LT(outcome.err.size(), 400u);
}

class Help : public ::testing::TestWithParam<const char*> {};

TEST_P(Help, OfEachVerbTellsItsOptions) {
  const Outcome outcome = Handrail({GetParam(), "--help"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("--help"));
  EXPECT_THAT(outcome.out, HasSubstr(GetParam()));
  EXPECT_EQ(outcome.err, "");
}

INSTANTIATE_TEST_SUITE_P(Verbs, Help,
                         ::testing::Values("list", "run", "replay", "explain", "selftest", "doctor",
                                           "report"),
                         [](const auto& info) { return std::string(info.param); });

TEST(UsageText, TellsAllVerbsAndTheVersion) {
  const Outcome help = Handrail({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const char* verb : {"list", "run", "replay", "explain", "selftest", "doctor", "report"}) {
    EXPECT_THAT(help.out, HasSubstr(std::string("\n  ") + verb));
  }
  EXPECT_THAT(Handrail({"--version"}).out, StartsWith("handrail "));
}

}  // namespace
}  // namespace handrail
