#include "harness/engine/engine.h"

#include "harness/engine/fatal_errors.h"

namespace handrail::engine {
namespace {

void (*g_isolate_ends)(v8::Isolate*) = nullptr;

}  // namespace

std::string V8Version() { return v8::V8::GetVersion(); }

void SetIsolateEnds(void (*observer)(v8::Isolate* isolate)) { g_isolate_ends = observer; }

void TellIsolateEnds(v8::Isolate* isolate) {
  if (g_isolate_ends != nullptr) g_isolate_ends(isolate);
}

void CollectAll(v8::Isolate* isolate) {
  isolate->RequestGarbageCollectionForTesting(v8::Isolate::kFullGarbageCollection);
}

void CollectMinor(v8::Isolate* isolate) {
  isolate->RequestGarbageCollectionForTesting(v8::Isolate::kMinorGarbageCollection);
}

void Prepare(v8::Isolate* isolate) {
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  CatchFatalErrors(isolate);
}

v8::Isolate::CreateParams ParamsFor(const IsolateOptions& options,
                                    v8::ArrayBuffer::Allocator* allocator) {
  v8::Isolate::CreateParams params;
  params.array_buffer_allocator = allocator;
  if (options.heap_limit_mb > 0) {
    params.constraints.set_max_old_generation_size_in_bytes(options.heap_limit_mb << 20);
  }
  return params;
}

}  // namespace handrail::engine
