#include "harness/schedule/schedule_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "harness/embed/schedule_point.h"
#include "harness/embed/scheduled_sync.h"
#include "harness/schedule/explore.h"

namespace handrail {
namespace {

using testing::HasSubstr;

TEST(SchedulePoint, DoesNothingWithoutAnExplorer) {
  EXPECT_EQ(ScheduledHere(), nullptr);
  SchedulePoint("nobody.listens");
  int looks = 0;
  EXPECT_FALSE(BlockUntil("nobody.listens", [&] { return ++looks > 0; }));
  EXPECT_EQ(looks, 0) << "the caller waits by its own means";
}

TEST(SchedulePoint, LetsAThreadPassThatIsNotScheduled) {
  const ScheduleRun run = RunSchedule({.steps = 1}, [] {
    return ScheduledProgram{{{"only",
                              [] {
                                std::thread([] { SchedulePoint("not.scheduled"); }).join();
                                SchedulePoint("scheduled");
                              }}},
                            nullptr};
  });
  EXPECT_EQ(run.end, ScheduleEnd::kPassed) << run.what;
  ASSERT_EQ(run.trace.size(), 2u) << Describe(run);
  EXPECT_EQ(run.trace[0].point, "thread.begin");
  EXPECT_EQ(run.trace[1].point, "scheduled");
}

ScheduledProgram ThreeWithOnePoint() {
  const auto body = [] { SchedulePoint("middle"); };
  return {{{"a", body}, {"b", body}, {"c", body}}, nullptr};
}

TEST(RunSchedule, RunsOneThreadAtATime) {
  auto inside = std::make_shared<std::atomic<int>>(0);
  auto most = std::make_shared<std::atomic<int>>(0);
  const auto body = [=] {
    for (int i = 0; i < 20; ++i) {
      *most = std::max(most->load(), ++*inside);
      std::this_thread::yield();
      --*inside;
      SchedulePoint("again");
    }
  };
  const ScheduleRun run = RunSchedule({.depth = 5, .steps = 80}, [&] {
    return ScheduledProgram{{{"a", body}, {"b", body}, {"c", body}}, nullptr};
  });
  EXPECT_EQ(run.end, ScheduleEnd::kPassed) << run.what;
  EXPECT_EQ(*most, 1);
}

TEST(RunSchedule, StartsThreadsInEveryOrderAsSeedsDiffer) {
  std::set<std::string> orders;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const ScheduleRun run = RunSchedule({.seed = seed, .depth = 1, .steps = 6}, ThreeWithOnePoint);
    std::string order;
    for (const ScheduleStep& step : run.trace) order += run.threads[step.thread];
    orders.insert(order);
  }
  EXPECT_EQ(orders,
            (std::set<std::string>{"aabbcc", "aaccbb", "bbaacc", "bbccaa", "ccaabb", "ccbbaa"}));
}

TEST(RunSchedule, ReportsWhatABodyThrew) {
  const ScheduleRun run = RunSchedule({.steps = 2}, [] {
    return ScheduledProgram{{{"thrower", [] { throw std::runtime_error("a slip"); }}, {"b", [] {}}},
                            nullptr};
  });
  EXPECT_EQ(run.end, ScheduleEnd::kFailed);
  EXPECT_EQ(run.what, "thrower threw: a slip");
}

TEST(RunSchedule, SaysWhatWasThrownBeforeAnybodyWaitedForIt) {
  const ScheduleRun run = RunSchedule({.steps = 4}, [] {
    return ScheduledProgram{
        {{"thrower", [] { throw std::runtime_error("a slip"); }},
         {"b", [] { EXPECT_TRUE(BlockUntil("b.waits", [] { return false; })); }}},
        nullptr};
  });
  EXPECT_EQ(run.end, ScheduleEnd::kFailed);
  EXPECT_THAT(run.what, HasSubstr("thrower threw: a slip; then no thread can run: "));
  EXPECT_THAT(run.what, HasSubstr("b waits at b.waits"));
}

TEST(RunSchedule, CallsEndlessStepsALivelock) {
  const ScheduleRun run = RunSchedule({.steps = 10, .step_limit = 100}, [] {
    return ScheduledProgram{{{"spinner",
                              [] {
                                for (;;) SchedulePoint("spin");
                              }},
                             {"b", [] {}}},
                            nullptr};
  });
  EXPECT_EQ(run.end, ScheduleEnd::kStepLimit);
  EXPECT_THAT(run.what, HasSubstr("spinner runs after spin"));
}

TEST(RunSchedule, GivesUpOnAThreadThatBlocksUnseen) {
  auto never = std::make_shared<std::mutex>();
  never->lock();
  const ScheduleRun run =
      RunSchedule({.steps = 4, .time_limit = std::chrono::milliseconds(50)}, [never] {
        const auto body = [never] {
          SchedulePoint("before");
          const std::lock_guard lock(*never);
        };
        return ScheduledProgram{{{"stuck", body}}, nullptr};
      });
  EXPECT_EQ(run.end, ScheduleEnd::kTimeLimit);
  EXPECT_EQ(run.what, "time is up: stuck runs after before");
  never->unlock();  // the thread ends in peace
}

TEST(RunSchedule, WaitsForUnscheduledThreadsWhenToldTo) {
  const ScheduleRun run =
      RunSchedule({.steps = 4, .outside = std::chrono::milliseconds(20'000)}, [] {
        auto done = std::make_shared<std::atomic<bool>>(false);
        const auto body = [done] {
          std::thread helper([done] { *done = true; });
          EXPECT_TRUE(BlockUntil("helper.done", [&] { return done->load(); }));
          helper.join();
        };
        return ScheduledProgram{{{"asker", body}}, nullptr};
      });
  EXPECT_EQ(run.end, ScheduleEnd::kPassed) << run.what;
}

TEST(RunSchedule, MeasuresStepsByItselfSoThatASeedIsEnough) {
  const ProgramFactory factory = ThreeWithOnePoint;
  for (uint64_t seed : {5u, 6u, 7u}) {
    const ScheduleRun one = RunSchedule({.seed = seed, .depth = 3}, factory);
    const ScheduleRun other = RunSchedule({.seed = seed, .depth = 3}, factory);
    EXPECT_EQ(Describe(one), Describe(other));
    EXPECT_EQ(one.steps, 6);
  }
}

}  // namespace
}  // namespace handrail
