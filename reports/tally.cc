#include "reports/tally.h"

#include <string_view>

namespace handrail {
namespace {

struct Counted {
  Verdict verdict;
  std::string_view one;
  std::string_view many;
};

// What is wrong comes first.
constexpr Counted kCounted[] = {
    {Verdict::kMissed, "missed", "missed"},
    {Verdict::kFalseAlarm, "false alarm", "false alarms"},
    {Verdict::kWrongFinding, "wrong finding", "wrong findings"},
    {Verdict::kUnstable, "unstable", "unstable"},
    {Verdict::kInconclusive, "inconclusive", "inconclusive"},
    {Verdict::kHarnessError, "not run for an error", "not run for an error"},
    {Verdict::kGapClosed, "gap closed", "gaps closed"},
    {Verdict::kKnownGap, "known gap", "known gaps"},
};

void Add(std::string& text, int count, std::string_view one, std::string_view many) {
  if (count == 0) return;
  text += ", " + std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

Tally::Tally(const RunRecord& record) {
  for (const ResultRecord& result : record.results) {
    ++counts_[static_cast<size_t>(result.verdict)];
    if (result.kind != StrategyKind::kClaim) continue;
    const bool unclear =
        result.verdict == Verdict::kInconclusive || result.verdict == Verdict::kUnstable;
    if (unclear) ++unclear_claims_[static_cast<size_t>(result.verdict)];
  }
}

int Tally::Judged() const {
  int judged = 0;
  for (int count : counts_) judged += count;
  return judged - Claims() - Of(Verdict::kSkipped);
}

int Tally::Claims() const {
  int claims = Of(Verdict::kUpheld) + Of(Verdict::kRefuted);
  for (int count : unclear_claims_) claims += count;
  return claims;
}

std::string Describe(const Tally& tally) {
  std::string text = std::to_string(tally.Of(Verdict::kAsExpected)) + " of " +
                     std::to_string(tally.Judged()) + " as declared";
  for (const Counted& counted : kCounted) {
    Add(text, tally.OfDeclared(counted.verdict), counted.one, counted.many);
  }
  Add(text, tally.Claims(), "claim", "claims");
  Add(text, tally.Of(Verdict::kSkipped), "skipped", "skipped");
  return text;
}

}  // namespace handrail
