// A handle that is dropped or cloned on another thread.
//
// Story: a worker thread is done with its callback and lets go of it, or copies it for a
// colleague. Weeks later a callback is called that belongs to somebody else.
// Who: whoever moves a v8::Global into a thread's closure: its destructor runs there. In the RFC
// a Root is dropped and cloned on its own thread only, and panics elsewhere.
// Rule: V8 keeps the Globals of an isolate in a table that has no lock. To make, copy and reset
// one is for the thread that is in the isolate.
// Seen: two threads that meet in the table are given the same entry: what a handle reads back;
// then 14.6 also ends the process. Here they meet every time: the other thread is held at each
// of its instructions in turn, where a program would wait for years.
// Reference: neon_rfc_threadsafe_handles (`Root`: "a non-atomic reference count")
#include <thread>
#include <vector>

#include "harness/embed/root.h"
#include "held_call.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using Object = v8::Local<v8::Object>;

// A strategy is a handle, and what another thread does with it.

struct RootDropped {
  embed::Root<v8::Object> root;
  RootDropped(EmbedHost& host, Object object) : root(MakeRoot(host.environment(), object)) {}
  void Elsewhere(Trial&, EmbedHost&, HeldCall& held) {
    held.Run([this] { root = {}; });
  }
  bool Is(Object object) const { return root.Get().ToLocalChecked() == object; }
};

struct CloneOfRootDropped : RootDropped {
  embed::Root<v8::Object> clone;
  CloneOfRootDropped(EmbedHost& host, Object object)
      : RootDropped(host, object), clone(root.Clone()) {}
  void Elsewhere(Trial& trial, EmbedHost&, HeldCall& held) {
    trial.oracle().Count("clones made on another thread", root.Clone().holds(), 0);
    held.Run([this] { clone = {}; });
  }
};

struct GlobalDropped {
  v8::Global<v8::Object> global;
  GlobalDropped(EmbedHost& host, Object object) : global(host.isolate(), object) {}
  void Elsewhere(Trial& trial, EmbedHost&, HeldCall& held) {
    trial.Reached();
    held.Run([this] { global.Reset(); });
  }
  bool Is(Object object) const { return global == object; }
};

struct GlobalCloned : GlobalDropped {
  using GlobalDropped::GlobalDropped;
  v8::Global<v8::Object> clone;
  void Elsewhere(Trial& trial, EmbedHost& host, HeldCall& held) {
    trial.Reached();
    held.Run([&] { clone.Reset(host.isolate(), global); });
  }
};

// In round i the other thread is held after i instructions, while this one makes handles of its
// own. Whether there is another round.
template <class Handle>
bool Round(Trial& trial, EmbedHost& host, int i) {
  const v8::HandleScope scope(host.isolate());
  Handle handed(host, v8::Object::New(host.isolate()));
  Object objects[8];
  for (Object& object : objects) object = v8::Object::New(host.isolate());
  std::vector<Handle> own;
  own.reserve(8);
  HeldCall held(i);
  std::thread other([&] { handed.Elsewhere(trial, host, held); });
  held.WaitUntilHeld();
  for (int made = 0; made < 4; ++made) own.emplace_back(host, objects[made]);
  held.GoOn();
  other.join();
  for (int made = 4; made < 8; ++made) own.emplace_back(host, objects[made]);
  int64_t wrong = 0;
  for (int made = 0; made < 8; ++made) wrong += own[made].Is(objects[made]) ? 0 : 1;
  if (wrong > 0) trial.Triggered();  // one entry of the table for two handles
  trial.oracle().Count("handles that hold another object", wrong, 0);
  trial.Step();
  return held.was_held() && wrong == 0;
}

template <class Handle>
void Run(Trial& trial) {
  EmbedHost host(trial);
  for (int i = 1; i <= trial.size() && Round<Handle>(trial, host, i); ++i) {
    host.environment().Settle();
  }
}

}  // namespace

Scenario OtherThread() {
  return Scenario("root/other-thread")
      .Title("a handle is dropped or cloned on another thread")
      .Story(
          "A thread lets go of the callback that it was given, or copies it, while the isolate's "
          "own thread makes handles. Some of these then hold another's object.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({160}, 50, 1000)
      .Correct<RootDropped>("root-dropped", Run<RootDropped>, "a Root, destroyed on the thread")
      .Correct<CloneOfRootDropped>("root-cloned-before", Run<CloneOfRootDropped>,
                                   "a clone for the thread, made before it is handed over")
      .Broken<GlobalDropped>("global-dropped", Run<GlobalDropped>, "a v8::Global, reset there")
      .Gives({"PX002"}, kCheckedV8)
      .Gives({"PX011"})
      .May({"PX002"})
      .With("quarantine", {"HD022"})
      .Broken<GlobalCloned>("global-cloned", Run<GlobalCloned>, "a v8::Global, copied there")
      .Gives({"PX002"}, kCheckedV8)
      .Gives({"PX011"})
      .May({"PX002"})
      .With("quarantine", {"HD022"});
}

}  // namespace handrail
