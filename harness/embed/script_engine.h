// What runs inside a worker's thread: an isolate, a context, the plugin in it, and one request
// after the other, each within its limits. Made, used and destroyed on one thread; the isolate is
// entered in between and gone afterwards.
//
// Made from engine::Engine, so that the platform knows the isolate. What executor.h says about
// limits is done here.
#pragma once

#include <v8.h>

#include <functional>
#include <string>

#include "harness/embed/executor.h"
#include "harness/embed/watchdog.h"
#include "harness/engine/engine.h"

namespace handrail::embed {

// Puts native functions into a new context before the plugin is loaded. Called on the engine's
// thread, isolate and context entered, a HandleScope open. MUST NOT throw a C++ exception.
using InstallNatives = std::function<void(v8::Local<v8::Context>)>;

class ScriptEngine {
 public:
  // All of them outlive it.
  ScriptEngine(engine::Engine& engine, const ExecutorOptions& options, Watchdog& watchdog,
               const InstallNatives& natives = {});
  ~ScriptEngine();
  ScriptEngine(const ScriptEngine&) = delete;
  ScriptEngine& operator=(const ScriptEngine&) = delete;

  Reply Run(const Request& request);

  // A script was terminated in it: it answers, but its plugin may be in the middle of anything.
  bool spent() const { return spent_; }

 private:
  using Work = std::function<v8::MaybeLocal<v8::Value>(v8::Local<v8::Context>)>;

  Reply Within(const Work& work);
  bool Finish(v8::Local<v8::Context> context, v8::Local<v8::Value> value, Reply& reply) const;
  Reply Ended(const v8::TryCatch& failure, Watchdog::Verdict verdict, bool finished, Reply reply);
  v8::MaybeLocal<v8::Value> Call(v8::Local<v8::Context> context, const Request& request) const;
  static size_t OnNearLimit(void* self, size_t current, size_t initial);

  engine::Engine& engine_;
  const ExecutorOptions& options_;
  Watchdog& watchdog_;
  v8::Isolate* const isolate_;
  v8::Global<v8::Context> context_;
  Reply plugin_{Outcome::kResult};  // how loading it came out
  int64_t served_ = 0;
  int raises_ = 0;  // of the heap limit
  bool near_limit_ = false;
  bool spent_ = false;
};

}  // namespace handrail::embed
