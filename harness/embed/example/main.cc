// A whole program around the embed library: V8 brought up, a promise that JavaScript awaits,
// settled from a thread, and everything ended in order. Built against the installed library by a
// test.
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

#include "harness/embed/channel.h"
#include "harness/embed/deferred.h"
#include "harness/engine/executable_engine.h"
#include "harness/engine/script.h"

namespace engine = handrail::engine;
using handrail::embed::Channel;
using handrail::embed::Environment;
using handrail::embed::EventLoop;
using handrail::embed::MakePromise;
using handrail::embed::Totals;
using handrail::embed::Turn;

int main() {
  engine::ExecutableEngine v8("example", engine::PlatformThreads::kSome, "");
  v8::Isolate* isolate = v8.NewIsolate({});
  {
    const v8::Isolate::Scope entered(isolate);
    const v8::HandleScope scope(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    const v8::Context::Scope in_context(context);
    EventLoop loop;
    Environment environment(isolate, context, loop.get());

    auto [deferred, promise] = MakePromise(environment);
    context->Global()->Set(context, engine::Text(isolate, "answer"), promise).Check();
    engine::RunScript(context, "let got; answer.then((value) => { got = value; });")
        .ToLocalChecked();

    std::shared_ptr<Channel> channel = Channel::Make(environment);
    std::thread worker([channel, deferred = std::move(deferred)]() mutable {
      channel->SettleWith(std::move(deferred), [](Turn& turn) -> v8::MaybeLocal<v8::Value> {
        std::printf("a thread answered: %d\n", 42);
        return v8::Integer::New(turn.isolate(), 42);
      });
      channel->Close();
    });
    loop.Run();
    worker.join();

    v8::Local<v8::Value> got = engine::RunScript(context, "got").ToLocalChecked();
    std::printf("JavaScript got: %s\n", engine::ToText(isolate, got).c_str());
    environment.Close();
    const Totals totals = environment.totals();
    std::printf("left over: %lld promises, %lld roots\n",
                static_cast<long long>(totals.promises_left_over),
                static_cast<long long>(totals.roots_left_over));
  }
  v8.Dispose(isolate);
}
