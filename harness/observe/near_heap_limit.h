// Turns "would run out of memory" into evidence: when V8's heap comes near its limit, the finding
// HP002 is reported, the limit is raised so that the trial can end in order, and stop_requested()
// becomes true. Attach and detach on the isolate's thread. Reported once.
#pragma once

#include <v8.h>

#include <functional>

#include "harness/core/finding.h"

namespace handrail {

class NearHeapLimit {
 public:
  using Report = std::function<void(Finding)>;

  NearHeapLimit(v8::Isolate* isolate, Report report);
  ~NearHeapLimit();
  NearHeapLimit(const NearHeapLimit&) = delete;
  NearHeapLimit& operator=(const NearHeapLimit&) = delete;

  bool stop_requested() const { return stop_requested_; }

 private:
  static size_t OnNearLimit(void* self, size_t current, size_t initial);

  v8::Isolate* isolate_;
  Report report_;
  bool stop_requested_ = false;
};

}  // namespace handrail
