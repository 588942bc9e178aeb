// Detectors prove themselves: with a detector taken out, its broken strategies come out missed,
// with it as expected. Where others see what comes of the harm later, they are taken out too:
// nothing else must be left that sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::Outcome;
using ::handrail::testing::ReadRecord;
using ::handrail::testing::TemporaryFolder;
using ::handrail::testing::Words;

struct Row {
  const char* name;
  const char* detector;
  const char* filter;                    // broken strategies that it must catch
  std::vector<std::string> others = {};  // detectors that may see what comes of the harm
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.detector << " by " << row.filter; }

class Detector : public ::testing::TestWithParam<Row> {
 protected:
  RunRecord Run(const Words& more) const {
    Words words = {"run",       GetParam().filter, "--engine", "libnode",      "--no-selftest",
                   "--profile", "quick",           "--report", "json=" + path_};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = Handrail(words);
    EXPECT_LE(outcome.status, 1) << outcome.Told();
    return ReadRecord(path_);
  }

  static bool Saw(const TrialRecord& trial) {
    for (const Finding& finding : trial.evidence.findings) {
      if (finding.detector == GetParam().detector) return true;
    }
    return false;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "run.json";
};

TEST_P(Detector, CatchesWhatIsMissedWithoutIt) {
  const RunRecord with = Run({});
  ASSERT_FALSE(with.results.empty());
  for (const ResultRecord& result : with.results) {
    EXPECT_EQ(result.verdict, Verdict::kAsExpected) << result.strategy << ": " << result.reason;
  }
  for (const TrialRecord& trial : with.trials) {
    EXPECT_TRUE(Saw(trial)) << trial.strategy << " was caught by something else";
  }
  // Without it alone something else may be seen, but never what is declared.
  Words out = {"--instrument", std::string("no-") + GetParam().detector};
  const RunRecord without = Run(out);
  ASSERT_EQ(without.results.size(), with.results.size());
  for (const ResultRecord& result : without.results) {
    EXPECT_NE(result.verdict, Verdict::kAsExpected) << result.strategy << ": " << result.reason;
  }
  for (const TrialRecord& trial : without.trials) EXPECT_FALSE(Saw(trial)) << trial.strategy;
  for (const std::string& other : GetParam().others) {
    out.insert(out.end(), {"--instrument", "no-" + other});
  }
  for (const ResultRecord& result : Run(out).results) {
    EXPECT_EQ(result.verdict, Verdict::kMissed) << result.strategy << ": " << result.reason;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, Detector,
    ::testing::Values(
        Row{"OracleAndStaleLocal", "oracle", "canary/selftest/stale-local"},
        Row{"OracleAndAPromiseThatNobodySettled", "oracle", "canary/selftest/settled-by-nobody"},
        Row{"OracleAndAPromiseThatIsNotSettled", "oracle", "canary/selftest/not-settled"},
        Row{"OracleAndAWrongValue", "oracle", "canary/selftest/wrong-value"},
        Row{"PromiseLedgerAndPromisesGoneWrong", "promise-ledger", "canary/promise-ledger/*-*"},
        Row{"TrendAndAGrowingHeap", "trend", "canary/selftest/heap-growth"},
        Row{"TrendAndGrowingMemory", "trend", "canary/selftest/native-growth"},
        Row{"NearHeapLimitAndASmallHeap", "near-heap-limit", "canary/selftest/near-heap-limit"},
        Row{"OracleAndLocals", "oracle", "escape/multiple-promises/*local-*", {"exit"}},
        Row{"CountsAndLeakedGlobals", "counts", "canary/selftest/leaked-global", {"trend"}},
        Row{"CountsAndOneScopeRoundALoop", "counts", "canary/selftest/growth", {"trend"}},
        Row{"ExitAndACrash", "exit", "canary/selftest/crash"},
        Row{"ExitAndAV8FatalError", "exit", "canary/selftest/v8-fatal"},
        Row{"ExitAndAHang", "exit", "canary/selftest/hang"},
        Row{"ExitAndAStatus", "exit", "canary/selftest/exit-3"},
        Row{"NearHeapLimitAndOneScopeRoundALoop",
            "near-heap-limit",
            "growth/async-call-small-heap/scope-round-loop",
            {"counts", "trend"}},
        Row{"NearHeapLimitAndForgottenGlobals",
            "near-heap-limit",
            "growth/async-call-small-heap/globals-never-dropped",
            {"counts", "trend"}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace handrail
