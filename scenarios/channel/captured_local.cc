// A Local captured by a closure that runs later.
//
// Story: a native function gets a callback, starts a thread, and has the thread send a closure that
// calls it. The lambda captures what is at hand: the Local. What is called later is another object,
// or nothing at all.
// Who: C++ lets a lambda capture a Local by value without a word; in Rust the compiler refuses.
// Rule: a Local lives as long as the HandleScope it was made in. The closure runs in a later one.
// Seen: which object answers, against the one that was meant; most often a crash.
// Reference: neon_rfc_threadsafe_handles (`Root`)
#include <string>
#include <thread>

#include "harness/embed/channel.h"
#include "harness/embed/root.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Channel;
using embed::Turn;

// A strategy is what the closure captures.

struct RootCaptured {
  embed::Root<v8::Object> callback;
  RootCaptured(Trial&, EmbedHost& host, v8::Local<v8::Object> callback)
      : callback(MakeRoot(host.environment(), callback)) {}
  v8::Local<v8::Object> Get() { return callback.IntoInner().ToLocalChecked(); }
};

struct LocalCaptured {
  v8::Local<v8::Object> callback;
  LocalCaptured(Trial& trial, EmbedHost&, v8::Local<v8::Object> callback) : callback(callback) {
    trial.Reached();
  }
  v8::Local<v8::Object> Get() { return callback; }
};

// Each callback knows its own name; `meant` says which one must answer.
template <class Captured>
void Run(Trial& trial) {
  EmbedHost host(trial);
  auto channel = Channel::Make(host.environment());
  std::vector<v8::Global<v8::Object>> meant(trial.size());
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope call(host.isolate());  // as V8 opens one around a native function
    v8::Local<v8::Object> callback = v8::Object::New(host.isolate());
    meant[i].Reset(host.isolate(), callback);
    auto send = [&, i, captured = Captured(trial, host, callback)](Turn& turn) mutable {
      // Looks at slots only: no handle is made here that could be the very one.
      v8::Local<v8::Object> object = captured.Get();
      const bool same = meant[i] == object;
      if (!same) trial.Triggered();
      trial.oracle().Count("the object that was captured is the one that is there", same, 1);
      trial.Step();
      v8::Object::New(turn.isolate());
    };
    std::thread([&channel, send = std::move(send)]() mutable {
      static_cast<void>(channel->Send(std::move(send)).ok());
    }).join();
  }
  channel->Close();
  host.loop.Run();
}

}  // namespace

Scenario CapturedLocal() {
  return Scenario("channel/captured-local")
      .Title("a closure captured a Local and runs later")
      .Story(
          "A callback is handed to a thread and comes back in a closure. By then the handle "
          "refers to whatever was put into its slot.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({10, 100}, 15, 100)
      .Correct<RootCaptured>("root-captured", Run<RootCaptured>, "a Root, opened in the closure")
      .Broken<LocalCaptured>("local-captured", Run<LocalCaptured>, "the Local itself")
      .Gives({"PX011"})
      .With("guard", {"HD002"});
}

}  // namespace handrail
