#include "harness/schedule/schedule_run.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/embed/schedule_point.h"
#include "harness/schedule/turns.h"

namespace handrail {
namespace {

struct Here {
  std::shared_ptr<Turns> turns;
  Turns::Member* member = nullptr;
};
thread_local Here here;

// What unscheduled threads wake. Never destroyed: they may outlive main.
struct Current {
  std::mutex mutex;
  std::shared_ptr<Turns> turns;
  bool keep_hook = false;
};
Current& TheCurrent() {
  static auto* const current = new Current;
  return *current;
}

bool Scheduled() { return here.member != nullptr && !here.member->looking; }

void Point(const char* name) {
  if (here.member != nullptr) here.turns->Point(*here.member, name);
}

void Block(const char* name, bool (*holds)(void*), void* data) {
  here.turns->Block(*here.member, name, holds, data);
}

bool Wait(const char* name, const void* what, int64_t limit_ns, bool (*last_look)(void*),
          void* data) {
  return here.turns->Wait(*here.member, name, what, limit_ns, last_look, data);
}

void Wake(const void* what, bool all) {
  if (here.member != nullptr) return here.turns->Wake(what, all);
  std::shared_ptr<Turns> turns;
  {
    Current& current = TheCurrent();
    const std::lock_guard lock(current.mutex);
    turns = current.turns;
  }
  if (turns != nullptr) turns->Wake(what, all);
}

void* Spawn(const char* name) { return new Here{here.turns, here.turns->Add(name)}; }

void Enter(void* spawned) {
  const std::unique_ptr<Here> mine(static_cast<Here*>(spawned));
  here = *mine;
  here.turns->Enter(*here.member);
}

void Leave() {
  const Here mine = std::exchange(here, {});
  mine.turns->Leave(*mine.member);
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
    if (!current.keep_hook) schedule_hook = nullptr;
  }
  Installed(const Installed&) = delete;
  Installed& operator=(const Installed&) = delete;

  // A thread of a schedule that was given up may still run: it must find the hook at its next
  // point, which parks it.
  void Keep() {
    Current& current = TheCurrent();
    const std::lock_guard lock(current.mutex);
    current.keep_hook = true;
  }
};

void RunBody(const std::shared_ptr<Turns>& turns, Turns::Member* member,
             std::function<void()> body) {
  Enter(new Here{turns, member});
  try {
    body();
  } catch (const std::exception& error) {
    turns->Fail(member->name + " threw: " + error.what());
  } catch (...) {
    turns->Fail(member->name + " threw something that is no std::exception");
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
    threads.emplace_back(RunBody, turns, members[i], std::move(program.threads[i].body));
  }
  const bool ended = turns->RunToEnd();
  for (std::thread& thread : threads) ended ? thread.join() : thread.detach();
  if (!ended) {
    installed.Keep();
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
