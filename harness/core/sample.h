// One look at a running isolate. Bytes unless said otherwise; a value that was not taken is
// kNotMeasured, never 0. Trivially copyable: it crosses a shared-memory ring (blackboard.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace handrail {

inline constexpr int64_t kNotMeasured = -1;
inline constexpr int kMaxSpaces = 10;

enum SampleFlags : int64_t {
  kEndOfRound = 1,  // the scenario came back to the state in which it began
  kAfterGc = 2,     // a full collection ran just before
  kWarmUp = 4,      // before the scenario's warm-up was over: no judgement rests on it
};

struct Sample {
  int64_t iteration = 0;
  int64_t time_ns = 0;  // since the trial began
  int64_t flags = 0;    // SampleFlags
  int64_t heap_used = kNotMeasured;
  int64_t heap_total = kNotMeasured;
  int64_t heap_physical = kNotMeasured;
  int64_t malloced = kNotMeasured;
  int64_t external = kNotMeasured;
  int64_t globals_used = kNotMeasured;   // bytes in global handles
  int64_t globals_total = kNotMeasured;  // bytes reserved for them
  int64_t native_contexts = kNotMeasured;    // a count
  int64_t detached_contexts = kNotMeasured;  // a count
  int64_t handles = kNotMeasured;            // a count: HandleScope::NumberOfHandles
  int64_t rss = kNotMeasured;          // at most 1 ms old; at the end of a round always fresh
  int64_t pss = kNotMeasured;         // on request: it costs tens of microseconds
  int64_t gc_minor = kNotMeasured;    // collections since the trial began, a count
  int64_t gc_major = kNotMeasured;    // a count
  int64_t gc_other = kNotMeasured;    // incremental steps and weak processing, a count
  int64_t gc_minor_ns = kNotMeasured;  // pause time, all of that kind together
  int64_t gc_major_ns = kNotMeasured;
  int64_t spaces[kMaxSpaces] = {kNotMeasured, kNotMeasured, kNotMeasured, kNotMeasured,
                                kNotMeasured, kNotMeasured, kNotMeasured, kNotMeasured,
                                kNotMeasured, kNotMeasured};  // used bytes by V8's space index
};
static_assert(sizeof(Sample) % sizeof(int64_t) == 0);

// The columns of a sample, in memory order: one table for the record, the CSV and the plots.
struct SampleColumn {
  std::string_view name;
  size_t offset;
};
std::span<const SampleColumn> SampleColumns();
int64_t Column(const Sample& sample, const SampleColumn& column);

}  // namespace handrail
