// The primitives of embed/scheduled_sync.h, with an explorer and without.
#include "harness/embed/scheduled_sync.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <uv.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "harness/schedule/explore.h"

namespace handrail {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

struct Box {
  ScheduledMutex mutex{"box.lock"};
  ScheduledCondition changed{"box.wait"};
  int value = 0;
};

TEST(ScheduledSync, IsStdsWithoutAnExplorer) {
  Box box;
  std::vector<ScheduledThread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back("adder", [&box] {
      for (int j = 0; j < 1'000; ++j) {
        const std::lock_guard lock(box.mutex);
        ++box.value;
        box.changed.notify_all();
      }
    });
  }
  {
    std::unique_lock lock(box.mutex);
    box.changed.wait(lock, [&] { return box.value == 4'000; });
    EXPECT_TRUE(box.changed.wait_for(lock, hours(1), [&] { return box.value == 4'000; }));
    EXPECT_FALSE(box.changed.wait_for(lock, nanoseconds(1), [&] { return box.value == 0; }));
    EXPECT_TRUE(lock.owns_lock());
  }
  for (ScheduledThread& thread : threads) thread.join();
}

TEST(ScheduledSync, LetsTimePassOnlyWhenNoThreadCanRun) {
  const ScheduleReport report = ExploreSchedules({.runs = 100}, [] {
    auto box = std::make_shared<Box>();
    auto in_time = std::make_shared<bool>(false);
    const auto wait = [=] {
      std::unique_lock lock(box->mutex);
      *in_time = box->changed.wait_for(lock, nanoseconds(1), [&] { return box->value == 1; });
    };
    const auto set = [=] {
      SchedulePoint("late");
      const std::lock_guard lock(box->mutex);
      box->value = 1;
      box->changed.notify_one();
    };
    return ScheduledProgram{{{"waiter", wait}, {"setter", set}},
                            [=] { return *in_time ? "" : "the time limit ran out"; }};
  });
  EXPECT_FALSE(report.failure) << Describe(report);
}

TEST(ScheduledSync, EndsWaitsAtTheirTimeLimitsTheShortestFirst) {
  const ScheduleReport report = ExploreSchedules({.runs = 100}, [] {
    auto box = std::make_shared<Box>();
    auto order = std::make_shared<std::string>();
    const auto wait = [=](int limit, char mark) {
      std::unique_lock lock(box->mutex);
      const bool held = box->changed.wait_for(lock, hours(limit), [&] { return box->value == 1; });
      *order += held ? '!' : mark;
    };
    return ScheduledProgram{{{"long", [=] { wait(2, '2'); }}, {"short", [=] { wait(1, '1'); }}},
                            [=] { return *order == "12" ? "" : "order " + *order; }};
  });
  EXPECT_FALSE(report.failure) << Describe(report);
}

// Whoever waits longest is not always the first to go on: POSIX promises no order, so none is
// relied on.
TEST(ScheduledSync, WakesOneOfTheWaitingBySeed) {
  int same = 0;
  int other = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    auto box = std::make_shared<Box>();
    std::string waited;
    std::string woken;
    const auto wait = [&, box](char mark) {
      std::unique_lock lock(box->mutex);
      waited += mark;
      box->changed.wait(lock);
      woken += mark;
    };
    const auto notify = [&, box] {
      for (size_t i = 0; i < 2; ++i) {
        EXPECT_TRUE(BlockUntil("turn", [&] { return waited.size() == 2 && woken.size() == i; }));
        const std::lock_guard lock(box->mutex);  // had only once both really wait
        box->changed.notify_one();
      }
    };
    const ScheduleRun run = RunSchedule({.seed = seed, .depth = 1}, [&] {
      return ScheduledProgram{
          {{"a", [=] { wait('a'); }}, {"b", [=] { wait('b'); }}, {"notifier", notify}}, nullptr};
    });
    ASSERT_EQ(run.end, ScheduleEnd::kPassed) << Describe(run);
    ++(waited == woken ? same : other);
  }
  EXPECT_GT(same, 5);
  EXPECT_GT(other, 5);
}

// The recipe of schedule_point.h for an event loop: looked at, then run without waiting.
class Loop {
 public:
  Loop() {
    uv_loop_init(&loop_);
    loop_.data = this;
    uv_async_init(&loop_, &async_, [](uv_async_t* async) {
      Loop& self = *static_cast<Loop*>(async->loop->data);
      const std::lock_guard lock(self.mutex_);
      self.ran_ += std::exchange(self.sent_, 0);
      if (self.ran_ == 2) uv_close(reinterpret_cast<uv_handle_t*>(async), nullptr);
    });
  }
  ~Loop() { EXPECT_EQ(uv_loop_close(&loop_), 0); }

  void Send() {
    {
      const std::lock_guard lock(mutex_);
      ++sent_;
    }
    SchedulePoint("loop.send");
    uv_async_send(&async_);
  }

  void Run() {
    while (uv_loop_alive(&loop_)) {
      const bool scheduled = BlockUntil("loop.poll", [this] {
        pollfd fd = {uv_backend_fd(&loop_), POLLIN, 0};
        return uv_backend_timeout(&loop_) == 0 || poll(&fd, 1, 0) > 0;
      });
      uv_run(&loop_, scheduled ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    }
  }
  int ran() const { return ran_; }

 private:
  ScheduledMutex mutex_{"loop.lock"};
  uv_loop_t loop_;
  uv_async_t async_;
  int sent_ = 0;
  int ran_ = 0;
};

TEST(ScheduledSync, CanWaitForALibuvLoop) {
  const ScheduleReport report = ExploreSchedules({.runs = 200, .depth = 3}, [] {
    auto loop = std::make_shared<Loop>();
    return ScheduledProgram{{{"loop", [=] { loop->Run(); }},
                             {"sender", [=] { loop->Send(); }},
                             {"sender-too", [=] { loop->Send(); }}},
                            [=] { return loop->ran() == 2 ? "" : "a message was lost"; }};
  });
  EXPECT_FALSE(report.failure) << Describe(report);
}

}  // namespace
}  // namespace handrail
