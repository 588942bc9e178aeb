// A run over several sets of instruments, from the command line to the table and the record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::Outcome;
using ::handrail::testing::ReadRecord;
using ::handrail::testing::TemporaryFolder;
using ::handrail::testing::Words;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Matrix : public ::testing::Test {
 protected:
  Outcome Run(const Words& more) const {
    Words words = {"run",
                   "canary/selftest/stale-local",
                   "canary/selftest/clean",
                   "-e",
                   "libnode",
                   "--no-selftest",
                   "--profile",
                   "quick",
                   "--report",
                   "json=" + path_};
    words.insert(words.end(), more.begin(), more.end());
    return Handrail(words);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "run.json";
};

TEST_F(Matrix, JudgesEachSetByItselfAndShowsWhichCatches) {
  const Outcome outcome = Run({"--matrix", "none,no-oracle"});
  EXPECT_EQ(outcome.status, 1) << "without the oracle it is missed: " << outcome.Told();
  EXPECT_THAT(outcome.out, ContainsRegex("stale-local +HD010 .* MISSED"));
  EXPECT_THAT(outcome.out, ContainsRegex("false alarms +0/1 +0/1"));
  EXPECT_THAT(outcome.out, ContainsRegex("slow-down +1.00 x +[0-9.]+ x"));
  EXPECT_THAT(outcome.out, HasSubstr("on libnode with no-oracle"));
  const RunRecord record = ReadRecord(path_);
  ASSERT_EQ(record.results.size(), 4u);
  EXPECT_THAT(record.results[0].instruments, IsEmpty());
  EXPECT_THAT(record.results[1].instruments, ElementsAre("no-oracle"));
  for (const TrialRecord& trial : record.trials) {
    EXPECT_EQ(trial.repeat.find("--instrument no-oracle") != std::string::npos,
              !trial.instruments.empty())
        << trial.repeat;
  }
}

TEST_F(Matrix, IsToldAgainFromItsRecord) {
  const Outcome run = Run({"--matrix", "none,no-oracle"});
  const Outcome report = Handrail({"report", path_});
  EXPECT_EQ(report.status, 0) << report.Told();
  EXPECT_EQ(report.out + "record: " + path_ + "\n", run.out);
  const Outcome markdown = Handrail({"report", path_, "--markdown"});
  EXPECT_EQ(markdown.status, 0) << markdown.Told();
  EXPECT_THAT(markdown.out, HasSubstr("| canary/selftest/stale-local | HD010 "));
}

TEST_F(Matrix, OfOneSetIsAnOrdinaryRun) {
  const Outcome outcome = Run({"--matrix", "none"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, Not(HasSubstr("slow-down")));
  EXPECT_EQ(Handrail({"report", path_, "--markdown"}).status, 2);
}

TEST_F(Matrix, ProvesTheDetectorsWithEachSetButWithoutWhatTakesThemOut) {
  const Outcome outcome = Handrail({"run", "canary/empty", "-e", "libnode", "--profile", "quick",
                                    "--matrix", "none,no-oracle", "--report", "json=" + path_});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_EQ(ReadRecord(path_).selftest_problem, "");
}

// The quarantine is not in every worker: what cannot be done is listed, never passed over.
TEST_F(Matrix, ListsWhatAnEngineCannotDo) {
  const Outcome outcome = Run({"--instrument", "quarantine"});
  const RunRecord record = ReadRecord(path_);
  for (const ResultRecord& result : record.results) {
    EXPECT_THAT(result.instruments, ElementsAre("quarantine"));
    if (result.verdict != Verdict::kSkipped) continue;
    EXPECT_THAT(result.reason, HasSubstr("cannot do the instrument quarantine"));
    EXPECT_EQ(outcome.status, 4) << outcome.Told();
  }
}

}  // namespace
}  // namespace handrail
