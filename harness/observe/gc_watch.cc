#include "harness/observe/gc_watch.h"

#include "harness/engine/versions.h"

namespace handrail {

GcWatch::GcWatch(v8::Isolate* isolate) : isolate_(isolate) {
  isolate_->AddGCPrologueCallback(OnStart, this);
  isolate_->AddGCEpilogueCallback(OnEnd, this);
}

GcWatch::~GcWatch() {
  isolate_->RemoveGCPrologueCallback(OnStart, this);
  isolate_->RemoveGCEpilogueCallback(OnEnd, this);
}

void GcWatch::OnStart(v8::Isolate*, v8::GCType, v8::GCCallbackFlags, void* self) {
  static_cast<GcWatch*>(self)->start_ = std::chrono::steady_clock::now();
}

void GcWatch::OnEnd(v8::Isolate*, v8::GCType type, v8::GCCallbackFlags, void* self) {
  auto* watch = static_cast<GcWatch*>(self);
  const int64_t pause = (std::chrono::steady_clock::now() - watch->start_).count();
  if ((type & engine::kMinorGcTypes) != 0) {
    watch->counts_.minor += 1;
    watch->counts_.minor_ns += pause;
  } else if ((type & v8::kGCTypeMarkSweepCompact) != 0) {
    watch->counts_.major += 1;
    watch->counts_.major_ns += pause;
  } else {
    watch->counts_.other += 1;
  }
}

}  // namespace handrail
