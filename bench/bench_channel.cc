// What a Channel costs: closures from one and from eight threads to the isolate's, against a bare
// uv_async_t and a vector behind a mutex. Both do the same for each closure: a HandleScope, a
// TryCatch for the uncaught-exception report, and a microtask checkpoint after it.
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "bench/channel_race.h"
#include "bench/ratio.h"
#include "harness/engine/executable_engine.h"

namespace handrail {
namespace {

int Run() {
  engine::ExecutableEngine engine(HANDRAIL_ENGINE_ID, engine::PlatformThreads::kNone, "");
  v8::Isolate* isolate = engine.NewIsolate({});
  {
    const v8::Isolate::Scope entered(isolate);
    const v8::HandleScope scope(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    const v8::Context::Scope in(context);
    embed::EventLoop loop;
    embed::Environment environment(isolate, context, loop.get());
    for (const int producers : {1, 8}) {
      const auto channel = [&] { return 1 / ByChannel(environment, producers); };
      const auto bare = [&] { return 1 / ByAsync(environment, context, producers); };
      const Ratio ratio = Compare(15, channel, bare);
      PrintRow(std::to_string(producers) + (producers == 1 ? " sender" : " senders") +
                   ": messages a second / bare uv_async",
               Text(ratio), ">= 0.8", ratio.median >= 0.8);
      std::printf("  a message takes %s, bare %s\n", Seconds(1 / ratio.a_seconds).c_str(),
                  Seconds(1 / ratio.b_seconds).c_str());
    }
  }
  engine.Dispose(isolate);
  return 0;
}

}  // namespace
}  // namespace handrail

int main() { return handrail::Run(); }
