// What a Channel costs against Node-API's thread-safe function, inside one Node: an addon that
// measures as it is loaded. Both run a closure for each message, with a scope, a microtask
// checkpoint and the uncaught-exception report; the thread-safe function by Node's own means.
#include <node_api.h>
#include <uv.h>
#include <v8.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>

#include "bench/channel_race.h"
#include "bench/ratio.h"
#include "harness/embed/channel.h"

namespace handrail {
namespace {

using embed::Closure;
using embed::Turn;

void Must(napi_status status, const char* what) {
  if (status == napi_ok) return;
  std::fprintf(stderr, "bench_tsfn: %s failed with %d\n", what, status);
  std::exit(3);
}

// What a message needs on its way: as an addon would write it.
struct Message {
  std::function<void()> run;
};

void CallJs(napi_env /*env*/, napi_value /*callback*/, void* /*context*/, void* data) {
  const std::unique_ptr<Message> message(static_cast<Message*>(data));
  message->run();
}

double ByThreadSafeFunction(napi_env env, uv_loop_t* loop, int senders) {
  napi_value name;
  Must(napi_create_string_utf8(env, "bench", NAPI_AUTO_LENGTH, &name), "the name");
  napi_threadsafe_function function;
  Must(napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                       CallJs, &function),
       "napi_create_threadsafe_function");
  int64_t ran = 0;
  const auto message = [&] {
    if (++ran == kMessages) napi_release_threadsafe_function(function, napi_tsfn_release);
  };
  return Race(
      senders,
      [&] {
        Must(napi_call_threadsafe_function(function, new Message{message}, napi_tsfn_blocking),
             "napi_call_threadsafe_function");
      },
      [&] { uv_run(loop, UV_RUN_DEFAULT); });
}

void Run(napi_env env) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  uv_loop_t* loop = nullptr;
  Must(napi_get_uv_event_loop(env, &loop), "napi_get_uv_event_loop");
  const v8::HandleScope scope(isolate);
  embed::Environment environment(isolate, isolate->GetCurrentContext(), loop);
  for (const int senders : {1, 8}) {
    const auto channel = [&] { return 1 / ByChannel(environment, senders); };
    const auto function = [&] { return 1 / ByThreadSafeFunction(env, loop, senders); };
    const Ratio ratio = Compare(9, channel, function);
    PrintRow(std::to_string(senders) + (senders == 1 ? " sender" : " senders") +
                 ": messages a second / thread-safe function",
             Text(ratio), ">= 1.5", ratio.median >= 1.5);
    std::printf("  a message takes %s, by the thread-safe function %s\n",
                Seconds(1 / ratio.a_seconds).c_str(), Seconds(1 / ratio.b_seconds).c_str());
  }
}

}  // namespace
}  // namespace handrail

NAPI_MODULE_INIT() {
  handrail::Run(env);
  return exports;
}
