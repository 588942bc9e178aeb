#include "harness/schedule/explore.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "harness/core/text.h"

namespace handrail {
namespace {

constexpr size_t kShownSteps = 60;

std::string Count(int64_t count, const std::string& noun) {
  return Grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

// "< 1e-17", the next power of ten above; "about 0.37" where that would say little.
std::string Probability(double log10) {
  char text[32];
  if (log10 > -1) {
    std::snprintf(text, sizeof text, "about %.2f", std::pow(10, log10));
  } else if (!std::isfinite(log10)) {
    return "0";
  } else {
    std::snprintf(text, sizeof text, "< 1e%.0f", std::floor(log10) + 1);
  }
  return text;
}

}  // namespace

double MissBoundLog10(int threads, int64_t steps, int depth, int64_t runs) {
  const double hit = 1 / (std::max(threads, 1) *
                          std::pow(static_cast<double>(std::max<int64_t>(steps, 1)), depth - 1));
  if (runs <= 0) return 0;
  return static_cast<double>(runs) * std::log1p(-hit) / std::log(10.0);
}

double MissBound(int threads, int64_t steps, int depth, int64_t runs) {
  return std::pow(10, MissBoundLog10(threads, steps, depth, runs));
}

ScheduleReport ExploreSchedules(const ScheduleOptions& options, const ProgramFactory& factory) {
  ScheduleReport report;
  report.first_seed = options.seed;
  report.depth = options.depth;
  report.steps = options.steps;
  if (options.steps == 0) {
    StepEstimate estimate = EstimateSteps(options, factory);
    report.steps = estimate.steps;
    if (!estimate.passed) {
      report.threads = static_cast<int>(estimate.failed.threads.size());
      report.failure = {estimate.failed_options, std::move(estimate.failed)};
      return report;
    }
  }
  ScheduleOptions one = options;
  while (report.runs < options.runs && report.runs + report.discarded < 4 * options.runs) {
    one.steps = report.steps;
    ScheduleRun run = RunSchedule(one, factory);
    ++report.runs;
    report.threads = std::max(report.threads, static_cast<int>(run.threads.size()));
    if (run.end != ScheduleEnd::kPassed) {
      report.failure = {one, std::move(run)};
      break;
    }
    if (run.steps > report.steps) {
      // No change point could fall behind step k: the bound holds for none of these.
      report.steps = run.steps + run.steps / 8;
      report.discarded += std::exchange(report.runs, 0);
    }
    ++one.seed;
  }
  report.miss_bound = MissBound(report.threads, report.steps, report.depth, report.runs);
  return report;
}

std::string Describe(const ScheduleRun& run) {
  std::string text(ScheduleEndName(run.end));
  if (!run.what.empty()) text += ": " + run.what;
  text += "\n";
  const size_t skip = run.trace.size() > kShownSteps ? run.trace.size() - kShownSteps : 0;
  if (skip > 0) text += "  (" + Count(static_cast<int64_t>(skip), "earlier step") + ")\n";
  size_t width = 0;
  for (const std::string& name : run.threads) width = std::max(width, name.size());
  for (size_t i = skip; i < run.trace.size(); ++i) {
    const ScheduleStep& step = run.trace[i];
    std::string name = run.threads[static_cast<size_t>(step.thread)];
    name.resize(width, ' ');
    text += "  " + name + "  " + step.point + "\n";
  }
  return text;
}

std::string Describe(const ScheduleReport& report) {
  if (report.failure) {
    const ScheduleOptions& options = report.failure->options;
    return "the schedule with seed " + std::to_string(options.seed) + ", depth " +
           std::to_string(options.depth) + ", steps " + std::to_string(options.steps) + ": " +
           Describe(report.failure->run);
  }
  const double log10 = MissBoundLog10(report.threads, report.steps, report.depth, report.runs);
  return "explored " + Count(report.runs, "schedule") + " of " + Count(report.threads, "thread") +
         " and at most " + Count(report.steps, "point") + ": a bug of depth " +
         std::to_string(report.depth) + " in them goes unseen with probability " +
         Probability(log10);
}

}  // namespace handrail
