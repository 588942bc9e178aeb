// The guard in trials: what it must find of broken strategies, what it leaves alone, and that
// nothing else finds it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "harness/cli/handrail_process.h"

namespace handrail {
namespace {

using ::handrail::testing::Handrail;
using ::handrail::testing::Outcome;
using ::handrail::testing::ReadRecord;
using ::handrail::testing::TemporaryFolder;
using ::handrail::testing::Words;
using ::testing::HasSubstr;

class GuardInTrials : public ::testing::Test {
 protected:
  RunRecord Run(const Words& filters, const std::string& instruments) {
    Words words = {"run", "--engine", "node-26", "--no-selftest", "--profile", "quick"};
    words.insert(words.end(), {"--instrument", instruments, "--report", "json=" + path_});
    words.insert(words.end(), filters.begin(), filters.end());
    outcome_ = Handrail(words);
    EXPECT_LE(outcome_.status, 1) << outcome_.Told();
    return ReadRecord(path_);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "run.json";
  Outcome outcome_;
};

// The line of `file` that stores the Local, from its text.
int LineOf(const std::string& file, const std::string& text) {
  const std::string source = testing::ReadFile(file);
  const size_t at = source.find(text);
  if (at == std::string::npos) return -1;
  return 1 + static_cast<int>(std::count(source.begin(), source.begin() + at, '\n'));
}

TEST_F(GuardInTrials, NamesTheLineThatStoresTheLocalAndHowOften) {
  const RunRecord record = Run({"escape/multiple-promises/local-in-heap-object"}, "guard");
  ASSERT_EQ(record.trials.size(), 1u) << outcome_.Told();
  const TrialRecord& trial = record.trials[0];
  EXPECT_EQ(trial.verdict, Verdict::kAsExpected) << trial.reason;
  const auto& findings = trial.evidence.findings;
  const auto finding = std::find_if(findings.begin(), findings.end(),
                                    [](const Finding& f) { return f.code == "HD002"; });
  ASSERT_NE(finding, findings.end()) << outcome_.Told();
  EXPECT_EQ(finding->detector, "guard");
  EXPECT_EQ(finding->count, trial.size) << "one Local is stored for each promise";
  EXPECT_THAT(finding->message,
              HasSubstr("v8::Local<v8::Promise::Resolver> was stored on the heap"));
  ASSERT_FALSE(finding->life.empty());
  const std::string file = "scenarios/escape/multiple_promises.cc";
  EXPECT_EQ(finding->life.back().file, file);
  EXPECT_EQ(finding->life.back().line, LineOf(file, "kept.push_back(std::make_unique<Request>("));
}

// Correct strategies are in these, too.
constexpr const char* kStoring = "escape/multiple-promises";
constexpr const char* kVector = "escape/outer-promises";

TEST_F(GuardInTrials, FindsEveryStoredLocalAndNothingElse) {
  const RunRecord record = Run({kStoring, kVector}, "guard");
  EXPECT_EQ(outcome_.status, 0) << outcome_.Told();
  for (const TrialRecord& trial : record.trials) {
    const bool guard = std::any_of(trial.evidence.findings.begin(), trial.evidence.findings.end(),
                                   [](const Finding& f) { return f.detector == "guard"; });
    EXPECT_EQ(guard, trial.kind == StrategyKind::kBroken) << trial.strategy;
  }
}

TEST_F(GuardInTrials, TakenOutItMissesThemAll) {
  const RunRecord record = Run({kStoring, kVector}, "guard,no-guard");
  EXPECT_EQ(outcome_.status, 1) << outcome_.Told();
  for (const TrialRecord& trial : record.trials) {
    const Verdict expected =
        trial.kind == StrategyKind::kBroken ? Verdict::kMissed : Verdict::kAsExpected;
    EXPECT_EQ(trial.verdict, expected) << trial.strategy << ": " << trial.reason;
  }
}

}  // namespace
}  // namespace handrail
