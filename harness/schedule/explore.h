// Many schedules of one program, and what their number is worth.
//
//   ScheduleReport report = ExploreSchedules({.seed = 1, .runs = 2000, .depth = 2}, [] {
//     auto box = std::make_shared<Box>();
//     return ScheduledProgram{{{"sender", [box] { box->Send(); }}, {"loop", [box] { box->Run();
//     }}},
//                             [box] { return box->lost ? "a closure was lost" : ""; }};
//   });
//   EXPECT_FALSE(report.failure) << Describe(report);
//
// The program must depend on nothing but the order of its steps (no clock, no randomness of its
// own), or a failing seed does not repeat. Threads: as RunSchedule. Plain data out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/schedule/schedule_run.h"

namespace handrail {

struct ScheduleFailure {
  ScheduleOptions options;  // RunSchedule with these repeats it
  ScheduleRun run;
};

struct ScheduleReport {
  uint64_t first_seed = 0;
  int64_t runs = 0;       // R: schedules that the bound may rest on
  int64_t discarded = 0;  // that had more steps than was thought, or came before such a one
  int threads = 0;        // n: the most that a schedule had
  int64_t steps = 0;      // k: no schedule of the R had more
  int depth = 0;          // d
  double miss_bound = 1;  // of a bug of depth d or less: (1 - 1/(n k^(d-1)))^R
  std::optional<ScheduleFailure> failure = {};  // the first, where exploring stopped
};

// Runs options.runs schedules with seeds from options.seed on, at most until the first failure.
// Where one has more than k steps, k is raised and R counted anew, up to four times options.runs
// schedules in all.
ScheduleReport ExploreSchedules(const ScheduleOptions& options, const ProgramFactory& factory);

// (1 - 1/(n k^(d-1)))^R: how likely R schedules miss a bug of depth d among named points. The
// logarithm to base 10 stays finite where the bound itself is below the smallest double.
double MissBound(int threads, int64_t steps, int depth, int64_t runs);
double MissBoundLog10(int threads, int64_t steps, int depth, int64_t runs);

// "explored 2,000 schedules of 3 threads and at most 17 points: a bug of depth 2 in them goes
// unseen with probability < 1e-17"; after a failure, what failed, how to repeat it and its trace.
std::string Describe(const ScheduleReport& report);
std::string Describe(const ScheduleRun& run);

}  // namespace handrail
