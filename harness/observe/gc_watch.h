// Counts the collections of one isolate and how long they stopped it, by kind, through V8's own
// callbacks. Attach and detach on the isolate's thread; nothing of JavaScript is touched in them.
#pragma once

#include <v8.h>

#include <chrono>
#include <cstdint>

namespace handrail {

struct GcCounts {
  int64_t minor = 0;  // scavenges and minor mark-sweeps
  int64_t major = 0;  // full mark-compacts
  int64_t other = 0;  // incremental marking, processing of weak callbacks
  int64_t minor_ns = 0;
  int64_t major_ns = 0;
};

class GcWatch {
 public:
  explicit GcWatch(v8::Isolate* isolate);
  ~GcWatch();
  GcWatch(const GcWatch&) = delete;
  GcWatch& operator=(const GcWatch&) = delete;

  const GcCounts& counts() const { return counts_; }

 private:
  static void OnStart(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* self);
  static void OnEnd(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* self);

  v8::Isolate* isolate_;
  GcCounts counts_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace handrail
