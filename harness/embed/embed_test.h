// For tests: an isolate, a context, a loop and an environment on them, and what it reported.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/embed/environment.h"
#include "harness/observe/v8_test.h"

namespace handrail::embed {

class EmbedTest : public handrail::testing::V8Test {
 protected:
  EmbedTest() { Open({}); }

  // A new environment in place of the one before, which is closed.
  void Open(EnvironmentOptions options) {
    environment_.reset();
    options.uncaught = [this](const Uncaught& each) { uncaught.push_back(each); };
    options.left_over = [this](const Totals&) { ++left_over_reports; };
    environment_ = std::make_unique<Environment>(isolate(), context(), loop.get(), options);
  }
  void Close() { environment_->Close(); }
  const Environment& environment() const { return *environment_; }
  Totals totals() const { return environment_->totals(); }

  // What the promise holds: "pending", "fulfilled: text", "rejected: text".
  std::string StateOf(v8::Local<v8::Promise> promise) const {
    if (promise->State() == v8::Promise::kPending) return "pending";
    const std::string result = engine::ToText(isolate(), promise->Result());
    return (promise->State() == v8::Promise::kFulfilled ? "fulfilled: " : "rejected: ") + result;
  }

  EventLoop loop;
  std::vector<Uncaught> uncaught;
  int left_over_reports = 0;
  std::unique_ptr<Environment> environment_;
};

}  // namespace handrail::embed
