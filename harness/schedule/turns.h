// Whose turn it is: the state of one schedule while it runs. The inside of schedule_run.h.
//
// Ownership: shared by Run's caller and by every thread of the schedule, since threads of one that
// failed stay parked in it for ever. Threads: everything is under one mutex; of the scheduled
// threads only the one that has the turn runs. Cost: some 10 us a switch, two futex calls.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/schedule/schedule_run.h"

namespace handrail {

class Turns : public std::enable_shared_from_this<Turns> {
 public:
  struct Member {
    enum class State {
      kReady,
      kBlocked,  // until its predicate holds, which only it can look at, in a turn of its own
      kWaiting,  // until somebody wakes `waits_for`
      kEnded,
    };
    static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

    std::shared_ptr<Turns> turns;  // until the thread leaves: threads outlive what made them
    int id = 0;
    std::string name;
    uint64_t priority = 0;
    State state = State::kReady;
    const char* at = "its begin";
    const void* waits_for = nullptr;
    int64_t deadline = kNever;  // in the schedule's own time
    bool timed_out = false;
    int64_t looked = -1;  // the predicate did not hold when `progress_` had this value
    bool looking = false;
    std::condition_variable turn;
  };

  explicit Turns(const ScheduleOptions& options);

  // Before the start, or by the thread that has the turn.
  Member* Add(std::string name);

  // By Run's caller: gives the first turn; returns when all have ended or nothing goes on any more.
  // True: all have ended, the threads can be joined.
  bool RunToEnd();
  void Fail(std::string what);
  ScheduleRun TakeRun();

  // By the thread itself, which has the turn (Enter: waits for it).
  void Enter(Member& self);
  void Point(Member& self, const char* name);
  void Block(Member& self, const char* name, bool (*holds)(void*), void* data);
  bool Wait(Member& self, const char* name, const void* what, int64_t limit_ns,
            bool (*last_look)(void*), void* data);
  void Leave(Member& self);

  // By any thread.
  void Wake(const void* what, bool all);

 private:
  using Lock = std::unique_lock<std::mutex>;

  void Arrive(Lock& lock, Member& self, const char* name);
  void GiveTurn();
  void AwaitTurn(Lock& lock, Member& self);
  Member* Next() const;
  bool AllEnded() const;
  bool Stalled() const;
  bool Revive(Lock& lock, std::chrono::steady_clock::time_point deadline);
  bool FireTimer();
  void Abandon(ScheduleEnd end, const std::string& what);
  std::string Standing() const;

  const ScheduleOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;  // for Run's caller: all ended, stalled or abandoned
  std::mt19937_64 random_;
  std::unordered_map<int64_t, uint64_t> change_points_;  // step -> the priority to fall to
  std::vector<std::unique_ptr<Member>> members_;
  Member* running_ = nullptr;
  bool started_ = false;
  bool abandoned_ = false;
  int64_t progress_ = 0;  // goes up when anything may have changed: predicates are looked at again
  int64_t now_ = 0;       // the schedule's own time, ns
  ScheduleRun run_;
};

}  // namespace handrail
