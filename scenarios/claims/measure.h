// How the claims of this family measure: time on the steady clock, medians instead of means,
// because one turn of another process must not decide a claim. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace handrail {

// Milliseconds that `work` takes.
template <class Work>
double TimeMs(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  return taken.count();
}

// The middle one, of an even number the upper. Requires: there is one.
inline double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The median of `times` measurements.
template <class Measure>
double MedianOf(int times, const Measure& measure) {
  std::vector<double> values;
  for (int i = 0; i < times; ++i) values.push_back(measure());
  return Median(std::move(values));
}

}  // namespace handrail
