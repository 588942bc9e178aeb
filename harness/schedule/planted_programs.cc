#include "harness/schedule/planted_programs.h"

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "harness/embed/schedule_point.h"
#include "harness/embed/scheduled_sync.h"

namespace handrail {
namespace {

struct Locks {
  ScheduledMutex a{"a.lock"};
  ScheduledMutex b{"b.lock"};
  int both = 0;
};

void TakeBoth(Locks& locks, ScheduledMutex& first, ScheduledMutex& second) {
  const std::lock_guard outer(first);
  const std::lock_guard inner(second);
  ++locks.both;
}

struct Flag {
  ScheduledMutex mutex{"flag.lock"};
  ScheduledCondition changed{"flag.wait"};
  bool set = false;
};

struct Queue {
  ScheduledMutex mutex{"queue.lock"};
  ScheduledCondition not_full{"queue.wait-not-full"};
  ScheduledCondition not_empty{"queue.wait-not-empty"};
  std::deque<int> items;
  int sum = 0;

  void Put(int item) {
    std::unique_lock lock(mutex);
    not_full.wait(lock, [this] { return items.empty(); });
    items.push_back(item);
    not_empty.notify_one();
  }
  void Take() {
    std::unique_lock lock(mutex);
    not_empty.wait(lock, [this] { return !items.empty(); });
    sum += items.front();
    items.pop_front();
    not_full.notify_one();
  }
};

std::string Expect(const char* what, int expected, int actual) {
  if (expected == actual) return "";
  return std::string(what) + " is " + std::to_string(actual) + ", not " + std::to_string(expected);
}

}  // namespace

ScheduledProgram LostUpdate() {
  auto counter = std::make_shared<int>(0);
  const auto add = [counter] {
    SchedulePoint("counter.read");
    const int value = *counter;
    SchedulePoint("counter.write");
    *counter = value + 1;
  };
  return {{{"one", add}, {"other", add}}, [counter] { return Expect("the sum", 2, *counter); }};
}

ScheduledProgram WindowThenFlag() {
  struct State {
    bool window = false;
    bool flag = false;
    bool saw_both = false;
  };
  auto state = std::make_shared<State>();
  const auto writer = [state] {
    SchedulePoint("window.open");
    state->window = true;
    SchedulePoint("window.close");
    state->window = false;
    SchedulePoint("flag.set");
    state->flag = true;
  };
  const auto reader = [state] {
    SchedulePoint("window.look");
    const bool open = state->window;
    SchedulePoint("flag.look");
    state->saw_both = open && state->flag;
  };
  return {{{"writer", writer}, {"reader", reader}},
          [state] { return state->saw_both ? "window open and flag set" : ""; }};
}

ScheduledProgram CrossedLocks() {
  auto locks = std::make_shared<Locks>();
  return {{{"ab", [locks] { TakeBoth(*locks, locks->a, locks->b); }},
           {"ba", [locks] { TakeBoth(*locks, locks->b, locks->a); }}},
          [locks] { return Expect("the count", 2, locks->both); }};
}

ScheduledProgram OrderedLocks() {
  auto locks = std::make_shared<Locks>();
  const auto body = [locks] { TakeBoth(*locks, locks->a, locks->b); };
  return {{{"ab", body}, {"ab-too", body}},
          [locks] { return Expect("the count", 2, locks->both); }};
}

ScheduledProgram MissedWakeUp() {
  auto flag = std::make_shared<Flag>();
  const auto wait = [flag] {
    std::unique_lock lock(flag->mutex);
    if (!flag->set) flag->changed.wait(lock);
  };
  const auto set = [flag] {
    SchedulePoint("flag.set");
    flag->set = true;
    flag->changed.notify_one();
  };
  return {{{"waiter", wait}, {"setter", set}}, nullptr};
}

ScheduledProgram FlagUnderLock() {
  auto flag = std::make_shared<Flag>();
  const auto wait = [flag] {
    std::unique_lock lock(flag->mutex);
    flag->changed.wait(lock, [&] { return flag->set; });
  };
  const auto set = [flag] {
    const std::lock_guard lock(flag->mutex);
    flag->set = true;
    flag->changed.notify_one();
  };
  return {{{"waiter", wait}, {"setter", set}}, nullptr};
}

ScheduledProgram BoundedQueue() {
  auto queue = std::make_shared<Queue>();
  const auto main = [queue] {
    ScheduledThread one("producer-1", [queue] { queue->Put(1), queue->Put(2); });
    ScheduledThread two("producer-2", [queue] { queue->Put(4), queue->Put(8); });
    ScheduledThread three("consumer-1", [queue] { queue->Take(), queue->Take(); });
    ScheduledThread four("consumer-2", [queue] { queue->Take(), queue->Take(); });
    one.join();
    two.join();
    three.join();
    four.join();
  };
  return {{{"main", main}}, [queue] { return Expect("the sum", 15, queue->sum); }};
}

}  // namespace handrail
