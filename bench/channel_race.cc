#include "bench/channel_race.h"

#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "bench/ratio.h"
#include "harness/embed/channel.h"

namespace handrail {
namespace {

using embed::Closure;
using embed::Turn;

// As one would write it by hand.
class BareQueue {
 public:
  BareQueue(v8::Isolate* isolate, v8::Local<v8::Context> context, uv_loop_t* loop,
            embed::Environment& environment)
      : isolate_(isolate), context_(context), environment_(environment) {
    uv_async_init(loop, &async_,
                  [](uv_async_t* async) { static_cast<BareQueue*>(async->data)->Drain(); });
    async_.data = this;
  }
  void Send(Closure closure) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      queue_.push_back(std::move(closure));
    }
    uv_async_send(&async_);
  }
  void Close() { uv_close(reinterpret_cast<uv_handle_t*>(&async_), nullptr); }

 private:
  void Drain() {
    std::vector<Closure> batch;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      std::swap(batch, queue_);
    }
    for (Closure& closure : batch) {
      const v8::HandleScope scope(isolate_);
      const v8::Context::Scope entered(context_);
      {
        const v8::TryCatch failure(isolate_);
        Turn turn(*environment_.home(), context_);
        std::move(closure)(turn);
        if (failure.HasCaught()) std::fputs("uncaught\n", stderr);
      }
      isolate_->PerformMicrotaskCheckpoint();
    }
  }

  v8::Isolate* isolate_;
  v8::Local<v8::Context> context_;
  embed::Environment& environment_;
  uv_async_t async_;
  std::mutex mutex_;
  std::vector<Closure> queue_;
};

}  // namespace

double Race(int senders, const std::function<void()>& send, const std::function<void()>& serve) {
  return WallTime(static_cast<double>(kMessages), [&] {
    std::vector<std::thread> threads;
    for (int i = 0; i < senders; ++i) {
      threads.emplace_back([&] {
        for (int64_t sent = 0; sent < kMessages / senders; ++sent) send();
      });
    }
    serve();
    for (std::thread& thread : threads) thread.join();
  });
}

double ByChannel(embed::Environment& environment, int senders) {
  auto channel = embed::Channel::Make(environment);
  int64_t ran = 0;
  const auto message = [&](Turn&) {
    if (++ran == kMessages) channel->Close();
  };
  return Race(
      senders, [&] { static_cast<void>(channel->Send(message).ok()); },
      [&] { uv_run(environment.loop(), UV_RUN_DEFAULT); });
}

double ByAsync(embed::Environment& environment, v8::Local<v8::Context> context, int senders) {
  BareQueue queue(environment.isolate(), context, environment.loop(), environment);
  int64_t ran = 0;
  const auto message = [&](Turn&) {
    if (++ran == kMessages) queue.Close();
  };
  return Race(
      senders, [&] { queue.Send(message); }, [&] { uv_run(environment.loop(), UV_RUN_DEFAULT); });
}

}  // namespace handrail
