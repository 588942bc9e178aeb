// One V8 in one process, brought up once and down once: makes isolates that this engine's platform
// knows, and ends them. Two kinds: ExecutableEngine owns V8 and its platform, NodeEngine lives inside
// a running Node.js as a guest of Node's platform.
//
// Ownership: the worker's main owns the engine; an isolate belongs to who asked for it, until
// Dispose. Threads: NewIsolate and Dispose may be called on any thread, also at once.
#pragma once

#include <v8.h>

#include <memory>
#include <string>

namespace handrail::engine {

struct IsolateOptions {
  size_t heap_limit_mb = 0;  // of the old generation; 0: V8's default
};

class Engine {
 public:
  virtual ~Engine() = default;

  // A fresh isolate, entered nowhere, whose microtasks run only at explicit checkpoints and whose
  // fatal errors are written to the trial's events before they end the process (fatal_errors.h).
  virtual v8::Isolate* NewIsolate(const IsolateOptions& options) = 0;

  // Ends an isolate in the order that the platform wants.
  // Requires: entered by no thread. (A scenario may break this on purpose: V8 answers.)
  virtual void Dispose(v8::Isolate* isolate) = 0;

  // Runs the foreground tasks that V8 posted for this isolate.
  // Requires: the isolate is entered on this thread.
  virtual void PumpTasks(v8::Isolate* isolate) = 0;

  virtual const char* id() const = 0;
};

// "10.2.154.26-node.36", as the running V8 says.
std::string V8Version();

// A full, a minor collection, now. Requires: V8 runs with --expose-gc, as every worker of ours does.
void CollectAll(v8::Isolate* isolate);
void CollectMinor(v8::Isolate* isolate);

// Told right before an isolate is disposed, on the thread that does it; nullptr: nobody. Set once, before
// any isolate ends.
void SetIsolateEnds(void (*observer)(v8::Isolate* isolate));
void TellIsolateEnds(v8::Isolate* isolate);

// What both engines do alike to an isolate that was just made or initialised.
void Prepare(v8::Isolate* isolate);

v8::Isolate::CreateParams ParamsFor(const IsolateOptions& options,
                                    v8::ArrayBuffer::Allocator* allocator);

}  // namespace handrail::engine
