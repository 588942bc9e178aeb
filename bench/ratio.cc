#include "bench/ratio.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace handrail {
namespace {

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

double Now(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Elapsed(clockid_t clock, const std::function<void()>& body) {
  const double began = Now(clock);
  body();
  return Now(clock) - began;
}

}  // namespace

Ratio Compare(int turns, const Work& a, const Work& b) {
  a();
  b();
  std::vector<double> as;
  std::vector<double> bs;
  std::vector<double> ratios;
  for (int i = 0; i < turns; ++i) {
    // Who goes first changes: the second finds warm caches.
    if (i % 2 == 0) {
      as.push_back(a());
      bs.push_back(b());
    } else {
      bs.push_back(b());
      as.push_back(a());
    }
    ratios.push_back(as.back() / bs.back());
  }
  return {Quantile(ratios, 0.5), Quantile(ratios, 0.25), Quantile(ratios, 0.75),
          Quantile(as, 0.5), Quantile(bs, 0.5)};
}

double WallTime(double units, const std::function<void()>& body) {
  return Elapsed(CLOCK_MONOTONIC, body) / units;
}

double CpuTime(double units, const std::function<void()>& body) {
  return Elapsed(CLOCK_PROCESS_CPUTIME_ID, body) / units;
}

std::string Seconds(double seconds) {
  char text[32];
  if (seconds < 1e-6) {
    std::snprintf(text, sizeof text, "%.0f ns", seconds * 1e9);
  } else if (seconds < 1e-3) {
    std::snprintf(text, sizeof text, "%.2f us", seconds * 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.2f ms", seconds * 1e3);
  }
  return text;
}

std::string Text(const Ratio& ratio) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f (%.3f to %.3f)", ratio.median, ratio.low, ratio.high);
  return text;
}

void PrintRow(const std::string& what, const std::string& measured, const std::string& target,
              bool met) {
  std::printf("%-52s %-26s %-12s %s\n", what.c_str(), measured.c_str(), target.c_str(),
              met ? "met" : "MISSED");
}

}  // namespace handrail
