#include "harness/engine/executable_engine.h"

#include <libplatform/libplatform.h>

#include <utility>

namespace handrail::engine {

ExecutableEngine::ExecutableEngine(std::string id, PlatformThreads threads,
                                   const std::string& flags)
    : id_(std::move(id)), allocator_(v8::ArrayBuffer::Allocator::NewDefaultAllocator()) {
  v8::V8::SetFlagsFromString(("--expose-gc " + flags).c_str());
  if (threads == PlatformThreads::kNone) {
    v8::V8::SetFlagsFromString("--single-threaded");
    platform_ = v8::platform::NewSingleThreadedDefaultPlatform();
  } else {
    platform_ = v8::platform::NewDefaultPlatform();
  }
  v8::V8::InitializePlatform(platform_.get());
  v8::V8::Initialize();
}

ExecutableEngine::~ExecutableEngine() {
  v8::V8::Dispose();
  v8::V8::DisposePlatform();
}

v8::Isolate* ExecutableEngine::NewIsolate(const IsolateOptions& options) {
  v8::Isolate* isolate = v8::Isolate::New(ParamsFor(options, allocator_.get()));
  Prepare(isolate);
  return isolate;
}

void ExecutableEngine::Dispose(v8::Isolate* isolate) {
  isolate->Dispose();
  v8::platform::NotifyIsolateShutdown(platform_.get(), isolate);
}

void ExecutableEngine::PumpTasks(v8::Isolate* isolate) {
  while (v8::platform::PumpMessageLoop(platform_.get(), isolate)) {
  }
}

}  // namespace handrail::engine
