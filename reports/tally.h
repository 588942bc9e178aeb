// How a run came out, in numbers. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "harness/core/run_record.h"
#include "harness/core/verdict.h"

namespace handrail {

// Every verdict, in the order in which reports name them.
inline constexpr std::array kAllVerdicts = {
    Verdict::kAsExpected,   Verdict::kKnownGap,     Verdict::kGapClosed, Verdict::kMissed,
    Verdict::kFalseAlarm,   Verdict::kWrongFinding, Verdict::kUnstable,  Verdict::kInconclusive,
    Verdict::kHarnessError, Verdict::kSkipped,      Verdict::kUpheld,    Verdict::kRefuted,
};

// Results (a strategy on an engine) by verdict; trials are not counted here.
class Tally {
 public:
  explicit Tally(const RunRecord& record);
  int Of(Verdict verdict) const { return counts_[static_cast<size_t>(verdict)]; }
  // The same without claims that came to no outcome.
  int OfDeclared(Verdict verdict) const {
    return Of(verdict) - unclear_claims_[static_cast<size_t>(verdict)];
  }
  // Results that were judged: all but claims and those that did not run.
  int Judged() const;
  // Whatever came of them.
  int Claims() const;

 private:
  std::array<int, kAllVerdicts.size()> counts_{};
  std::array<int, kAllVerdicts.size()> unclear_claims_{};
};

// "58 of 60 as declared, 1 missed, 1 known gap, 4 claims, 2 skipped".
std::string Describe(const Tally& tally);

}  // namespace handrail
