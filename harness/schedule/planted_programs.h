// Small programs with one known mistake each, and their correct forms: what the explorer is tried
// on.
#pragma once

#include "harness/schedule/schedule_run.h"

namespace handrail {

// Two threads add 1 by reading and writing apart. Needs one switch at the right place: depth 2.
ScheduledProgram LostUpdate();
inline constexpr int64_t kLostUpdateSteps = 6;

// One thread opens a window, closes it, then sets a flag. The other looks into the window and,
// where it was open, at the flag: wrong when it sees both. Needs two switches: depth 3.
ScheduledProgram WindowThenFlag();
inline constexpr int64_t kWindowThenFlagSteps = 7;

// Two mutexes taken in opposite order; in the same order.
ScheduledProgram CrossedLocks();
ScheduledProgram OrderedLocks();

// A flag set and notified without the waiter's lock, and waited for without a second look; as it
// should be.
ScheduledProgram MissedWakeUp();
ScheduledProgram FlagUnderLock();

// Two producers and two consumers, made as threads by a fifth, on a queue of capacity 1.
ScheduledProgram BoundedQueue();

}  // namespace handrail
