// The self-test: one small program for each way in which a trial can give itself away, and one that
// is clean. They run before every run; if one of them comes out otherwise than declared here, the
// harness is broken and nothing it says counts.
//
// Story: a tester that always says "clean" passes every test. These prove that each detector of
// this stage, and each kind of end, is really seen, and that clean code gives no finding.
// Who: us.
// Rule: each is as short as it can be, and ends in well under 100 ms, but for the one that hangs.
#include <unistd.h>

#include <string>
#include <vector>

#include "harness/engine/script.h"
#include "harness/scenario/scenario.h"

namespace handrail {
namespace {

using Resolver = v8::Promise::Resolver;

// An isolate with a context, entered, and a shadow of the promises made in it.
struct Program {
  explicit Program(Trial& t)
      : trial(t),
        owned(t),
        isolate(owned.get()),
        scope(isolate),
        context(v8::Context::New(isolate)),
        entered(context),
        shadow(t.oracle(), isolate, "promise") {}

  v8::Local<Resolver> NewPromise() {
    v8::Local<Resolver> resolver = Resolver::New(context).ToLocalChecked();
    shadow.Born(shadow.size(), resolver->GetPromise());
    return resolver;
  }

  Trial& trial;
  OwnedIsolate owned;
  v8::Isolate* isolate;
  v8::HandleScope scope;
  v8::Local<v8::Context> context;
  v8::Context::Scope entered;
  PromiseShadow shadow;
};

constexpr int kRounds = Trial::kWarmUpRounds + 12;
constexpr int kPerRound = 1000;

// Calls `round` so many times as a judge of growth needs.
template <class Round>
void Rounds(Program& p, const Round& round) {
  p.trial.Watch(p.isolate);
  for (int i = 1; i <= kRounds; ++i) {
    round();
    p.trial.EndOfRound(i);
  }
  p.trial.Unwatch();
}

struct Clean {
  static void Do(Trial& trial) {
    Program p(trial);
    std::vector<v8::Global<Resolver>> kept;
    Rounds(p, [&] {
      const v8::HandleScope scope(p.isolate);
      for (int i = 0; i < kPerRound; ++i) kept.emplace_back(p.isolate, v8::Local<Resolver>());
      kept.clear();
    });
    const v8::HandleScope scope(p.isolate);
    v8::Local<Resolver> resolver = p.NewPromise();
    p.shadow.ReadsBack(0, resolver);
    p.shadow.Settles(0, PromiseState::kFulfilled, "mine");
    resolver->Resolve(p.context, engine::Text(p.isolate, "mine")).Check();
    p.shadow.CheckAll();
  }
};

struct StaleLocal {
  static void Do(Trial& trial) {
    Program p(trial);
    v8::Local<Resolver> kept;
    {
      const v8::HandleScope scope(p.isolate);
      trial.Reached();
      kept = p.NewPromise();
    }
    const v8::HandleScope scope(p.isolate);
    p.NewPromise();  // takes the slot
    if (!p.shadow.Holds(0, kept)) trial.Triggered();
    p.shadow.ReadsBack(0, kept);
    p.shadow.Settles(0, PromiseState::kFulfilled, "mine");
    kept->Resolve(p.context, engine::Text(p.isolate, "mine")).Check();
    p.shadow.CheckAll();
  }
};

struct LeakedGlobal {
  static void Do(Trial& trial) {
    Program p(trial);
    std::vector<v8::Global<v8::Object>> kept;
    Rounds(p, [&] {
      const v8::HandleScope scope(p.isolate);
      trial.Reached();
      for (int i = 0; i < kPerRound; ++i) kept.emplace_back(p.isolate, p.context->Global());
    });
    if (kept.size() == kRounds * kPerRound) trial.Triggered();
  }
};

struct Growth {
  static void Do(Trial& trial) {
    Program p(trial);
    const int before = v8::HandleScope::NumberOfHandles(p.isolate);
    Rounds(p, [&] {
      trial.Reached();
      for (int i = 0; i < kPerRound; ++i) v8::Object::New(p.isolate);
    });
    const int after = v8::HandleScope::NumberOfHandles(p.isolate);
    if (after - before >= kRounds * kPerRound) trial.Triggered();
  }
};

// JavaScript keeps it: neither handles nor Globals grow.
struct HeapGrowth {
  static void Do(Trial& trial) {
    Program p(trial);
    v8::Local<v8::Array> kept = v8::Array::New(p.isolate);
    Rounds(p, [&] {
      const v8::HandleScope scope(p.isolate);
      trial.Reached();
      for (int i = 0; i < kPerRound; ++i) {
        kept->Set(p.context, kept->Length(), v8::Object::New(p.isolate)).Check();
      }
    });
    if (kept->Length() == kRounds * kPerRound) trial.Triggered();
  }
};

// The host keeps it: V8 knows nothing of it.
struct NativeGrowth {
  static void Do(Trial& trial) {
    Program p(trial);
    std::vector<std::vector<char>> kept;
    Rounds(p, [&] {
      trial.Reached();
      kept.emplace_back(size_t{1} << 20, 'a');
    });
    if (kept.size() == kRounds) trial.Triggered();
  }
};

struct NearLimit {
  static void Do(Trial& trial) {
    OwnedIsolate isolate(trial, {.heap_limit_mb = 4});
    const v8::HandleScope scope(isolate.get());
    const v8::Context::Scope entered(v8::Context::New(isolate.get()));
    trial.Watch(isolate.get());
    trial.Reached();
    constexpr int kEnough = 1'000'000;  // objects, several times what the heap holds
    int made = 0;
    for (; made < kEnough && !trial.StopRequested(); ++made) v8::Object::New(isolate.get());
    if (v8::HandleScope::NumberOfHandles(isolate.get()) > 10'000) trial.Triggered();
    trial.Unwatch();
  }
};

struct SettledByNobody {
  static void Do(Trial& trial) {
    Program p(trial);
    v8::Local<Resolver> resolver = p.NewPromise();
    trial.Reached();
    trial.Triggered();
    resolver->Resolve(p.context, v8::Undefined(p.isolate)).Check();
    p.shadow.CheckAll();
  }
};

struct NotSettled {
  static void Do(Trial& trial) {
    Program p(trial);
    p.NewPromise();
    trial.Reached();
    trial.Triggered();
    p.shadow.Settles(0, PromiseState::kFulfilled, "mine");
    p.shadow.CheckAll();
  }
};

struct WrongValue {
  static void Do(Trial& trial) {
    Program p(trial);
    v8::Local<Resolver> resolver = p.NewPromise();
    trial.Reached();
    trial.Triggered();
    p.shadow.Settles(0, PromiseState::kFulfilled, "mine");
    resolver->Resolve(p.context, engine::Text(p.isolate, "another's")).Check();
    p.shadow.CheckAll();
  }
};

struct Hang {
  static void Do(Trial& trial) {
    trial.Reached();
    trial.Triggered();
    for (;;) pause();
  }
};

struct Crash {
  static void Do(Trial& trial) {
    volatile int* volatile nowhere = nullptr;
    trial.Reached();
    trial.Triggered();
    *nowhere = 1;
  }
};

struct V8Fatal {
  static void Do(Trial& trial) {
    OwnedIsolate isolate(trial);
    trial.Reached();
    trial.Triggered();
    engine::Text(isolate.get(), "no HandleScope is open");
  }
};

struct Exit3 {
  static void Do(Trial& trial) {
    trial.Reached();
    trial.Triggered();
    _exit(3);
  }
};

// Only where a sanitizer watches: elsewhere the read would prove nothing.
struct AsanError {
  static void Do(Trial& trial) {
    if (!trial.Has("asan")) return;
    int* volatile freed = new int(1);
    delete freed;
    trial.Reached();
    trial.Triggered();
    trial.oracle().Count("a freed number", *freed, 1);
  }
};

}  // namespace

Scenario CanarySelftest() {
  return Scenario("canary/selftest")
      .Title("each way in which a trial can give itself away, and clean code")
      .Story("Run before everything else: what the harness must see, and what it must not.")
      .SteadyState()
      .Sizes({1}, 15, 0)
      .Correct<Clean>("clean", Clean::Do, "correct code, which must give no finding")
      .Broken<StaleLocal>("stale-local", StaleLocal::Do,
                          "a Local kept past its scope: the wrong promise is settled")
      .Gives({"HD010"})
      .May({"PR001", "PR002"})
      .With("quarantine", {"HD001"})
      .Broken<LeakedGlobal>("leaked-global", LeakedGlobal::Do, "Globals that nobody resets")
      .Gives({"HD021"})
      .May({"HP003"})
      .Broken<Growth>("growth", Growth::Do, "one HandleScope round a loop")
      .Gives({"HD020"})
      .May({"HP001", "HP003"})
      .Broken<HeapGrowth>("heap-growth", HeapGrowth::Do, "JavaScript keeps all that it ever made")
      .Gives({"HP001"}).May({"HP003"})
      .Broken<NativeGrowth>("native-growth", NativeGrowth::Do, "the host keeps 1 MiB a round")
      .Gap("resident memory is not judged under AddressSanitizer", {.instrument = "asan"})
      .Gives({"HP003"})
      .Broken<NearLimit>("near-heap-limit", NearLimit::Do, "fills a heap of 4 MiB")
      .Gives({"HP002"})
      .Broken<SettledByNobody>("settled-by-nobody", SettledByNobody::Do,
                               "settles a promise that must be pending")
      .Gives({"PR001"})
      .Broken<NotSettled>("not-settled", NotSettled::Do, "forgets to settle a promise")
      .Gives({"PR002"})
      .Broken<WrongValue>("wrong-value", WrongValue::Do, "settles with another's value")
      .Gives({"PR003"})
      .Broken<Hang>("hang", Hang::Do, "never ends")
      .Gives({"PX003"})
      .TimeLimit(700)
      .Broken<Crash>("crash", Crash::Do, "writes through a null pointer")
      .Gives(kCrash)
      .Broken<V8Fatal>("v8-fatal", V8Fatal::Do, "makes a handle with no scope open")
      .Gives({"HD012"})
      .Broken<Exit3>("exit-3", Exit3::Do, "leaves with status 3")
      .Gives({"PX005"})
      .Broken<AsanError>("asan-error", AsanError::Do, "reads freed memory")
      .Gives({"PX006"}, {.instrument = "asan"});
}

}  // namespace handrail
