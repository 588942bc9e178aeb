// What library code pays for being explorable when nobody explores it: a point, and a lock of a
// ScheduledMutex against one of a std::mutex.
#include <cstdint>
#include <cstdio>
#include <mutex>

#include "bench/ratio.h"
#include "harness/embed/schedule_point.h"
#include "harness/embed/scheduled_sync.h"

namespace handrail {
namespace {

constexpr int kTurns = 15;
constexpr int64_t kPoints = 20'000'000;
constexpr int64_t kLocks = 2'000'000;

// `step` so many times; the compiler cannot merge two of them, or leave one out.
template <class Step>
double Loop(int64_t count, const Step& step) {
  return CpuTime(static_cast<double>(count), [&] {
    for (int64_t i = 0; i < count; ++i) {
      asm volatile("" ::: "memory");
      step();
    }
  });
}

// By how much `more` is above `less`: a ratio to an empty loop would say nothing.
void PrintAbove(const char* what, const Work& more, const Work& less, double target_ns) {
  const Ratio ratio = Compare(kTurns, more, less);
  const double above = (ratio.a_seconds - ratio.b_seconds) * 1e9;
  char measured[64];
  std::snprintf(measured, sizeof measured, "%.2f ns (%.2f - %.2f)", above, ratio.a_seconds * 1e9,
                ratio.b_seconds * 1e9);
  char target[32];
  std::snprintf(target, sizeof target, "<= %.0f ns", target_ns);
  PrintRow(what, measured, target, above <= target_ns);
}

void Run() {
  PrintAbove(
      "a SchedulePoint with no explorer installed",
      [] { return Loop(kPoints, [] { SchedulePoint("bench.point"); }); },
      [] { return Loop(kPoints, [] {}); }, 1);
  ScheduledMutex scheduled("bench.lock");
  std::mutex plain;
  PrintAbove(
      "lock, unlock: ScheduledMutex above std::mutex",
      [&] { return Loop(kLocks, [&] { const std::lock_guard lock(scheduled); }); },
      [&] { return Loop(kLocks, [&] { const std::lock_guard lock(plain); }); }, 3);
}

}  // namespace
}  // namespace handrail

int main() { handrail::Run(); }
