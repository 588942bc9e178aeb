#include "reports/claims_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "reports/tally.h"
#include "reports/test_records.h"
#include "reports/test_support.h"

namespace handrail {
namespace {

using testing::HasSubstr;
using testing::Not;

// Claims on three engines, of two documents in turn.
RunRecord Claims() {
  RunRecord record = EmptyRecord();
  const auto declare = [&](const std::string& id, const std::string& document,
                           const std::string& text) {
    ScenarioDecl& scenario = record.scenarios.emplace_back();
    scenario.id = id;
    scenario.reference = document;
    StrategyDecl strategy;
    strategy.kind = StrategyKind::kClaim;
    strategy.id = "said";
    strategy.summary = text;
    scenario.strategies = {strategy};
  };
  declare("claims/threads", "restart_note", "a thread costs about 1 ms");
  declare("claims/growth", "heap_experiment", "a sync function shows no growth");
  declare("claims/order", "restart_note", "an isolate must be destroyed on its own thread");
  const auto add = [&](const std::string& id, const std::string& engine, Verdict verdict) {
    return Add(record, id + "/said", engine, StrategyKind::kClaim, verdict).result;
  };
  for (const char* engine : {"libnode", "node-26"}) {
    add("claims/threads", engine, Verdict::kRefuted);
    record.results.back().reason = "the median is not about 1 ms";
    const double ms = std::string(engine) == "libnode" ? 0.0412 : 0.0523;
    record.results.back().figures = {{"thread, made and joined", ms, "ms", "about 1 ms"},
                                     {"threads", 200, "", ""}};
    add("claims/growth", engine, Verdict::kUpheld);
    record.results.back().figures = {{"handles a call", 2, "", ""}};
  }
  add("claims/order", "libnode", Verdict::kInconclusive);
  record.results.back().reason = "the trial told no outcome: it was killed by SIGSEGV";
  record.results.back().figures = {{"isolates", 7, "", ""}};
  add("claims/order", "node-26", Verdict::kSkipped);
  record.results.back().reason = "no time was left";
  Add(record, "growth/other/scope-round-loop", "libnode", StrategyKind::kBroken, Verdict::kMissed);
  return record;
}

std::string Table(const RunRecord& record, TextStyle style = {}) {
  return ClaimsTable(RecordIndex(record), style);
}

TEST(ClaimsTable, ShowsEachClaimWithItsDocumentVerdictsAndFigures) {
  const std::string text = Table(Claims());
  ExpectGolden("claims_table.txt", text);
  ExpectFitForTerminal(text, 100);
}

TEST(ClaimsTable, IsEmptyWithoutClaims) {
  RunRecord record = EmptyRecord();
  Add(record, "a/b/c", "libnode", StrategyKind::kBroken, Verdict::kInconclusive);
  EXPECT_EQ(Table(record), "");
}

TEST(ClaimsTable, SaysNotRunWhereAnEngineHasNoResult) {
  RunRecord record = EmptyRecord();
  Add(record, "claims/a/said", "libnode", StrategyKind::kClaim, Verdict::kUpheld);
  Add(record, "other/a/b", "node-26", StrategyKind::kCorrect, Verdict::kAsExpected);
  EXPECT_THAT(Table(record), HasSubstr("upheld   not run"));
}

TEST(ClaimsTable, GivesTheReasonWhereThereIsNoOutcomeOrNoFigure) {
  const std::string text = Table(Claims());
  EXPECT_THAT(text, HasSubstr("libnode: the trial told no outcome: it was killed by SIGSEGV"));
  EXPECT_THAT(text, Not(HasSubstr("isolates 7")));
  EXPECT_THAT(text, Not(HasSubstr("the median is not")));
}

TEST(ClaimsTable, ContinuesInASecondTableWithManyEngines) {
  RunRecord record = EmptyRecord();
  for (int i = 0; i < 6; ++i) {
    const std::string engine = "an-engine-with-a-long-name-" + std::to_string(i);
    Add(record, "claims/a/said", engine, StrategyKind::kClaim, Verdict::kUpheld);
  }
  const std::string text = Table(record, {.width = 80});
  ExpectFitForTerminal(text, 80);
  const std::string again = text.substr(text.find('\n'));
  EXPECT_THAT(again, HasSubstr("\nClaims ")) << text;
}

TEST(ClaimsTable, KeepsHostileTextsBounded) {
  const std::string text = Table(HostileRecord());
  ExpectFitForTerminal(text, 100);
  EXPECT_LE(SplitLines(text).size(), 8u) << text;
  EXPECT_THAT(text, Not(HasSubstr("7ffe12345678")));
}

TEST(ClaimsTable, IsColouredOnlyWhenAsked) {
  EXPECT_THAT(Table(Claims()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(Table(Claims(), {.colour = true}), HasSubstr("\x1b"));
}

TEST(Tally, DoesNotHoldAnUnclearClaimAgainstARun) {
  const Tally tally(Claims());
  EXPECT_EQ(tally.Claims(), 5);
  EXPECT_EQ(tally.Judged(), 1);
  EXPECT_EQ(tally.Of(Verdict::kInconclusive), 1) << "the record counts every result";
  EXPECT_EQ(Describe(tally), "0 of 1 as declared, 1 missed, 5 claims, 1 skipped");
}

}  // namespace
}  // namespace handrail
