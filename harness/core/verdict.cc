#include "harness/core/verdict.h"

#include <utility>

namespace handrail {
namespace {

constexpr std::pair<Verdict, std::string_view> kVerdicts[] = {
    {Verdict::kAsExpected, "as-expected"},
    {Verdict::kKnownGap, "known-gap"},
    {Verdict::kGapClosed, "gap-closed"},
    {Verdict::kMissed, "missed"},
    {Verdict::kFalseAlarm, "false-alarm"},
    {Verdict::kWrongFinding, "wrong-finding"},
    {Verdict::kInconclusive, "inconclusive"},
    {Verdict::kUnstable, "unstable"},
    {Verdict::kSkipped, "skipped"},
    {Verdict::kHarnessError, "harness-error"},
    {Verdict::kUpheld, "upheld"},
    {Verdict::kRefuted, "refuted"},
};

}  // namespace

std::string_view ToString(Verdict verdict) {
  for (const auto& [value, name] : kVerdicts) {
    if (value == verdict) return name;
  }
  return "unknown";
}

std::optional<Verdict> ParseVerdict(std::string_view text) {
  for (const auto& [value, name] : kVerdicts) {
    if (name == text) return value;
  }
  return std::nullopt;
}

bool Fails(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAsExpected:
    case Verdict::kKnownGap:
    case Verdict::kSkipped:
    // Good news that asks for an edit: said loudly, but a better detector must not break a build.
    case Verdict::kGapClosed:
    // A claim is somebody's prediction, not ours: the run reports it and stands either way.
    case Verdict::kUpheld:
    case Verdict::kRefuted:
      return false;
    case Verdict::kMissed:
    case Verdict::kFalseAlarm:
    case Verdict::kWrongFinding:
    case Verdict::kInconclusive:
    case Verdict::kUnstable:
    case Verdict::kHarnessError:
      return true;
  }
  return true;
}

}  // namespace handrail
