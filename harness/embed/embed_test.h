// For tests: an isolate, a context, a loop and an environment on them, and what it reported.
#pragma once

#include <uv.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/embed/environment.h"
#include "harness/engine/versions.h"
#include "harness/observe/v8_test.h"

namespace handrail::embed {

// For EnvironmentOptions::send_wake_up: libuv's, as long as they do not fail.
inline std::atomic<bool> wake_ups_fail = false;
inline int SendUnlessFailing(uv_async_t* async) {
  return wake_ups_fail ? UV_EIO : uv_async_send(async);
}

class FailingWakeUps {
 public:
  FailingWakeUps() { wake_ups_fail = true; }
  ~FailingWakeUps() { wake_ups_fail = false; }
};

class EmbedTest : public handrail::testing::V8Test {
 protected:
  EmbedTest() { Open({}); }

  // A new environment in place of the one before, which is closed.
  void Open(EnvironmentOptions options) {
    environment_.reset();
    options.uncaught = [this](const Uncaught& each) { uncaught.push_back(each); };
    options.left_over = [this](const Totals&) { ++left_over_reports; };
    options.send_wake_up = SendUnlessFailing;
    environment_ = std::make_unique<Environment>(isolate(), context(), loop.get(), options);
  }
  void Close() { environment_->Close(); }
  Environment& environment() { return *environment_; }
  Totals totals() const { return environment_->totals(); }

  // What a script gives, as text; "threw" when it throws.
  std::string Eval(std::string_view source) const {
    const v8::HandleScope scope(isolate());
    const v8::TryCatch failure(isolate());
    v8::Local<v8::Value> value;
    if (!engine::RunScript(context(), source).ToLocal(&value)) return "threw";
    return engine::ToText(isolate(), value);
  }
  v8::Local<v8::Object> Object(std::string_view source) const {
    return engine::RunScript(context(), source).ToLocalChecked().As<v8::Object>();
  }
  // A JavaScript function that calls `*body`, which outlives it.
  v8::Local<v8::Function> Native(std::function<void()>* body) const {
    return v8::Function::New(
               context(),
               [](const v8::FunctionCallbackInfo<v8::Value>& info) {
                 (*static_cast<std::function<void()>*>(engine::UnwrapData(info)))();
               },
               engine::Wrap(isolate(), body))
        .ToLocalChecked();
  }
  void SetGlobal(std::string_view name, v8::Local<v8::Value> value) const {
    context()->Global()->Set(context(), Text(name), value).Check();
  }
  // Adds the function as both handlers of the promise.
  void React(v8::Local<v8::Promise> promise, v8::Local<v8::Function> handler) const {
    EXPECT_FALSE(promise->Then(context(), handler, handler).IsEmpty());
  }

  // What the promise holds: "pending", "fulfilled: text", "rejected: text".
  std::string StateOf(v8::Local<v8::Promise> promise) const {
    if (promise->State() == v8::Promise::kPending) return "pending";
    const std::string result = engine::ToText(isolate(), promise->Result());
    return (promise->State() == v8::Promise::kFulfilled ? "fulfilled: " : "rejected: ") + result;
  }

  std::vector<std::string> UncaughtMessages() const {
    std::vector<std::string> messages;
    for (const Uncaught& each : uncaught) messages.push_back(each.from + ": " + each.message);
    return messages;
  }

  EventLoop loop;
  std::vector<Uncaught> uncaught;
  int left_over_reports = 0;
  std::unique_ptr<Environment> environment_;
};

}  // namespace handrail::embed
