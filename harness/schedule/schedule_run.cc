#include "harness/schedule/schedule_run.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/schedule_point.h"
#include "harness/schedule/turns.h"

namespace handrail {
namespace {

// This thread, where it is scheduled. A plain pointer: nothing is left to destroy for a thread that
// stays parked.
thread_local Turns::Member* here = nullptr;

// Never destroyed: threads may outlive main.
struct Current {
  std::mutex mutex;
  std::shared_ptr<Turns> turns;                // what unscheduled threads wake
  std::vector<std::shared_ptr<Turns>> parked;  // given up, with threads in them
};
Current& TheCurrent() {
  static auto* const current = new Current;
  return *current;
}

bool Scheduled() { return here != nullptr && !here->looking; }

void Point(const char* name) {
  if (here != nullptr) here->turns->Point(*here, name);
}

void Block(const char* name, bool (*holds)(void*), void* data) {
  here->turns->Block(*here, name, holds, data);
}

bool Wait(const char* name, const void* what, int64_t limit_ns, bool (*last_look)(void*),
          void* data) {
  return here->turns->Wait(*here, name, what, limit_ns, last_look, data);
}

void Wake(const void* what, bool all) {
  if (here != nullptr) return here->turns->Wake(what, all);
  std::shared_ptr<Turns> turns;
  {
    Current& current = TheCurrent();
    const std::lock_guard lock(current.mutex);
    turns = current.turns;
  }
  if (turns != nullptr) turns->Wake(what, all);
}

void* Spawn(const char* name) { return here->turns->Add(name); }

void Enter(void* spawned) {
  here = static_cast<Turns::Member*>(spawned);
  here->turns->Enter(*here);
}

void Leave() {
  Turns::Member* self = std::exchange(here, nullptr);
  const std::shared_ptr<Turns> turns = std::move(self->turns);
  turns->Leave(*self);
}

constexpr ScheduleHook kHook = {Scheduled, Point, Block, Wait, Wake, Spawn, Enter, Leave};

// The hook, for the time of one schedule.
class Installed {
 public:
  explicit Installed(std::shared_ptr<Turns> turns) {
    Current& current = TheCurrent();
    const std::lock_guard lock(current.mutex);
    current.turns = std::move(turns);
    schedule_hook = &kHook;
  }
  ~Installed() {
    Current& current = TheCurrent();
    const std::lock_guard lock(current.mutex);
    current.turns = nullptr;
    if (current.parked.empty()) schedule_hook = nullptr;
  }
  Installed(const Installed&) = delete;
  Installed& operator=(const Installed&) = delete;

  // The schedule was given up, but a thread of it may still run: it must find the hook at its next
  // point, which parks it.
  void KeepParked() {
    Current& current = TheCurrent();
    const std::lock_guard lock(current.mutex);
    current.parked.push_back(current.turns);
  }
};

void RunBody(Turns::Member* member, std::function<void()> body) {
  Enter(member);
  try {
    body();
  } catch (const std::exception& error) {
    member->turns->Fail(member->name + " threw: " + error.what());
  } catch (...) {
    member->turns->Fail(member->name + " threw something that is no std::exception");
  }
  body = nullptr;  // what it holds is destroyed while this thread is still scheduled
  Leave();
}

ScheduleRun RunWithSteps(const ScheduleOptions& options, ScheduledProgram program) {
  static std::mutex one_at_a_time;
  const std::lock_guard alone(one_at_a_time);
  const auto turns = std::make_shared<Turns>(options);
  Installed installed(turns);
  std::vector<Turns::Member*> members;
  for (const auto& thread : program.threads) members.push_back(turns->Add(thread.name));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < members.size(); ++i) {
    threads.emplace_back(RunBody, members[i], std::move(program.threads[i].body));
  }
  const bool ended = turns->RunToEnd();
  for (std::thread& thread : threads) ended ? thread.join() : thread.detach();
  if (!ended) {
    installed.KeepParked();
  } else if (program.check) {
    if (std::string wrong = program.check(); !wrong.empty()) turns->Fail(std::move(wrong));
  }
  return turns->TakeRun();
}

}  // namespace

std::string_view ScheduleEndName(ScheduleEnd end) {
  switch (end) {
    case ScheduleEnd::kPassed:
      return "passed";
    case ScheduleEnd::kFailed:
      return "failed";
    case ScheduleEnd::kDeadlock:
      return "deadlock";
    case ScheduleEnd::kStepLimit:
      return "livelock";
    case ScheduleEnd::kTimeLimit:
      return "stuck";
  }
  return "unknown";
}

ScheduleRun RunSchedule(const ScheduleOptions& options, const ProgramFactory& factory) {
  ScheduleOptions with_steps = options;
  if (options.steps == 0 && options.depth > 1) {
    StepEstimate estimate = EstimateSteps(options, factory);
    if (!estimate.passed) return std::move(estimate.failed);
    with_steps.steps = estimate.steps;
  }
  return RunWithSteps(with_steps, factory());
}

StepEstimate EstimateSteps(const ScheduleOptions& options, const ProgramFactory& factory) {
  constexpr int kTrials = 8;
  StepEstimate estimate;
  ScheduleOptions trial = options;
  for (int i = 0; i < kTrials; ++i) {
    trial.seed = static_cast<uint64_t>(i);
    trial.depth = i == 0 ? 1 : 3;  // the first only tells how long schedules are at all
    trial.steps = estimate.steps;
    ScheduleRun run = RunWithSteps(trial, factory());
    estimate.steps = std::max(estimate.steps, run.steps);
    if (run.end != ScheduleEnd::kPassed) {
      estimate.passed = false;
      estimate.failed = std::move(run);
      estimate.failed_options = trial;
      break;
    }
  }
  return estimate;
}

}  // namespace handrail
