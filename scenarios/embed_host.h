// What scenarios over harness/embed start with: an isolate of the trial, a context that is entered,
// an event loop and an environment on them; all ended in the right order.
#pragma once

#include <v8.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/embed/environment.h"
#include "harness/engine/script.h"
#include "harness/scenario/scenario.h"

namespace handrail {

class EmbedHost {
 public:
  explicit EmbedHost(Trial& trial, embed::EnvironmentOptions options = {}) : isolate_(trial) {
    options.uncaught = [this](const embed::Uncaught& each) { uncaught.push_back(each.message); };
    options.left_over = [](const embed::Totals&) {};  // the scenario looks at the totals itself
    environment_.emplace(isolate(), context_, loop.get(), std::move(options));
  }
  ~EmbedHost() { environment_->Close(); }

  v8::Isolate* isolate() const { return isolate_.get(); }
  v8::Local<v8::Context> context() const { return context_; }
  embed::Environment& environment() { return *environment_; }
  embed::Totals totals() const { return environment_->totals(); }
  v8::Local<v8::String> Text(std::string_view text) const { return engine::Text(isolate(), text); }

  // Runs `source`; what it gives must be there.
  v8::Local<v8::Value> Script(std::string_view source) const {
    return engine::RunScript(context_, source).ToLocalChecked();
  }

  std::vector<std::string> uncaught;  // what closures and completions threw

 private:
  OwnedIsolate isolate_;
  v8::HandleScope scope_{isolate_.get()};
  v8::Local<v8::Context> context_ = v8::Context::New(isolate_.get());
  v8::Context::Scope entered_{context_};

 public:
  embed::EventLoop loop;

 private:
  std::optional<embed::Environment> environment_;
};

}  // namespace handrail
