// Looks at one isolate and its process again and again while a scenario runs, and hands each Sample
// to a sink. By iteration or by time, whichever the options say: a long quiet loop is sampled by
// time, a fast one by iteration.
//
// Owned by the trial; used on the isolate's thread, between Enter and Exit. Cost of a sample: at most
// 2 microseconds without PSS (bench/bench_sampler.cc); of a Tick that takes none: a comparison. Two
// thirds of it are the kernel's answer about RSS, which is therefore asked once a millisecond.
#pragma once

#include <v8.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>

#include "harness/core/sample.h"
#include "harness/observe/gc_watch.h"
#include "harness/observe/process_memory.h"

namespace handrail {

struct SamplerOptions {
  int64_t every_iterations = 0;  // 0: not by iteration
  int64_t every_ms = 0;          // 0: not by time
  bool pss = false;
  bool spaces = false;
};

class HeapSampler {
 public:
  using Sink = std::function<void(const Sample&)>;

  HeapSampler(v8::Isolate* isolate, SamplerOptions options, Sink sink);

  // To be called once an iteration; takes a sample when one is due.
  void Tick(int64_t iteration) {
    if (iteration >= next_look_) Look(iteration);
  }

  // Takes one now. `flags`: SampleFlags.
  void Take(int64_t iteration, int64_t flags);

  const GcCounts& gc() const { return gc_.counts(); }

 private:
  void Look(int64_t iteration);
  void ReadHeap(Sample& sample) const;
  int64_t NowNs() const;
  int64_t RecentRss(int64_t now_ns, int64_t flags);

  v8::Isolate* isolate_;
  SamplerOptions options_;
  Sink sink_;
  GcWatch gc_;
  ProcessMemory memory_;
  std::chrono::steady_clock::time_point began_;
  int64_t next_look_ = 0;  // the iteration at which Tick has something to do
  int64_t next_ns_ = 0;    // the time at which a sample is due, when by time
  int64_t rss_ = kNotMeasured;
  int64_t rss_ns_ = 0;  // when it was read
  int64_t last_look_ns_ = 0;
  int64_t between_clock_reads_ = 1;  // iterations, doubled while they are fast
};

}  // namespace handrail
