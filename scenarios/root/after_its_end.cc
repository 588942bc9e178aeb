// A handle that is used once more after its end.
//
// Story: a native library keeps callbacks for JavaScript behind a C interface: a pointer, and a
// function that lets go of it. Some path lets go twice, or after the engine was stopped; it is
// another callback that stops working, or the process that dies.
// Who: bindings that pass handles through `void*`; cleaning up by hand and in a destructor as
// well.
// Rule: a v8::Global is reset once, before its isolate is disposed; what is behind a pointer
// that was given up belongs to the next.
// Seen: whether another's handle still holds its object; signals. ASan sees the second drop.
// Reference: neon_rfc_threadsafe_handles (`Root::drop`)
#include <memory>
#include <string>

#include "harness/embed/root.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using Object = v8::Local<v8::Object>;

// A strategy keeps a handle and does something with it while the isolate lives (Inside), and when
// it is gone (After). Inside gives back what another part of the program holds by then.

struct RootDroppedTwice {
  embed::Root<v8::Object> root, others;
  void Keep(EmbedHost& host, Object object) { root = MakeRoot(host.environment(), object); }
  bool Inside(Trial& trial, EmbedHost& host, Object other) {
    trial.oracle().Count("first drop", root.Drop(), 1);
    others = MakeRoot(host.environment(), other);
    trial.oracle().Count("second drop", root.Drop(), 0);
    return others.holds() && others.Get().ToLocalChecked() == other;
  }
  void After(Trial&, v8::Isolate*) {}
};

struct RootOpenedLate {
  embed::Root<v8::Object> root;
  void Keep(EmbedHost& host, Object object) { root = MakeRoot(host.environment(), object); }
  bool Inside(Trial&, EmbedHost&, Object) { return true; }
  void After(Trial& trial, v8::Isolate*) {
    trial.oracle().Count("opened when the isolate is gone", root.Get().IsEmpty(), 1);
    trial.oracle().Count("cloned when the isolate is gone", root.Clone().holds(), 0);
    trial.oracle().Count("dropped when the isolate is gone", root.Drop(), 1);
  }
};

// What is behind the pointer of a C interface.
struct Kept {
  v8::Global<v8::Object> object;
  char name[200] = "callback";
};
[[gnu::noinline]] void LetGo(void* handle) { delete static_cast<Kept*>(handle); }

struct PointerLetGoTwice {
  void* handle = nullptr;
  [[gnu::noinline]] static Kept* Take(EmbedHost& host, Object object) {
    return new Kept{{host.isolate(), object}};
  }
  void Keep(EmbedHost& host, Object object) { handle = Take(host, object); }
  bool Inside(Trial& trial, EmbedHost& host, Object other) {
    Object third = v8::Object::New(host.isolate());
    LetGo(handle);
    // Where the first one was; volatile, as the compiler may rely on that it is not.
    Kept* volatile others = Take(host, other);
    trial.Reached();
    trial.Triggered();  // the pointer was given up: what is there now is nobody's, or another's
    LetGo(handle);
    handle = Take(host, third);
    return others->object == other;
  }
  void After(Trial&, v8::Isolate*) {}
};

struct GlobalOpenedLate {
  v8::Global<v8::Object> global;
  void Keep(EmbedHost& host, Object object) { global.Reset(host.isolate(), object); }
  bool Inside(Trial&, EmbedHost&, Object) { return true; }
  void After(Trial& trial, v8::Isolate* isolate) {
    trial.Reached();
    trial.Triggered();  // the isolate is disposed
    const v8::HandleScope scope(isolate);
    Object object = global.Get(isolate);
    trial.oracle().Count("internal fields of an object that is gone", object->InternalFieldCount(),
                         0);
    global.Reset();
  }
};

template <class Strategy>
void Run(Trial& trial) {
  for (int64_t i = 0; i < trial.size(); ++i) {
    Strategy strategy;
    v8::Isolate* isolate = nullptr;
    {
      EmbedHost host(trial);
      isolate = host.isolate();
      strategy.Keep(host, v8::Object::New(isolate));
      const bool kept = strategy.Inside(trial, host, v8::Object::New(isolate));
      trial.oracle().Count("the other handle holds its object", kept, 1);
    }
    strategy.After(trial, isolate);
    trial.Step();
  }
}

}  // namespace

Scenario AfterItsEnd() {
  return Scenario("root/after-its-end")
      .Title("a handle is dropped again, or opened when its isolate is gone")
      .Story(
          "A callback is let go of twice, or after the engine was stopped. The second time it is "
          "another's callback, or memory that is no longer there.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({1, 5}, 10, 3000)
      .Correct<RootDroppedTwice>("root-dropped-twice", Run<RootDroppedTwice>,
                                 "a Root: the second Drop says that there is nothing")
      .Correct<RootOpenedLate>("root-opened-late", Run<RootOpenedLate>,
                               "a Root: empty when its environment has ended")
      .Broken<PointerLetGoTwice>("pointer-let-go-twice", Run<PointerLetGoTwice>,
                                 "a Global behind a pointer, deleted twice")
      .Gives({"PX006"}, {.instrument = "asan"})
      .Gives({"PX011"})
      .May({"PX001"})
      .With("quarantine", {"HD024"})
      .Broken<GlobalOpenedLate>("global-opened-late", Run<GlobalOpenedLate>,
                                "a Global opened after Isolate::Dispose")
      .Gives(kCrash)
      .With("quarantine", {"HD024"});
}

}  // namespace handrail
