#include "harness/observe/heap_sampler.h"

#include <algorithm>
#include <utility>

namespace handrail {
namespace {

// The clock is read once in so many iterations at most; where they are slow, at each of them.
constexpr int64_t kMostBetweenClockReads = 64;

}  // namespace

HeapSampler::HeapSampler(v8::Isolate* isolate, SamplerOptions options, Sink sink)
    : isolate_(isolate),
      options_(options),
      sink_(std::move(sink)),
      gc_(isolate),
      began_(std::chrono::steady_clock::now()) {
  if (options_.every_iterations <= 0 && options_.every_ms <= 0) {
    next_look_ = std::numeric_limits<int64_t>::max();
  }
}

int64_t HeapSampler::NowNs() const {
  return (std::chrono::steady_clock::now() - began_).count();
}

void HeapSampler::Look(int64_t iteration) {
  bool due = options_.every_iterations > 0 && iteration % options_.every_iterations == 0;
  if (options_.every_ms > 0) {
    const int64_t now = NowNs();
    const int64_t interval = options_.every_ms * 1'000'000;
    due = due || now >= next_ns_;
    if (due) next_ns_ = now + interval;
    const bool fast = now - last_look_ns_ < interval / 4;
    between_clock_reads_ = fast ? std::min(between_clock_reads_ * 2, kMostBetweenClockReads) : 1;
    last_look_ns_ = now;
  }
  if (due) Take(iteration, 0);
  const int64_t by_clock = iteration + between_clock_reads_;
  if (options_.every_iterations <= 0) {
    next_look_ = by_clock;
    return;
  }
  const int64_t by_iteration =
      (iteration / options_.every_iterations + 1) * options_.every_iterations;
  next_look_ = options_.every_ms > 0 ? std::min(by_clock, by_iteration) : by_iteration;
}

void HeapSampler::ReadHeap(Sample& sample) const {
  v8::HeapStatistics heap;
  isolate_->GetHeapStatistics(&heap);
  sample.heap_used = static_cast<int64_t>(heap.used_heap_size());
  sample.heap_total = static_cast<int64_t>(heap.total_heap_size());
  sample.heap_physical = static_cast<int64_t>(heap.total_physical_size());
  sample.malloced = static_cast<int64_t>(heap.malloced_memory());
  sample.external = static_cast<int64_t>(heap.external_memory());
  sample.globals_used = static_cast<int64_t>(heap.used_global_handles_size());
  sample.globals_total = static_cast<int64_t>(heap.total_global_handles_size());
  sample.native_contexts = static_cast<int64_t>(heap.number_of_native_contexts());
  sample.detached_contexts = static_cast<int64_t>(heap.number_of_detached_contexts());
  if (!options_.spaces) return;
  const size_t spaces = std::min<size_t>(isolate_->NumberOfHeapSpaces(), kMaxSpaces);
  for (size_t i = 0; i < spaces; ++i) {
    v8::HeapSpaceStatistics space;
    if (!isolate_->GetHeapSpaceStatistics(&space, i)) continue;
    sample.spaces[i] = static_cast<int64_t>(space.space_used_size());
  }
}

int64_t HeapSampler::RecentRss(int64_t now_ns, int64_t flags) {
  constexpr int64_t kMayBeOld = 1'000'000;
  if (rss_ == kNotMeasured || flags != 0 || now_ns - rss_ns_ > kMayBeOld) {
    rss_ = memory_.Rss();
    rss_ns_ = now_ns;
  }
  return rss_;
}

void HeapSampler::Take(int64_t iteration, int64_t flags) {
  Sample sample;
  sample.iteration = iteration;
  sample.time_ns = NowNs();
  sample.flags = flags;
  ReadHeap(sample);
  sample.handles = v8::HandleScope::NumberOfHandles(isolate_);
  sample.rss = RecentRss(sample.time_ns, flags);
  if (options_.pss) sample.pss = memory_.Pss();
  const GcCounts& gc = gc_.counts();
  sample.gc_minor = gc.minor;
  sample.gc_major = gc.major;
  sample.gc_other = gc.other;
  sample.gc_minor_ns = gc.minor_ns;
  sample.gc_major_ns = gc.major_ns;
  sink_(sample);
}

}  // namespace handrail
