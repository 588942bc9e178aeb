// The plugin engine of the restart document, which every scenario of this family takes down and
// makes anew: an isolate, a context in it and a script that answers transactions.
//
// Globals only, so that no scope has to stay open between two calls. Requires: the isolate is
// entered on the calling thread, by one thread at a time.
#pragma once

#include <v8.h>

#include <cstdint>

#include "harness/scenario/scenario.h"

namespace handrail {

// The script, loaded into a context. To be gone before its isolate is disposed.
class Plugin {
 public:
  Plugin(v8::Isolate* isolate, v8::Local<v8::Context> context);
  // In a context of its own, with no scope open before or after.
  explicit Plugin(v8::Isolate* isolate);

  // Hands it so many transactions. Each answer, and the count that JavaScript keeps, is compared
  // with what this plugin must say after all it has served.
  void Serve(Trial& trial, int64_t transactions = 3);

 private:
  void Load(v8::Local<v8::Context> context);

  v8::Isolate* isolate_;
  v8::Global<v8::Context> context_;
  v8::Global<v8::Function> on_transaction_;
  int64_t served_ = 0;
};

// Isolate and plugin as one object that can be owned, dropped and replaced. As rusty_v8's
// OwnedIsolate it is entered from its birth to its death.
struct PluginEngine {
  explicit PluginEngine(Trial& trial) : isolate(trial), plugin(isolate.get()) {}

  OwnedIsolate isolate;
  Plugin plugin;
};

}  // namespace handrail
