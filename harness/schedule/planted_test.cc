// The explorer finds what was planted, finds it again from its seed, and leaves correct code alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "harness/schedule/explore.h"
#include "harness/schedule/planted_programs.h"

namespace handrail {
namespace {

using testing::HasSubstr;

// Runs a failing schedule over and over: the same end and the same trace each time.
void ExpectRepeats(const ScheduleFailure& failure, const ProgramFactory& factory, int times) {
  const std::string first = Describe(failure.run);
  for (int i = 0; i < times; ++i) {
    ASSERT_EQ(Describe(RunSchedule(failure.options, factory)), first)
        << "repeated " << i << " times";
  }
}

TEST(Explore, FindsALostUpdateAndRepeatsItFromItsSeed) {
  const ScheduleReport report = ExploreSchedules({.runs = 200, .depth = 2}, LostUpdate);
  ASSERT_TRUE(report.failure) << Describe(report);
  EXPECT_EQ(report.failure->run.end, ScheduleEnd::kFailed);
  EXPECT_EQ(report.failure->run.what, "the sum is 1, not 2");
  ExpectRepeats(*report.failure, LostUpdate, 20);
}

TEST(Explore, FindsABugOfDepth3AndRepeatsItFromItsSeed) {
  const ScheduleReport report = ExploreSchedules({.runs = 2'000, .depth = 3}, WindowThenFlag);
  ASSERT_TRUE(report.failure) << Describe(report);
  EXPECT_EQ(report.failure->run.what, "window open and flag set");
  ExpectRepeats(*report.failure, WindowThenFlag, 20);
}

// What depth means: one switch cannot make this bug show, however many schedules there are.
TEST(Explore, DoesNotFindABugOfDepth3AtDepth2) {
  const ScheduleReport report =
      ExploreSchedules({.runs = 500, .depth = 2, .steps = kWindowThenFlagSteps}, WindowThenFlag);
  EXPECT_FALSE(report.failure) << Describe(report);
  EXPECT_EQ(report.runs, 500);
}

TEST(Explore, DoesNotFindALostUpdateAtDepth1) {
  const ScheduleReport report =
      ExploreSchedules({.runs = 200, .depth = 1, .steps = kLostUpdateSteps}, LostUpdate);
  EXPECT_FALSE(report.failure) << Describe(report);
}

TEST(Explore, FindsTwoLocksTakenCrosswise) {
  const ScheduleReport report = ExploreSchedules({.runs = 200, .depth = 2}, CrossedLocks);
  ASSERT_TRUE(report.failure) << Describe(report);
  EXPECT_EQ(report.failure->run.end, ScheduleEnd::kDeadlock);
  EXPECT_EQ(report.failure->run.what, "no thread can run: ab waits at b.lock, ba waits at a.lock");
  ExpectRepeats(*report.failure, CrossedLocks, 20);
}

TEST(Explore, FindsAMissedWakeUp) {
  const ScheduleReport report = ExploreSchedules({.runs = 200, .depth = 2}, MissedWakeUp);
  ASSERT_TRUE(report.failure) << Describe(report);
  EXPECT_EQ(report.failure->run.end, ScheduleEnd::kDeadlock);
  EXPECT_THAT(report.failure->run.what, HasSubstr("waiter waits at flag.wait"));
  EXPECT_THAT(report.failure->run.what, HasSubstr("setter has ended after flag.set"));
  ExpectRepeats(*report.failure, MissedWakeUp, 20);
}

TEST(Explore, LeavesCorrectProgramsAlone) {
  const std::map<std::string, ProgramFactory> programs = {
      {"locks", OrderedLocks}, {"flag", FlagUnderLock}, {"queue", BoundedQueue}};
  for (const auto& [name, factory] : programs) {
    for (int depth : {2, 3}) {
      const ScheduleReport report = ExploreSchedules({.runs = 1'000, .depth = depth}, factory);
      EXPECT_FALSE(report.failure) << name << ": " << Describe(report);
      EXPECT_EQ(report.runs, 1'000) << name << " at depth " << depth;
    }
  }
}

// How often `factory` fails over schedules with seeds 1 to `runs`.
int64_t Failures(const ProgramFactory& factory, int depth, int64_t steps, int64_t runs) {
  int64_t failures = 0;
  for (int64_t seed = 1; seed <= runs; ++seed) {
    const ScheduleRun run =
        RunSchedule({.seed = static_cast<uint64_t>(seed), .depth = depth, .steps = steps}, factory);
    EXPECT_EQ(run.steps, steps) << "the planted program has changed";
    failures += run.end == ScheduleEnd::kFailed;
  }
  return failures;
}

// The seeds are fixed, so the numbers are the same on every run.
TEST(Explore, FindsALostUpdateAsOftenAsItsBoundPromises) {
  const double promised = 1.0 / (2 * kLostUpdateSteps);
  EXPECT_GE(Failures(LostUpdate, 2, kLostUpdateSteps, 2'000), 2'000 * promised);
}

// Here the bound is exact: one order of the threads, one place for each of the two switches.
TEST(Explore, FindsABugOfDepth3AsOftenAsItsBoundPromises) {
  const double runs = 6'000;
  const double promised = 1.0 / (2 * std::pow(kWindowThenFlagSteps, 2));
  const double deviation = std::sqrt(runs * promised * (1 - promised));
  const auto failures = static_cast<double>(
      Failures(WindowThenFlag, 3, kWindowThenFlagSteps, static_cast<int64_t>(runs)));
  EXPECT_GE(failures, runs * promised - 3 * deviation);
  EXPECT_LE(failures, runs * promised + 3 * deviation);
}

}  // namespace
}  // namespace handrail
