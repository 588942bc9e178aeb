// Named points at which a seeded explorer (harness/schedule) may hold a thread and let another run,
// so that a race between threads is searched for in order and found again from its seed.
//
//   SchedulePoint("channel.send.queued");   // here another thread may come in between
//
// Library code carries them for good. With no explorer installed a point is one relaxed load and a
// branch that is never taken: below 1 ns (bench/bench_schedule_point.cc).
//
// An explorer lets one thread run at a time. A thread that would really block while it has the turn
// would stop them all, so whatever waits for another scheduled thread says so: use ScheduledMutex,
// ScheduledCondition and ScheduledThread (scheduled_sync.h), or BlockUntil for any other wait. A
// plain std::mutex is fine where no point lies inside its critical section.
//
// Threads: any. Only those that an explorer started, or that they started as ScheduledThread, are
// scheduled; all others (libuv's pool, V8's) pass through points unhindered. Names are string
// literals. Nothing here knows V8; nothing here allocates.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace handrail {

inline constexpr int64_t kNoTimeLimit = -1;

// What an explorer puts in. A table that lives for ever, never an object with a lifetime: a thread
// may have read the pointer just before the explorer took it back.
struct ScheduleHook {
  bool (*scheduled)();              // whether this thread is, and is not inside a predicate
  void (*point)(const char* name);  // may pass the turn on; returns when this thread has it again
  void (*block)(const char* name, bool (*holds)(void*), void* data);  // until holds(data)
  // Parks this thread until wake(what), or for `limit_ns` of the schedule's own time; false: time
  // is up. Once the thread counts as waiting, and before another one runs, last_look(data) is
  // called; where it returns true, there is no wait after all.
  bool (*wait)(const char* name, const void* what, int64_t limit_ns, bool (*last_look)(void*),
               void* data);
  void (*wake)(const void* what, bool all);  // on any thread
  void* (*spawn)(const char* name);          // a thread that is about to be made
  void (*enter)(void* spawned);              // first thing on that thread
  void (*leave)();                           // last thing on it
};

inline constinit std::atomic<const ScheduleHook*> schedule_hook = nullptr;

// The hook, where it schedules this thread; else nullptr.
inline const ScheduleHook* ScheduledHere() {
  const ScheduleHook* hook = schedule_hook.load(std::memory_order_relaxed);
  if (hook == nullptr) [[likely]]
    return nullptr;
  return hook->scheduled() ? hook : nullptr;
}

inline void SchedulePoint(const char* name) {
  const ScheduleHook* hook = schedule_hook.load(std::memory_order_relaxed);
  if (hook != nullptr) [[unlikely]]
    hook->point(name);
}

// Where an explorer schedules this thread: gives up the turn until `holds()`, and returns true.
// Elsewhere: false at once, and the caller waits by its own means.
//
//   if (!BlockUntil("pool.drained", [&] { return pending_ == 0; })) drained_.acquire();
//
// An event loop is waited for by looking whether it has something to do, then run without waiting:
//
//   const bool scheduled = BlockUntil("loop.poll", [&] {
//     pollfd fd = {uv_backend_fd(loop), POLLIN, 0};
//     return uv_backend_timeout(loop) == 0 || poll(&fd, 1, 0) > 0;
//   });
//   uv_run(loop, scheduled ? UV_RUN_NOWAIT : UV_RUN_ONCE);
//
// `holds` is called on this thread, any number of times, while no other scheduled thread runs. It
// MUST NOT take a lock that may be held across a point. Points inside it are passed over.
template <class Predicate>
[[nodiscard]] bool BlockUntil(const char* name, Predicate holds) {
  const ScheduleHook* hook = ScheduledHere();
  if (hook == nullptr) [[likely]]
    return false;
  hook->block(
      name, [](void* data) -> bool { return (*static_cast<Predicate*>(data))(); },
      std::addressof(holds));
  return true;
}

}  // namespace handrail
