#include "harness/judge/trend.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace handrail {
namespace {

// Finite points by x; points at the same x stay as they came.
std::vector<Point> Ordered(std::span<const Point> points) {
  std::vector<Point> ordered;
  for (const Point& point : points) {
    if (std::isfinite(point.x) && std::isfinite(point.y)) ordered.push_back(point);
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Point& a, const Point& b) { return a.x < b.x; });
  return ordered;
}

// One point at random out of each of kThinnedSamples equal stretches. A fixed stride would fall
// into step with a saw tooth, and means or maxima of a stretch would bend the line. The seed is
// fixed: the same evidence must always get the same verdict.
std::vector<Point> Thin(std::vector<Point> points) {
  if (points.size() <= kThinnedSamples) return points;
  std::mt19937_64 random(1);
  std::vector<Point> thinned;
  for (size_t i = 0; i < kThinnedSamples; ++i) {
    size_t from = i * points.size() / kThinnedSamples;
    size_t to = (i + 1) * points.size() / kThinnedSamples;
    thinned.push_back(points[from + random() % (to - from)]);
  }
  return thinned;
}

double Median(std::vector<double>& values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// Sums over the groups of equal values, t being the size of a group.
struct Ties {
  double pairs = 0;     // t (t - 1)
  double triples = 0;   // t (t - 1) (t - 2)
  double variance = 0;  // t (t - 1) (2 t + 5)
};

Ties CountTies(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  Ties ties;
  for (size_t i = 0; i < values.size();) {
    size_t end = i;
    while (end < values.size() && values[end] == values[i]) ++end;
    double t = static_cast<double>(end - i);
    ties.pairs += t * (t - 1);
    ties.triples += t * (t - 1) * (t - 2);
    ties.variance += t * (t - 1) * (2 * t + 5);
    i = end;
  }
  return ties;
}

// The variance of s and tau for ties in both columns (Kendall 1970, chapter 4).
void Significance(const std::vector<Point>& points, Trend& trend) {
  std::vector<double> xs;
  std::vector<double> ys;
  for (const Point& point : points) {
    xs.push_back(point.x);
    ys.push_back(point.y);
  }
  Ties x = CountTies(std::move(xs));
  Ties y = CountTies(std::move(ys));
  double n = static_cast<double>(points.size());
  trend.variance = (n * (n - 1) * (2 * n + 5) - x.variance - y.variance) / 18 +
                   x.pairs * y.pairs / (2 * n * (n - 1)) +
                   x.triples * y.triples / (9 * n * (n - 1) * (n - 2));
  double scale = std::sqrt(n * (n - 1) - x.pairs) * std::sqrt(n * (n - 1) - y.pairs) / 2;
  trend.tau = scale > 0 ? trend.s / scale : 0;
  if (trend.variance <= 0) return;  // all values equal: no evidence of growth, p stays 1
  // s moves in steps, the normal curve does not: hence the 1 (continuity correction).
  double towards_zero = trend.s > 0 ? -1 : trend.s < 0 ? 1 : 0;
  double z = (trend.s + towards_zero) / std::sqrt(trend.variance);
  trend.p = std::erfc(z / std::sqrt(2.0)) / 2;
}

}  // namespace

std::optional<Trend> FitTrend(std::span<const Point> all) {
  std::vector<Point> points = Thin(Ordered(all));
  if (points.size() < kLeastSamples || points.front().x == points.back().x) return std::nullopt;
  Trend trend;
  trend.samples = points.size();
  std::vector<double> slopes;
  slopes.reserve(points.size() * (points.size() - 1) / 2);
  for (size_t i = 0; i < points.size(); ++i) {
    for (size_t j = i + 1; j < points.size(); ++j) {
      double dx = points[j].x - points[i].x;
      double dy = points[j].y - points[i].y;
      if (dx <= 0) continue;
      slopes.push_back(dy / dx);
      trend.s += dy > 0 ? 1 : dy < 0 ? -1 : 0;
    }
  }
  trend.slope = Median(slopes);
  trend.growth = trend.slope * (points.back().x - points.front().x);
  std::vector<double> intercepts;
  intercepts.reserve(points.size());
  for (const Point& point : points) intercepts.push_back(point.y - trend.slope * point.x);
  trend.intercept = Median(intercepts);
  Significance(points, trend);
  return trend;
}

}  // namespace handrail
