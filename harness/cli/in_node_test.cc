// Scenarios that are addons inside Node: run where there is a Node environment, listed as not run
// where there is none; and the detector that only they have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::Outcome;
using ::handrail::testing::ReadRecord;
using ::handrail::testing::TemporaryFolder;
using ::handrail::testing::Words;
using ::testing::HasSubstr;

class InNode : public ::testing::Test {
 protected:
  void SetUp() override {
    constexpr std::string_view kThere[] = {HANDRAIL_TEST_ENGINES};
    if (std::find(std::begin(kThere), std::end(kThere), "node-26") == std::end(kThere)) {
      GTEST_SKIP() << "this build has no node-26";
    }
  }

  Outcome Run(Words words) const {
    words.insert(words.begin(), "run");
    for (const char* word : {"--no-selftest", "--profile", "quick"}) words.emplace_back(word);
    words.insert(words.end(), {"--report", "json=" + record_});
    return Handrail(words);
  }

  TemporaryFolder folder_;
  std::string record_ = folder_ / "run.json";
};

TEST_F(InNode, RunsOnNodeAndIsListedAsNotRunElsewhere) {
  const Outcome outcome = Run({"napi/tsfn-release/both-release", "--engine", "libnode", "--engine",
                               "node-26"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("Not run\n  napi/tsfn-release/both-release (libnode)"));
  const RunRecord record = ReadRecord(record_);
  ASSERT_EQ(record.trials.size(), 1u);
  EXPECT_EQ(record.trials[0].engine, "node-26");
  EXPECT_EQ(record.trials[0].verdict, Verdict::kAsExpected) << record.trials[0].reason;
  const auto skipped = std::find_if(record.results.begin(), record.results.end(),
                                    [](const auto& r) { return r.engine == "libnode"; });
  ASSERT_NE(skipped, record.results.end()) << outcome.Told();
  EXPECT_EQ(skipped->verdict, Verdict::kSkipped);
  EXPECT_THAT(skipped->reason, HasSubstr("no Node environment"));
}

TEST_F(InNode, IsListedWithTheReasonAlsoWhenOnlyAnEngineWithoutNodeWasChosen) {
  const Outcome outcome = Run({"napi/tsfn-release", "--engine", "libnode"});
  EXPECT_EQ(outcome.status, 4) << "nothing ran: " << outcome.Told();
  EXPECT_THAT(outcome.out, HasSubstr("it runs inside Node"));
  const RunRecord record = ReadRecord(record_);
  EXPECT_FALSE(record.results.empty());
  for (const ResultRecord& result : record.results) {
    EXPECT_EQ(result.verdict, Verdict::kSkipped) << result.strategy;
    EXPECT_THAT(result.reason, HasSubstr("no Node environment"));
  }
}

TEST_F(InNode, SilentMistakesAreMissedWithoutTheOracle) {
  const Words silent = {"napi/handle-scope/closed-out-of-order", "napi/handle-scope/escaped-twice",
                        "napi/deferred/error-path-forgets", "napi/tsfn-unref/status-dropped",
                        "--engine", "node-26"};
  const Outcome with = Run(silent);
  EXPECT_EQ(with.status, 0) << with.Told();
  Words without = silent;
  without.insert(without.end(), {"--instrument", "no-oracle"});
  EXPECT_EQ(Run(without).status, 1);
  const RunRecord record = ReadRecord(record_);
  EXPECT_EQ(record.results.size(), 4u);
  for (const ResultRecord& result : record.results) {
    EXPECT_EQ(result.verdict, Verdict::kMissed) << result.strategy << ": " << result.reason;
  }
}

TEST_F(InNode, CrashWhileNodeEndsIsSeen) {
  const Outcome outcome = Run({"napi/cleanup-hook/hook-forgotten", "--engine", "node-26"});
  EXPECT_EQ(outcome.status, 0) << outcome.Told();
  const RunRecord record = ReadRecord(record_);
  ASSERT_EQ(record.trials.size(), 1u);
  EXPECT_EQ(record.trials[0].evidence.exit.kind, ExitKind::kSignal);
}

TEST_F(InNode, LoopThatNeverEndsIsToldByItsOwnDetector) {
  const Words broken = {"napi/tsfn-release/main-keeps-its-count", "--engine", "node-26"};
  EXPECT_EQ(Run(broken).status, 0);
  const RunRecord with = ReadRecord(record_);
  ASSERT_EQ(with.trials.size(), 1u);
  EXPECT_EQ(with.trials[0].evidence.exit.kind, ExitKind::kTimeout);
  EXPECT_THAT(with.trials[0].reason, HasSubstr("PX020: Node's event loop is kept alive by 1 async"));
  Words without = broken;
  without.insert(without.end(), {"--instrument", "no-loop", "--instrument", "no-exit"});
  EXPECT_EQ(Run(without).status, 1);
  EXPECT_EQ(ReadRecord(record_).results.at(0).verdict, Verdict::kMissed);
}

}  // namespace
}  // namespace handrail
