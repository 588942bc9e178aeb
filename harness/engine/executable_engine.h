// V8 in a program of our own: this engine owns V8 and its platform. One in a process, ever: V8
// cannot be brought up a second time.
#pragma once

#include <v8-platform.h>

#include <memory>
#include <string>

#include "harness/engine/engine.h"

namespace handrail::engine {

enum class PlatformThreads {
  kNone,  // V8 starts no thread: the process can fork (a zygote) until its first isolate
  kSome,  // V8's usual background threads
};

class ExecutableEngine final : public Engine {
 public:
  // `flags`: more V8 flags, as on d8's command line.
  ExecutableEngine(std::string id, PlatformThreads threads, const std::string& flags);
  ~ExecutableEngine() override;

  v8::Isolate* NewIsolate(const IsolateOptions& options) override;
  void Dispose(v8::Isolate* isolate) override;
  void PumpTasks(v8::Isolate* isolate) override;
  const char* id() const override { return id_.c_str(); }

 private:
  std::string id_;
  std::unique_ptr<v8::Platform> platform_;
  std::unique_ptr<v8::ArrayBuffer::Allocator> allocator_;
};

}  // namespace handrail::engine
