// One isolate, two threads.
//
// Story: an isolate is taken for an object like any other and is used from two threads: at once, or
// one after the other with a mutex or a join between them. Calls fail with "Maximum call stack size
// exceeded" where no stack is deep, with "Cannot exit non-entered context", or crash.
// Who: thread pools that share an engine; async runtimes that move a task while it holds one.
// Rule: inside, an isolate belongs to one thread: the limit of its stack, its handle scopes and its
// entered contexts are that thread's, and v8::Locker is what hands them over. That nobody else is
// inside is not enough.
// Seen: answers that are exceptions (oracle), crashes, failed checks. V8 10.2 checks for the Locker
// itself, in isolates that met one before; 14.6 does not.
// Not seen yet: the second thread at the moment it enters.
// Reference: v8_isolate_restart_analysis
#include <atomic>
#include <memory>
#include <thread>

#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

// A strategy is what a thread holds while it has to do with the isolate.

struct UnderLocker {
  explicit UnderLocker(v8::Isolate* i) : isolate(i), lock(i) {}
  void LetOthersIn() {
    const v8::HandleScope scope(isolate);  // V8 13.6 makes a handle where the lock is taken back
    const v8::Unlocker unlocked(isolate);
    std::this_thread::yield();
  }
  v8::Isolate* isolate;
  v8::Locker lock;
  static constexpr int64_t kTurns = 10;
};

struct NoLocker {
  explicit NoLocker(v8::Isolate*) {}
  void LetOthersIn() {}
  static constexpr int64_t kTurns = 2000;  // until two threads have met
};

// An engine that threads share, made by the body's thread.
template <class Guard>
struct Shared {
  explicit Shared(Trial& t) : trial(t), isolate(t.engine().NewIsolate({})) {
    const Guard guard(isolate);
    const v8::Isolate::Scope in(isolate);
    plugin = std::make_unique<Plugin>(isolate);
    plugin->Serve(trial);
  }
  ~Shared() {
    plugin.reset();
    trial.engine().Dispose(isolate);
  }
  Trial& trial;
  v8::Isolate* const isolate;
  std::unique_ptr<Plugin> plugin;
};

// Made and used by one thread, then used by another: never by two at once.
template <class First, class Second>
void HandOver(Trial& trial) {
  Shared<First> engine(trial);
  std::thread([&] {
    Second guard(engine.isolate);
    const v8::Isolate::Scope in(engine.isolate);
    trial.Reached();
    if (!v8::Locker::IsLocked(engine.isolate)) trial.Triggered();
    engine.plugin->Serve(trial);
  }).join();
}

// Used by two threads that run at the same time.
template <class Guard>
void Share(Trial& trial) {
  Shared<Guard> engine(trial);
  std::atomic<int> started = 0;
  std::atomic<int> inside = 0;
  auto work = [&] {
    for (++started; started < 2;) std::this_thread::yield();
    trial.Reached();
    Guard guard(engine.isolate);
    for (int64_t i = 0; i < trial.size() * Guard::kTurns; ++i) {
      {
        const v8::Isolate::Scope in(engine.isolate);
        if (++inside == 2) trial.Triggered();
        engine.plugin->Serve(trial, 1);
        --inside;
      }
      guard.LetOthersIn();
    }
  };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
}

}  // namespace

Scenario SharedIsolate() {
  return Scenario("restart/shared-isolate")
      .Title("one isolate is used by two threads, at once or one after the other")
      .Story("A host shares one engine between threads. Calls fail with a stack overflow that is "
             "none, contexts are left that nobody entered, the process crashes.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({20, 200}, 30, 200)
      .Correct<UnderLocker>("shared-under-locker", Share<UnderLocker>,
                            "two threads take turns by Locker and Unlocker")
      .Fresh()
      .Correct<UnderLocker>("handed-over-under-locker", HandOver<UnderLocker, UnderLocker>,
                            "one thread after the other, each with a Locker")
      .Fresh()
      .Broken<NoLocker>("handed-over-no-locker", HandOver<NoLocker, NoLocker>,
                        "one thread after the other, joined, with no Locker")
      .Gives({"PX002"}, kCheckedV8)
      .Gives({"PX011"}).Fresh()
      .Broken<NoLocker>("two-threads-no-locker-after-locker", HandOver<UnderLocker, NoLocker>,
                        "the first thread uses a Locker, the second forgets it")
      .Gives({"IS003"}, {.v8_before = 1400})
      .Gives({"PX011"}, {.v8_from = 1400}).Fresh()
      .Broken<NoLocker>("two-threads-no-locker", Share<NoLocker>,
                        "two threads at once in an isolate that never met a Locker")
      .Racing({.exits = {ExitKind::kV8Fatal, ExitKind::kSignal, ExitKind::kSanitizer,
                         ExitKind::kClean},
               .least_rate = 0.9,
               .seeds = 10})
      .Gives({"PX011", "PX001", "PX006", "PX002"}).May({"HD011", "HD012"})
      .TimeLimit(10000).Fresh()
      .With("quarantine", {"IS004"})
      .May({"HD001"});  // two threads in one handle stack
}

}  // namespace handrail
