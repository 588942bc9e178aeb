// V8 as Node.js brought it up: isolates of our own beside Node's, registered with Node's platform so
// that their background and foreground tasks run. Node's own isolate is neither entered nor changed:
// use this engine on threads of one's own.
#pragma once

#include <node.h>
#include <uv.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "harness/engine/engine.h"

namespace handrail::engine {

class NodeEngine final : public Engine {
 public:
  // `platform` is Node's and outlives this engine.
  NodeEngine(std::string id, node::MultiIsolatePlatform* platform);
  ~NodeEngine() override;

  v8::Isolate* NewIsolate(const IsolateOptions& options) override;
  void Dispose(v8::Isolate* isolate) override;
  void PumpTasks(v8::Isolate* isolate) override;
  const char* id() const override { return id_.c_str(); }

 private:
  std::string id_;
  node::MultiIsolatePlatform* platform_;
  std::unique_ptr<node::ArrayBufferAllocator, void (*)(node::ArrayBufferAllocator*)> allocator_;
  std::mutex mutex_;  // guards loops_
  // Node's platform wants an event loop for each isolate; it is only ever run here.
  std::map<v8::Isolate*, std::unique_ptr<uv_loop_t>> loops_;
};

}  // namespace handrail::engine
