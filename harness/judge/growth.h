// From samples to findings: what grows although every round of the scenario ends where it began.
// Counts (handles, Globals, contexts) are judged exactly, round by round; bytes by a robust trend
// and by amount. Only samples at the end of a round and after the warm-up count. Pure; any thread.
//
// It cannot see: growth in fewer than kLeastRounds rounds (exact) or kLeastSamples samples (trend),
// a count that stood still or fell in a single round, a leak that is slower than the least amounts
// below over the whole trial, and one that begins in the trial's last quarter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/evidence.h"
#include "harness/core/finding.h"
#include "harness/core/scenario_decl.h"

namespace handrail {

inline constexpr size_t kLeastRounds = 5;
inline constexpr double kSignificant = 0.01;      // p below which a trend counts
inline constexpr double kSignificantLate = 0.05;  // and of its second half alone
// Fitted growth over the window has to pass the larger of the two, or a trend is no finding: pages
// and arenas come in pieces of about this size.
inline constexpr int64_t kLeastHeapGrowth = int64_t{256} << 10;
inline constexpr double kLeastHeapShare = 0.05;  // of the first value
inline constexpr int64_t kLeastRssGrowth = int64_t{8} << 20;
inline constexpr double kLeastRssShare = 0.05;

// Whether growth of every kind could be judged from these samples.
bool EnoughRounds(const Evidence& evidence);

// HD020, HD021, HP004 (detector "counts", certain), HP001, HP003 (detector "trend", statistical).
// Empty when the scenario is not a steady state. HP003 is not judged under the instrument "asan",
// whose quarantine grows RSS by design. Finding::operation is the iteration at which it could first
// be known.
std::vector<Finding> GrowthFindings(const ScenarioDecl& scenario,
                                    const std::vector<std::string>& instruments,
                                    const Evidence& evidence);

}  // namespace handrail
