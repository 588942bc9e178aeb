// Claims from the worker's measurement to the table, the record and the exit code.
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
using ::testing::HasSubstr;

// V8 ends this claim's process after its outcome was told: the figures must have left it before.
TEST(Claims, ReachTheTableAndTheRecordAlsoFromATrialThatDied) {
  const TemporaryFolder folder;
  const Outcome outcome =
      Handrail({"run", "claims/handle-scope", "-e", "libnode", "--seeds", "1,2,3",
                "--no-selftest", "--report", "json=" + folder / "run.json"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("every call of V8's API needs a HandleScope  refuted\n"));
  EXPECT_THAT(outcome.out, HasSubstr("v8_isolate_restart_analysis: claims/handle-scope/"));
  EXPECT_THAT(outcome.out, HasSubstr("of these needed no scope 15 (said: 0)"));
  EXPECT_THAT(outcome.out, HasSubstr("0 of 0 as declared, 1 claim; 3 trials"));
  const RunRecord record = ReadRecord(folder / "run.json");
  ASSERT_EQ(record.trials.size(), 3u);
  for (const TrialRecord& trial : record.trials) {
    EXPECT_EQ(trial.evidence.exit.kind, ExitKind::kV8Fatal);
    ASSERT_TRUE(trial.evidence.claim.has_value());
    EXPECT_FALSE(trial.evidence.claim->open);
    EXPECT_FALSE(trial.evidence.claim->holds);
    EXPECT_EQ(trial.verdict, Verdict::kRefuted);
  }
  ASSERT_EQ(record.results.size(), 1u);
  ASSERT_EQ(record.results[0].figures.size(), 2u);
  EXPECT_EQ(FigureText(record.results[0].figures[0]), "calls tried that make no handle 15");
}

TEST(Claims, AreExplainedByWhatDecidesThem) {
  const Outcome measured = Handrail({"explain", "claims/costs/thread"});
  EXPECT_EQ(measured.status, 0) << measured.Told();
  EXPECT_THAT(measured.out, HasSubstr("claim  thread: creating a thread costs about 1 ms"));
  EXPECT_THAT(measured.out, HasSubstr("decided by what its trials measure"));
  EXPECT_THAT(measured.out, HasSubstr("struct ThreadCost"));
  const Outcome foretold = Handrail({"explain", "claims/next-isolate/at-once"});
  EXPECT_THAT(foretold.out, HasSubstr("foretells HD012"));
}

TEST(Claims, ShowTheirFiguresWhenOneTrialIsRunAgain) {
  const Outcome outcome = Handrail({"replay", "claims/wrongly-settled/always-two", "-e", "libnode"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("figure:   wrong of 10 "));
  EXPECT_THAT(outcome.out, HasSubstr("figure:   of 100, 8 handles later "));
}

}  // namespace
}  // namespace handrail
