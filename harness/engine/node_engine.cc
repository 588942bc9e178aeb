#include "harness/engine/node_engine.h"

#include <utility>

#include "harness/engine/versions.h"

namespace handrail::engine {

NodeEngine::NodeEngine(std::string id, node::MultiIsolatePlatform* platform)
    : id_(std::move(id)),
      platform_(platform),
      allocator_(node::CreateArrayBufferAllocator(), node::FreeArrayBufferAllocator) {}

NodeEngine::~NodeEngine() = default;

v8::Isolate* NodeEngine::NewIsolate(const IsolateOptions& options) {
  auto loop = std::make_unique<uv_loop_t>();
  uv_loop_init(loop.get());
  // Not node::NewIsolate: it has no place for a heap limit, and it puts hooks into the isolate that
  // look for a Node environment which ours does not have.
  v8::Isolate* isolate = v8::Isolate::Allocate();
  platform_->RegisterIsolate(isolate, loop.get());
  v8::Isolate::Initialize(isolate, ParamsFor(options, allocator_.get()));
  Prepare(isolate);
  const std::lock_guard<std::mutex> lock(mutex_);
  loops_[isolate] = std::move(loop);
  return isolate;
}

void NodeEngine::Dispose(v8::Isolate* isolate) {
  std::unique_ptr<uv_loop_t> loop;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto it = loops_.find(isolate); it != loops_.end()) loop = std::move(it->second);
    loops_.erase(isolate);
  }
  TellIsolateEnds(isolate);
#if HANDRAIL_V8 < 1306
  isolate->Dispose();
  platform_->UnregisterIsolate(isolate);
#else
  platform_->DisposeIsolate(isolate);
#endif
  if (loop == nullptr) return;
  uv_run(loop.get(), UV_RUN_DEFAULT);  // lets the platform's own handles close
  uv_loop_close(loop.get());
}

void NodeEngine::PumpTasks(v8::Isolate* isolate) { platform_->DrainTasks(isolate); }

}  // namespace handrail::engine
