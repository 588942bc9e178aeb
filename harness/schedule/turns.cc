#include "harness/schedule/turns.h"

#include <algorithm>
#include <utility>

namespace handrail {
namespace {

// Above every priority that a change point gives.
constexpr uint64_t kInitial = uint64_t{1} << 63;

const char* Verb(Turns::Member::State state) {
  switch (state) {
    case Turns::Member::State::kReady:
      return " is at ";
    case Turns::Member::State::kBlocked:
    case Turns::Member::State::kWaiting:
      return " waits at ";
    case Turns::Member::State::kEnded:
      return " has ended after ";
  }
  return " ? ";
}

}  // namespace

Turns::Turns(const ScheduleOptions& options) : options_(options), random_(options.seed) {
  const auto steps = static_cast<uint64_t>(std::max<int64_t>(options.steps, 1));
  for (int i = 1; i < options.depth; ++i) {
    change_points_[static_cast<int64_t>(1 + random_() % steps)] = static_cast<uint64_t>(i);
  }
}

Turns::Member* Turns::Add(std::string name) {
  const Lock lock(mutex_);
  auto& member = *members_.emplace_back(std::make_unique<Member>());
  member.turns = shared_from_this();
  member.id = static_cast<int>(members_.size()) - 1;
  // Drawn for each as it comes: a uniformly random order, whatever the number of threads will be.
  member.priority = random_() | kInitial;
  member.name = std::move(name);
  run_.threads.push_back(member.name);
  return &member;
}

bool Turns::RunToEnd() {
  Lock lock(mutex_);
  const auto deadline = std::chrono::steady_clock::now() + options_.time_limit;
  started_ = true;
  GiveTurn();
  while (!AllEnded() && !abandoned_) {
    if (Stalled()) {
      if (!Revive(lock, deadline)) Abandon(ScheduleEnd::kDeadlock, "no thread can run: ");
      continue;
    }
    const bool in_time = changed_.wait_until(
        lock, deadline, [this] { return AllEnded() || Stalled() || abandoned_; });
    if (!in_time) Abandon(ScheduleEnd::kTimeLimit, "time is up: ");
  }
  return !abandoned_;
}

// Nobody can run: first whatever comes from outside, then the clock goes on to the next time limit.
bool Turns::Revive(Lock& lock, std::chrono::steady_clock::time_point deadline) {
  const auto outside = std::min(deadline, std::chrono::steady_clock::now() + options_.outside);
  while (std::chrono::steady_clock::now() < outside) {
    changed_.wait_for(lock, std::chrono::milliseconds(1));
    if (!Stalled()) return true;
    const int64_t before = ++progress_;  // so that predicates are looked at once more
    GiveTurn();
    changed_.wait_until(lock, deadline, [this] { return AllEnded() || Stalled() || abandoned_; });
    if (progress_ != before || !Stalled()) return true;
  }
  return FireTimer();
}

bool Turns::FireTimer() {
  Member* first = nullptr;
  for (const auto& member : members_) {
    if (member->state != Member::State::kWaiting || member->deadline == Member::kNever) continue;
    if (first == nullptr || member->deadline < first->deadline) first = member.get();
  }
  if (first == nullptr) return false;
  now_ = std::max(now_, first->deadline);
  first->timed_out = true;
  first->state = Member::State::kReady;
  GiveTurn();
  return true;
}

void Turns::Fail(std::string what) {
  const Lock lock(mutex_);
  if (run_.end != ScheduleEnd::kPassed) return;
  run_.end = ScheduleEnd::kFailed;
  run_.what = std::move(what);
}

ScheduleRun Turns::TakeRun() {
  const Lock lock(mutex_);
  return run_;
}

void Turns::Enter(Member& self) {
  Lock lock(mutex_);
  AwaitTurn(lock, self);
  // Only now: threads of the operating system come up in any order.
  Arrive(lock, self, "thread.begin");
}

void Turns::Point(Member& self, const char* name) {
  if (self.looking) return;
  Lock lock(mutex_);
  Arrive(lock, self, name);
}

// One step: told, counted, perhaps a change point; then whoever has the highest priority goes on.
void Turns::Arrive(Lock& lock, Member& self, const char* name) {
  self.at = name;
  ++progress_;
  run_.trace.push_back({self.id, name});
  if (++run_.steps > options_.step_limit) {
    Abandon(ScheduleEnd::kStepLimit, "more steps than the limit: ");
  }
  const auto change = change_points_.find(run_.steps);
  if (change != change_points_.end()) self.priority = change->second;
  if (!abandoned_) GiveTurn();
  AwaitTurn(lock, self);
}

void Turns::Block(Member& self, const char* name, bool (*holds)(void*), void* data) {
  Lock lock(mutex_);
  Arrive(lock, self, name);
  for (;;) {
    lock.unlock();
    self.looking = true;
    const bool held = holds(data);
    self.looking = false;
    lock.lock();
    if (held) break;
    self.state = Member::State::kBlocked;
    self.looked = progress_;
    GiveTurn();
    AwaitTurn(lock, self);
  }
  self.state = Member::State::kReady;
}

bool Turns::Wait(Member& self, const char* name, const void* what, int64_t limit_ns,
                 bool (*last_look)(void*), void* data) {
  Lock lock(mutex_);
  self.at = name;
  self.waits_for = what;
  self.deadline = limit_ns < 0 ? Member::kNever : now_ + limit_ns;
  self.timed_out = false;
  self.state = Member::State::kWaiting;
  lock.unlock();
  const bool needless = last_look(data);
  lock.lock();
  ++progress_;
  if (needless) {
    self.state = Member::State::kReady;
  } else {
    GiveTurn();
    AwaitTurn(lock, self);
  }
  self.waits_for = nullptr;
  return !self.timed_out;
}

void Turns::Wake(const void* what, bool all) {
  const Lock lock(mutex_);
  std::vector<Member*> waiting;
  for (const auto& member : members_) {
    if (member->state == Member::State::kWaiting && member->waits_for == what) {
      waiting.push_back(member.get());
    }
  }
  if (!all && waiting.size() > 1) waiting = {waiting[random_() % waiting.size()]};
  for (Member* member : waiting) member->state = Member::State::kReady;
  // From outside, while nobody could run.
  if (!waiting.empty() && started_ && running_ == nullptr && !abandoned_) GiveTurn();
  changed_.notify_all();
}

void Turns::Leave(Member& self) {
  const Lock lock(mutex_);
  self.state = Member::State::kEnded;
  ++progress_;
  if (!abandoned_) GiveTurn();
}

void Turns::GiveTurn() {
  running_ = Next();
  if (running_ != nullptr) {
    running_->turn.notify_one();
  } else {
    changed_.notify_all();
  }
}

// After a failure there is no next turn, and the thread stays here for the rest of the process:
// it may hold locks and isolates, and code between here and its begin need not be able to unwind.
void Turns::AwaitTurn(Lock& lock, Member& self) {
  self.turn.wait(lock, [&] { return running_ == &self && !abandoned_; });
}

Turns::Member* Turns::Next() const {
  Member* next = nullptr;
  for (const auto& member : members_) {
    const bool enabled = member->state == Member::State::kReady ||
                         (member->state == Member::State::kBlocked && member->looked != progress_);
    if (enabled && (next == nullptr || member->priority > next->priority)) next = member.get();
  }
  return next;
}

bool Turns::AllEnded() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member->state == Member::State::kEnded; });
}

bool Turns::Stalled() const { return running_ == nullptr && !AllEnded(); }

void Turns::Abandon(ScheduleEnd end, const std::string& what) {
  abandoned_ = true;
  const std::string line = what + Standing();
  // What a body threw comes first: the others may wait for it in vain.
  run_.what = run_.end == ScheduleEnd::kFailed ? run_.what + "; then " + line : line;
  if (run_.end == ScheduleEnd::kPassed) run_.end = end;
  changed_.notify_all();
}

std::string Turns::Standing() const {
  std::string text;
  for (const auto& member : members_) {
    if (!text.empty()) text += ", ";
    text += member->name;
    text += member.get() == running_ ? " runs after " : Verb(member->state);
    text += member->at;
  }
  return text;
}

}  // namespace handrail
