// A sender that outlives the isolate it sends to.
//
// Story: a plugin host is shut down while a worker thread still computes. The thread finishes, and
// reports to a queue, or drops a handle, of an isolate that is gone.
// Who: every program with threads that ends in another order than it began: tests, hot restarts,
// process exit.
// Rule: a v8::Global may not be touched after its isolate (nor on another thread); a uv_async_t may
// not be sent to once its close callback has run.
// Seen: signal or ASan's report. Not of the send to a handle that was freed: libuv is not
// sanitized, aborts when it finds the loop gone, and in Node 26 goes on unnoticed: a gap.
// Reference: neon_rfc_threadsafe_handles; issues of bindings about process exit
#include <functional>
#include <latch>
#include <memory>
#include <thread>

#include "harness/embed/channel.h"
#include "harness/embed/root.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Channel;
using embed::Turn;

// A strategy gives what the thread does after the host has ended.
using LastWords = std::function<void()>;

struct SharedChannel {
  static LastWords Begin(Trial& trial, EmbedHost& host) {
    auto channel = Channel::Make(host.environment());
    return [&trial, channel] {
      auto sent = channel->Send([](Turn&) {});
      trial.oracle().Text("answer to a send after the end",
                          sent.ok() ? "accepted" : ToString(sent.failure()), "closed");
    };
  }
};

struct RootDroppedLate {
  static LastWords Begin(Trial&, EmbedHost& host) {
    auto root = std::make_shared<embed::Root<v8::Object>>(
        MakeRoot(host.environment(), v8::Object::New(host.isolate())));
    return [root]() mutable { root.reset(); };
  }
};

struct GlobalDroppedLate {
  static LastWords Begin(Trial& trial, EmbedHost& host) {
    auto global =
        std::make_shared<v8::Global<v8::Object>>(host.isolate(), v8::Object::New(host.isolate()));
    return [&trial, global]() mutable {
      trial.Reached();
      trial.Triggered();  // the isolate is disposed, and this resets a handle of it
      global.reset();
    };
  }
};

struct AsyncSentLate {
  static LastWords Begin(Trial& trial, EmbedHost& host) {
    auto* async = new uv_async_t;
    uv_async_init(host.loop.get(), async, [](uv_async_t*) {});
    uv_close(reinterpret_cast<uv_handle_t*>(async),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_async_t*>(handle); });
    return [&trial, async] {
      trial.Reached();
      trial.Triggered();  // the close callback has run: the handle is freed
      uv_async_send(async);
    };
  }
};

template <class Strategy>
void Run(Trial& trial) {
  for (int64_t i = 0; i < trial.size(); ++i) {
    std::latch ended(1);
    std::thread worker;
    {
      EmbedHost host(trial);
      worker = std::thread([&ended, last_words = Strategy::Begin(trial, host)]() mutable {
        ended.wait();
        last_words();
        last_words = nullptr;
      });
    }
    ended.count_down();
    worker.join();
    trial.Step();
  }
}

}  // namespace

Scenario OutlivedHost() {
  return Scenario("channel/outlived-host")
      .Title("a thread reports to an isolate that is gone")
      .Story(
          "The host was shut down while a thread still worked for it. The thread comes back to "
          "memory that is no longer there.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({3, 30}, 10, 3000)
      .Correct<SharedChannel>("shared-channel", Run<SharedChannel>,
                              "a Channel: the send fails and gives the closure back")
      .Correct<RootDroppedLate>("root-dropped-late", Run<RootDroppedLate>,
                                "a Root: dropped wherever and whenever")
      .Broken<GlobalDroppedLate>("global-dropped-late", Run<GlobalDroppedLate>,
                                 "a v8::Global reset on the thread, after the isolate")
      .Gives({"PX001", "PX002", "PX006"})  // PX002: V8 finds that the slot is not in use
      .With("quarantine", {"HD023", "HD024"})
      .Broken<AsyncSentLate>("async-sent-late", Run<AsyncSentLate>,
                             "uv_async_send to a handle whose close callback has freed it")
      .Gap("libuv from Node 20 on sends to the freed handle without harm",
           {.engine = "node-*", .v8_from = 1103})
      .Gives(kCrash);
}

}  // namespace handrail
