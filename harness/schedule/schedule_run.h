// One schedule of a small program of threads, run and told: plain data in, plain data out.
//
// An explorer runs the threads one at a time, switching only at named points
// (embed/schedule_point.h), by the algorithm PCT (Burckhardt et al., "A Randomized Scheduler with
// Probabilistic Guarantees of Finding Bugs", ASPLOS 2010): each thread gets a random priority, the
// enabled one with the highest runs, and at d - 1 of the k steps, drawn at random, the running
// thread falls below all others. A bug that needs d ordering constraints shows with probability at
// least 1 / (n k^(d-1)).
//
// What it cannot see: races between points, inside V8, or with threads that are not scheduled; and,
// since threads run in turns, ThreadSanitizer sees no data race in a scheduled run. Those are for
// free-running tests (preset tsan).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace handrail {

struct ScheduleOptions {
  uint64_t seed = 1;    // of the schedule; when exploring, of the first one, the next has seed + 1
  int64_t runs = 1000;  // when exploring
  int depth = 2;        // d: constraints on the order of steps that the bug needs, at least 1
  // k: at least as many steps as a schedule has. 0: measured first, by schedules whose seeds are
  // always the same, so that `seed` alone still repeats a schedule.
  int64_t steps = 0;
  int64_t step_limit = 20'000;                   // beyond it the schedule counts as a livelock
  std::chrono::milliseconds time_limit{30'000};  // a thread blocks behind the explorer's back
  // How long to wait for unscheduled threads (libuv's pool) before time limits run out and a
  // deadlock is called one. Other than 0, timing has a say: the seed need not repeat the schedule.
  std::chrono::milliseconds outside{0};
};

// What is run. Bodies MUST own what they touch (a shared_ptr to it): after a failure threads stay
// parked for the rest of the process, and what they hold is never destroyed.
struct ScheduledProgram {
  struct Thread {
    std::string name;
    std::function<void()> body;  // an exception out of it is a failure
  };
  std::vector<Thread> threads;
  std::function<std::string()> check;  // run after all threads: what is wrong, empty when nothing
};

// Makes the program afresh: each schedule begins from the same state.
using ProgramFactory = std::function<ScheduledProgram()>;

enum class ScheduleEnd {
  kPassed,
  kFailed,     // the check or a body said so
  kDeadlock,   // no thread can run
  kStepLimit,  // livelock, or a spin that should be a BlockUntil
  kTimeLimit,  // last resort: the thread that has the turn does not come to a point
};
std::string_view ScheduleEndName(ScheduleEnd end);

struct ScheduleStep {
  int thread = 0;  // index into `threads`
  std::string point;
};

struct ScheduleRun {
  ScheduleEnd end = ScheduleEnd::kPassed;
  std::string what;  // empty when passed; else one line, with each thread and the point it is at
  int64_t steps = 0;
  std::vector<std::string> threads;  // names, in the order in which they were made
  std::vector<ScheduleStep> trace;
};

// Runs the one schedule of options.seed; where options.steps is 0 and measuring them finds a
// failing schedule, that one. One schedule at a time in a process: others wait. Requires:
// options.depth >= 1, and not called from a scheduled thread.
ScheduleRun RunSchedule(const ScheduleOptions& options, const ProgramFactory& factory);

// The steps of the longest of a few schedules with fixed seeds, for `steps`. Stops at a failing
// one, which is then in `failed` (its options in `failed_options`).
struct StepEstimate {
  int64_t steps = 1;
  bool passed = true;
  ScheduleRun failed;
  ScheduleOptions failed_options;
};
StepEstimate EstimateSteps(const ScheduleOptions& options, const ProgramFactory& factory);

}  // namespace handrail
