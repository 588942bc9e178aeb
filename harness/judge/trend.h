// Whether a series of numbers grows, and how fast, without being fooled by outliers or by the saw
// tooth of garbage collection: the Theil-Sen slope (the median of the slopes between all pairs) and
// the Mann-Kendall test (whether later values are more often higher than earlier ones than chance
// would have it). Pure; any thread. At most some 5 ms a series, however long.
//
// It cannot see: whether growth will go on. Values that hang on their predecessors, as memory does,
// make p smaller than it should be, so a caller must also ask for an amount.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace handrail {

inline constexpr size_t kLeastSamples = 8;      // below, the normal approximation is worthless
inline constexpr size_t kThinnedSamples = 600;  // pairs grow with the square

struct Point {
  double x = 0;
  double y = 0;
};

struct Trend {
  size_t samples = 0;    // that were used: finite ones, after thinning
  double slope = 0;      // y per x
  double intercept = 0;  // y at x = 0 of the line with that slope through the medians
  double s = 0;          // Mann-Kendall: concordant pairs minus discordant ones
  double variance = 0;   // of s if there were no trend, corrected for ties in x and in y
  double tau = 0;        // Kendall's tau-b, -1 to 1
  double p = 1;          // how likely chance alone would show this much growth (one-sided)
  double growth = 0;     // slope times the distance between the first and the last x
};

// nullopt: fewer than kLeastSamples, or all at the same x. Nothing is known then, which is not the
// same as "does not grow". Points need not be in order.
std::optional<Trend> FitTrend(std::span<const Point> points);

}  // namespace handrail
