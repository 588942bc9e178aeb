// The memory that a trial shares with the runner: counters and a ring of samples that outlive any
// crash of the trial. One writer (the trial's isolate thread), one reader (the runner).
//
// The reader trusts nothing: it takes the capacity from its own constant, the positions only after
// they are checked against each other, and each sample with its checksum. A trial that scribbles
// over this memory makes its evidence unreadable, which is reported; the runner never follows it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/sample.h"

namespace handrail {

inline constexpr uint64_t kBlackboardMagic = 0x48616e647261696cULL;  // "Handrail"
inline constexpr uint64_t kRingCapacity = 4096;

struct RingSlot {
  uint64_t checksum;
  Sample sample;
};

struct Blackboard {
  std::atomic<uint64_t> magic;
  std::atomic<int64_t> reached;
  std::atomic<int64_t> triggered;
  std::atomic<int64_t> operations;
  std::atomic<uint64_t> written;  // samples written since the start
  std::atomic<uint64_t> read;     // samples taken by the runner
  std::atomic<int64_t> dropped;   // samples not written because the ring was full
  RingSlot ring[kRingCapacity];
};
static_assert(std::atomic<int64_t>::is_always_lock_free);

// Makes a shared-memory file that holds a fresh blackboard; -1 and errno when that fails. The
// descriptor is the caller's and is closed on exec.
int CreateBlackboard();

// Maps the blackboard behind `fd`; nullptr and errno when it cannot be mapped or is too small.
Blackboard* MapBlackboard(int fd);
void UnmapBlackboard(Blackboard* board);

// Writer's side. False: the ring was full, the sample was dropped and counted.
bool WriteSample(Blackboard& board, const Sample& sample);

// Reader's side. Appends what is new to `out`. On nonsense it stops, says so in `problem` and every
// later call returns at once: the ring is then lost, the counters may still be read.
class RingReader {
 public:
  void Drain(Blackboard& board, std::vector<Sample>& out);
  const std::string& problem() const { return problem_; }

 private:
  uint64_t read_ = 0;
  std::string problem_;
};

}  // namespace handrail
