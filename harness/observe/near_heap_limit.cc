#include "harness/observe/near_heap_limit.h"

#include <string>
#include <utility>

namespace handrail {

NearHeapLimit::NearHeapLimit(v8::Isolate* isolate, Report report)
    : isolate_(isolate), report_(std::move(report)) {
  isolate_->AddNearHeapLimitCallback(OnNearLimit, this);
}

NearHeapLimit::~NearHeapLimit() { isolate_->RemoveNearHeapLimitCallback(OnNearLimit, 0); }

// Runs in the middle of a collection: no V8 object may be made or read here.
size_t NearHeapLimit::OnNearLimit(void* self, size_t current, size_t initial) {
  auto* watch = static_cast<NearHeapLimit*>(self);
  if (!watch->stop_requested_) {
    watch->stop_requested_ = true;
    Finding finding;
    finding.code = "HP002";
    finding.detector = "near-heap-limit";
    finding.message = "the heap came near its limit of " + std::to_string(initial >> 20) + " MiB";
    watch->report_(std::move(finding));
  }
  return current * 2;
}

}  // namespace handrail
