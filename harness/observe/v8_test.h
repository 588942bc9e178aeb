// For tests: a real V8, brought up once for the program, and for each test an isolate of its own
// with a HandleScope and a context open.
#pragma once

#include <gtest/gtest.h>
#include <v8.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/finding.h"
#include "harness/engine/executable_engine.h"
#include "harness/engine/script.h"

namespace handrail::testing {

// Never brought down: V8 could not be brought up again for the next test.
inline engine::ExecutableEngine& TestEngine() {
  static auto& engine =
      *new engine::ExecutableEngine("libnode", engine::PlatformThreads::kNone, "");
  return engine;
}

// An isolate that is entered as long as this lives.
class EnteredIsolate {
 public:
  explicit EnteredIsolate(const engine::IsolateOptions& options = {})
      : isolate_(TestEngine().NewIsolate(options)) {
    isolate_->Enter();
  }
  ~EnteredIsolate() {
    isolate_->Exit();
    TestEngine().Dispose(isolate_);
  }
  EnteredIsolate(const EnteredIsolate&) = delete;
  EnteredIsolate& operator=(const EnteredIsolate&) = delete;

  v8::Isolate* get() const { return isolate_; }

 private:
  v8::Isolate* isolate_;
};

class V8Test : public ::testing::Test {
 protected:
  v8::Isolate* isolate() const { return entered_.get(); }
  v8::Local<v8::Context> context() const { return context_; }
  v8::Local<v8::String> Text(std::string_view text) const { return engine::Text(isolate(), text); }
  v8::Local<v8::Promise::Resolver> NewResolver() const {
    return v8::Promise::Resolver::New(context_).ToLocalChecked();
  }

 private:
  EnteredIsolate entered_;
  v8::HandleScope scope_{entered_.get()};
  v8::Local<v8::Context> context_ = v8::Context::New(entered_.get());
  v8::Context::Scope context_scope_{context_};
};

// Collects what a detector reports.
struct Findings {
  std::function<void(Finding)> Sink() {
    return [this](Finding finding) { all.push_back(std::move(finding)); };
  }
  std::vector<std::string> Codes() const {
    std::vector<std::string> codes;
    for (const Finding& finding : all) codes.push_back(finding.code);
    return codes;
  }
  std::vector<Finding> all;
};

}  // namespace handrail::testing
