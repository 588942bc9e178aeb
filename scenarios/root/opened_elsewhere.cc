// A handle that is opened on another thread.
//
// Story: a thread has to look at an object of JavaScript for a moment. It opens a HandleScope as
// it was taught, makes a Local of its Global, and is done. At the same time the isolate's own
// thread loses Locals that it has just made, in the midst of its scope.
// Who: whoever takes "it only reads" for safe. In the RFC `into_inner` wants the context, which
// no other thread has.
// Rule: an isolate has one stack of handles, whoever opens the scope. A scope that closes takes
// it back to where it was when this scope was opened, over the other thread's handles.
// Seen: what the isolate's thread reads from its own Local. Both threads are held at the points
// that matter, so that it happens every time, and no two are in V8 at once.
// Reference: neon_rfc_threadsafe_handles (`Root::into_inner`)
#include <latch>
#include <thread>

#include "harness/embed/channel.h"
#include "harness/embed/root.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Turn;

// Where the two threads are.
struct Points {
  std::latch opened{1};  // the other thread has its Local
  std::latch made{1};    // the isolate's thread has made one of its own
};

// A strategy begins a look at the object from another thread, and gives that thread.

struct SentHome {
  static std::thread Look(Trial& trial, EmbedHost& host, v8::Local<v8::Object> object,
                          Points& points) {
    auto channel = embed::Channel::Make(host.environment());
    return std::thread([&, channel, root = MakeRoot(host.environment(), object)]() mutable {
      if (!root.Get().IsEmpty()) trial.oracle().Count("Roots opened on another thread", 1, 0);
      auto look = [&trial, root = std::move(root)](Turn& turn) mutable {
        v8::Local<v8::Object> object = root.IntoInner().ToLocalChecked();
        trial.oracle().Count("own properties of the object",
                             object->GetOwnPropertyNames(turn.context()).ToLocalChecked()->Length(),
                             0);
      };
      static_cast<void>(channel->Send(std::move(look)).ok());
      channel->Close();
      points.opened.count_down();
    });
  }
};

struct OpenedThere {
  static std::thread Look(Trial& trial, EmbedHost& host, v8::Local<v8::Object> object,
                          Points& points) {
    auto global = std::make_shared<v8::Global<v8::Object>>(host.isolate(), object);
    return std::thread([&, isolate = host.isolate(), global] {
      trial.Reached();
      const v8::HandleScope scope(isolate);
      v8::Local<v8::Object> object = global->Get(isolate);
      points.opened.count_down();
      points.made.wait();
      static_cast<void>(object);
    });
  }
};

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial);
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    Points points;
    std::thread other = Strategy::Look(trial, host, v8::Object::New(host.isolate()), points);
    points.opened.wait();
    v8::Local<v8::Object> mine = v8::Object::New(host.isolate());
    const v8::Global<v8::Object> meant(host.isolate(), mine);
    points.made.count_down();
    other.join();
    for (int more = 0; more < 10; ++more) v8::Object::New(host.isolate());
    // Looks at slots only.
    const bool same = meant == mine;
    if (!same) trial.Triggered();
    trial.oracle().Count("the isolate's thread has the object that it made", same, 1);
    host.loop.Run();
    trial.Step();
  }
}

}  // namespace

Scenario OpenedElsewhere() {
  return Scenario("root/opened-elsewhere")
      .Title("a handle is opened on another thread")
      .Story(
          "A thread takes a short look at an object. Its HandleScope closes over handles that the "
          "isolate's own thread has made meanwhile.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({5, 50}, 15, 200)
      .Correct<SentHome>("sent-home", Run<SentHome>,
                         "a Root: empty on the thread, opened in a closure that it sends")
      .Broken<OpenedThere>("opened-there", Run<OpenedThere>,
                           "a HandleScope and Global::Get on the thread")
      .Gives({"PX002"}, kCheckedV8)
      .Gives({"PX011"})
      .With("quarantine", {"HD022"});
}

}  // namespace handrail
