#include "harness/schedule/explore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "harness/embed/schedule_point.h"
#include "harness/schedule/planted_programs.h"

namespace handrail {
namespace {

using testing::HasSubstr;

TEST(MissBound, IsTheFormulaByNumbers) {
  EXPECT_DOUBLE_EQ(MissBound(2, 10, 1, 1), 0.5);                 // 1 - 1/2
  EXPECT_DOUBLE_EQ(MissBound(2, 10, 2, 1), 0.95);                // 1 - 1/20
  EXPECT_NEAR(MissBound(2, 10, 2, 2), 0.9025, 1e-12);            // squared
  EXPECT_NEAR(MissBound(2, 10, 3, 100), 0.605770, 1e-6);         // (1 - 1/200)^100
  EXPECT_NEAR(MissBoundLog10(3, 17, 2, 2'000), -17.2002, 1e-3);  // 2000 log10(50/51)
}

TEST(MissBound, HasNothingToSayWithoutSchedules) { EXPECT_EQ(MissBound(3, 17, 2, 0), 1); }

TEST(MissBound, KeepsItsLogarithmWhereTheBoundIsTooSmallForADouble) {
  EXPECT_EQ(MissBound(2, 10, 2, 1'000'000), 0);
  EXPECT_NEAR(MissBoundLog10(2, 10, 2, 1'000'000), -22276.39, 0.01);
}

TEST(Describe, SaysWhatManySchedulesAreWorth) {
  ScheduleReport report{.runs = 2'000, .threads = 3, .steps = 17, .depth = 2};
  EXPECT_EQ(Describe(report),
            "explored 2,000 schedules of 3 threads and at most 17 points: a bug of depth 2 in them "
            "goes unseen with probability < 1e-17");
  report.runs = 1;
  EXPECT_EQ(Describe(report),
            "explored 1 schedule of 3 threads and at most 17 points: a bug of depth 2 in them goes "
            "unseen with probability about 0.98");
}

TEST(Describe, TellsHowToRepeatAFailureAndItsTrace) {
  const ScheduleReport report = ExploreSchedules({.runs = 200, .depth = 2, .steps = 6}, LostUpdate);
  ASSERT_TRUE(report.failure);
  const std::string text = Describe(report);
  EXPECT_THAT(text,
              HasSubstr("the schedule with seed " + std::to_string(report.failure->options.seed) +
                        ", depth 2, steps 6: failed: the sum is 1, not 2\n"));
  EXPECT_THAT(text, HasSubstr("  one    counter.write\n"));
  EXPECT_THAT(text, HasSubstr("  other  thread.begin\n"));
}

TEST(Explore, ReportsWhatItsBoundRestsOn) {
  const ScheduleReport report =
      ExploreSchedules({.seed = 40, .runs = 50, .depth = 2}, BoundedQueue);
  EXPECT_EQ(report.first_seed, 40u);
  EXPECT_EQ(report.runs, 50);
  EXPECT_EQ(report.threads, 5);
  EXPECT_GT(report.steps, 20);
  EXPECT_DOUBLE_EQ(report.miss_bound, MissBound(5, report.steps, 2, 50));
}

TEST(Explore, IsTheSameFromTheSameSeed) {
  const ScheduleOptions options{.seed = 3, .runs = 20, .depth = 3};
  const ScheduleReport one = ExploreSchedules(options, WindowThenFlag);
  const ScheduleReport other = ExploreSchedules(options, WindowThenFlag);
  EXPECT_EQ(Describe(one), Describe(other));
}

// A bound that rests on too small a k would promise what no schedule could show.
TEST(Explore, CountsAnewWhenASchedulesHasMoreStepsThanWasThought) {
  const ScheduleReport report =
      ExploreSchedules({.runs = 10, .depth = 2, .steps = 2}, OrderedLocks);
  EXPECT_FALSE(report.failure) << Describe(report);
  EXPECT_EQ(report.runs, 10);
  EXPECT_GE(report.discarded, 1);
  EXPECT_GE(report.steps, 6);
}

TEST(Explore, ReportsABugThatEveryScheduleHas) {
  const ScheduleReport report = ExploreSchedules({.runs = 10}, [] {
    return ScheduledProgram{{{"only", [] {}}}, [] { return "always wrong"; }};
  });
  ASSERT_TRUE(report.failure);
  EXPECT_EQ(report.failure->run.what, "always wrong");
}

}  // namespace
}  // namespace handrail
