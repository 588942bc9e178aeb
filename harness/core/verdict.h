// The closed set of what the judge can say. Any thread.
#pragma once

#include <optional>
#include <string_view>

namespace handrail {

enum class Verdict {
  kAsExpected,
  kKnownGap,      // broken, not caught, and declared so with the reason
  kGapClosed,     // declared as a gap, and caught: the declaration is out of date
  kMissed,        // broken, triggered, and nothing saw it
  kFalseAlarm,    // correct, and accused
  kWrongFinding,  // broken and found, but not for a declared reason
  kInconclusive,  // the mistake was not reached or not triggered: nothing is shown either way
  kUnstable,      // seeds do not agree
  kSkipped,       // not run: profile's budget, engine cannot
  kHarnessError,  // the trial could not be run
  kUpheld,        // a claim that the run bears out
  kRefuted,       // a claim that the run contradicts
};

std::string_view ToString(Verdict verdict);
std::optional<Verdict> ParseVerdict(std::string_view text);

// Whether this verdict makes a run fail (exit code 1; kHarnessError: 3).
bool Fails(Verdict verdict);

}  // namespace handrail
