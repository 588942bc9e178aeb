// For tests of the executors: a V8 with its background threads, a gate that scripts wait at, and
// what all plans are asked alike.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/embed/script_engine.h"
#include "harness/engine/executable_engine.h"
#include "harness/engine/script.h"
#include "harness/engine/versions.h"

namespace handrail::embed {

using namespace std::chrono_literals;  // NOLINT: for tests

// Never brought down: V8 could not be brought up again for the next test.
inline engine::ExecutableEngine& ThreadedEngine() {
  static auto& engine =
      *new engine::ExecutableEngine("libnode", engine::PlatformThreads::kSome, "");
  return engine;
}

// Gives plugins a native function hold(): it waits until the test opens the gate.
class Gate {
 public:
  InstallNatives Natives() {
    return [this](v8::Local<v8::Context> context) {
      v8::Isolate* isolate = v8::Isolate::GetCurrent();
      v8::Local<v8::Function> hold =
          v8::Function::New(context, Hold, engine::Wrap(isolate, this)).ToLocalChecked();
      context->Global()->Set(context, engine::Text(isolate, "hold"), hold).Check();
    };
  }
  void WaitForHeld(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return held_ >= count; });
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  static void Hold(const v8::FunctionCallbackInfo<v8::Value>& info) {
    auto* gate = static_cast<Gate*>(engine::UnwrapData(info));
    std::unique_lock<std::mutex> lock(gate->mutex_);
    ++gate->held_;
    gate->changed_.notify_all();
    gate->changed_.wait(lock, [&] { return gate->open_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int held_ = 0;
  bool open_ = false;
};

inline constexpr const char* kPlugin =
    "let served = 0;\n"
    "function echo(value) { ++served; return value; }\n"
    "function count() { return ++served; }\n";

// "result 3", "threw Uncaught Error: x".
inline std::string Told(const Reply& reply) {
  return std::string(ToString(reply.outcome)) + " " + reply.text;
}
inline std::string Told(std::future<Reply> reply) { return Told(reply.get()); }

// Everything accepted was answered, nobody waits. Requires: shut down.
inline void ExpectNothingLost(const ExecutorStats& stats) {
  EXPECT_EQ(stats.accepted, stats.answered);
}

// Requests from several threads, each of which checks its own answers.
inline void SubmitFromThreads(Executor& executor, int threads, int requests) {
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t) {
    senders.emplace_back([&executor, t, requests] {
      std::vector<std::future<Reply>> replies;
      for (int i = 0; i < requests; ++i) {
        replies.push_back(executor.Submit(Request::Call("echo", std::to_string(t * requests + i))));
      }
      for (int i = 0; i < requests; ++i) {
        EXPECT_EQ(Told(std::move(replies[i])), "result " + std::to_string(t * requests + i));
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
}

// What every plan answers alike.
inline void ExpectAnswersOfEveryKind(Executor& executor) {
  const auto told = [&](Request request) { return Told(executor.Submit(std::move(request))); };
  const auto script = [&](std::string source) { return told(Request::Script(std::move(source))); };
  EXPECT_EQ(told(Request::Call("echo", R"({"a":[1,"ü"]})")), R"(result {"a":[1,"ü"]})");
  EXPECT_EQ(told(Request::Call("echo")), "result undefined");
  EXPECT_EQ(script("6 * 7"), "result 42");
  EXPECT_EQ(script("Promise.resolve('later')"), R"(result "later")");
  EXPECT_EQ(script("throw new Error('no')"), "threw Uncaught Error: no");
  EXPECT_EQ(script("Promise.reject(new Error('no'))"), "threw Uncaught Error: no");
  EXPECT_EQ(script("new Promise(() => {})"),
            "threw its promise is pending and nothing is left that could settle it");
  EXPECT_THAT(script("a b"), ::testing::StartsWith("threw Uncaught SyntaxError"));
  EXPECT_EQ(told(Request::Call("missing")),
            "threw Uncaught TypeError: the plugin has no function missing");
  EXPECT_THAT(told(Request::Call("echo", "{")),
              ::testing::StartsWith("threw Uncaught SyntaxError"));
  EXPECT_THAT(script("({toJSON() { throw new Error('in toJSON') }})"),
              "threw Uncaught Error: in toJSON");
  EXPECT_THAT(script("const a = {}; a.a = a; a"),
              ::testing::StartsWith("threw Uncaught TypeError: Converting circular structure"));
  EXPECT_THAT(script("Object.defineProperty(globalThis, 'got', {get() { throw new Error('g') }})"),
              ::testing::StartsWith("result"));
  EXPECT_EQ(told(Request::Call("got")), "threw Uncaught Error: g");
  EXPECT_THAT(script("(function f() { f() })()"),
              ::testing::StartsWith("threw Uncaught RangeError: Maximum call stack"));
  EXPECT_EQ(told(Request::Call("echo", "1")), "result 1");
}

}  // namespace handrail::embed
