#include <string>
#include <vector>

#include "harness/core/verdict.h"
#include "reports/verdict_table.h"

namespace handrail {
namespace {

std::string Share(const ResultRecord& result) {
  return std::to_string(result.detected) + "/" + std::to_string(result.trials);
}

// " HD010+1": the most telling code, and how many more there are.
std::string WithCode(std::string word, const std::vector<std::string>& codes) {
  if (codes.empty()) return word;
  if (!word.empty()) word += ' ';
  word += Plain(codes.front(), 12);
  if (codes.size() > 1) word += "+" + std::to_string(codes.size() - 1);
  return word;
}

Cell AsExpected(const RecordIndex& index, const ResultRecord& result, bool brief) {
  if (result.kind != StrategyKind::kBroken) {
    // With a blind detector, silence about correct code proves nothing.
    if (!index.record().selftest_problem.empty()) return {"unproven", Ink::kWarning};
    return {"clean", Ink::kGood};
  }
  const StrategyDecl* strategy = index.Declaration(result);
  if (strategy != nullptr && strategy->race) {
    return {(brief ? "" : "caught ") + Share(result), Ink::kGood};
  }
  std::vector<std::string> codes = index.Codes(result);
  return {WithCode(brief && !codes.empty() ? "" : "caught", codes), Ink::kGood};
}

Cell Accused(const RecordIndex& index, const ResultRecord& result, bool brief) {
  bool alarm = result.verdict == Verdict::kFalseAlarm;
  if (brief) return {alarm ? "ALARM" : "WRONG", Ink::kBad};
  return {WithCode(alarm ? "FALSE ALARM" : "WRONG", index.Codes(result)), Ink::kBad};
}

}  // namespace

Cell VerdictCell(const RecordIndex& index, const ResultRecord& result, bool brief) {
  const bool no_outcome =
      result.verdict == Verdict::kInconclusive || result.verdict == Verdict::kUnstable;
  if (result.kind == StrategyKind::kClaim && no_outcome) return {"unclear", Ink::kWarning};
  switch (result.verdict) {
    case Verdict::kAsExpected:
      return AsExpected(index, result, brief);
    case Verdict::kKnownGap:
      return {brief ? "gap" : "known gap", Ink::kWarning};
    case Verdict::kGapClosed:
      return {brief ? "CLOSED" : "GAP CLOSED", Ink::kWarning};
    case Verdict::kMissed:
      return {"MISSED", Ink::kBad};
    case Verdict::kFalseAlarm:
    case Verdict::kWrongFinding:
      return Accused(index, result, brief);
    case Verdict::kInconclusive:
      return {brief ? "INCONCL" : "INCONCLUSIVE", Ink::kBad};
    case Verdict::kUnstable:
      return {brief ? "UNSTABLE" : "UNSTABLE " + Share(result), Ink::kBad};
    case Verdict::kSkipped:
      return {"-", Ink::kDim};
    case Verdict::kHarnessError:
      return {"ERROR", Ink::kBad};
    case Verdict::kUpheld:
      return {"upheld", Ink::kPlain};
    case Verdict::kRefuted:
      return {"refuted", Ink::kPlain};
  }
  return {"?", Ink::kBad};
}

}  // namespace handrail
