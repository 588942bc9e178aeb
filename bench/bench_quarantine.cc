// What the handle quarantine with its ownership checks costs: a V8 call beyond a thunk that does nothing, a
// loop of nothing but property gets and sets, and a workload where JavaScript runs too.
#include <cstdio>
#include <functional>
#include <vector>

#include "bench/ratio.h"
#include "harness/engine/executable_engine.h"
#include "harness/engine/script.h"
#include "harness/guard/call_watch.h"
#include "harness/guard/engine_signatures.h"

namespace handrail {
namespace {

constexpr int kTurns = 15;

struct Bench {
  v8::Isolate* isolate;
  v8::Local<v8::Context> context;
};

void Watch(bool empty) {
  guard::WatchOptions options;
  options.signatures = guard::EngineSignatures();
  options.report = [](const guard::Misuse& misuse) {
    std::printf("a false alarm: %s %s\n", misuse.code.c_str(), misuse.message.c_str());
  };
  options.empty = empty;
  guard::StartWatching(reinterpret_cast<const void*>(&Watch), options);
}

// `body` for one unit, `units` times: as it is, through empty thunks, watched.
struct Ways {
  Work bare, empty, watched;
};

Ways WaysOf(double units, const std::function<void()>& body) {
  const auto timed = [=] { return CpuTime(units, body); };
  const auto between = [timed](bool empty) {
    Watch(empty);
    const double seconds = timed();
    guard::StopWatching();
    return seconds;
  };
  return {timed, [=] { return between(true); }, [=] { return between(false); }};
}

void Scale(const Ways& ways, const Ratio& ratio) {
  const Ratio floor = Compare(kTurns, ways.empty, ways.bare);
  std::printf("  a turn bare %s, through empty thunks %s, watched %s\n",
              Seconds(ratio.b_seconds).c_str(), Seconds(floor.a_seconds).c_str(),
              Seconds(ratio.a_seconds).c_str());
}

void OneCall(const Bench& bench) {
  constexpr int kCalls = 2'000'000;
  const v8::HandleScope scope(bench.isolate);
  const v8::Local<v8::Value> object = v8::Object::New(bench.isolate);
  int64_t arrays = 0;
  const Ways ways = WaysOf(kCalls, [&] {
    for (int i = 0; i < kCalls; ++i) arrays += object->IsArray() ? 1 : 0;
  });
  const Ratio ratio = Compare(kTurns, ways.watched, ways.empty);
  const double more = (ratio.a_seconds - ratio.b_seconds) * 1e9;
  char text[64];
  std::snprintf(text, sizeof text, "%.1f ns", more);
  PrintRow("a call with one handle, beyond an empty thunk", text, "<= 10 ns", more <= 10);
  std::printf("  through an empty thunk / bare: %s\n", Text(Compare(kTurns, ways.empty, ways.bare)).c_str());
  if (arrays != 0) std::puts("IsArray is wrong");
}

void Properties(const Bench& bench) {
  constexpr int kLoops = 100'000;
  const v8::HandleScope scope(bench.isolate);
  const v8::Local<v8::Object> object = v8::Object::New(bench.isolate);
  const v8::Local<v8::String> name = engine::Text(bench.isolate, "count");
  const Ways ways = WaysOf(kLoops, [&] {
    for (int i = 0; i < kLoops; ++i) {
      const v8::HandleScope each(bench.isolate);
      object->Set(bench.context, name, v8::Integer::New(bench.isolate, i)).Check();
      object->Get(bench.context, name).ToLocalChecked();
    }
  });
  const Ratio ratio = Compare(kTurns, ways.watched, ways.bare);
  PrintRow("property set and get in a scope, watched / bare", Text(ratio), "<= 2", ratio.median <= 2);
  Scale(ways, ratio);
}

void Scopes(const Bench& bench, int handles) {
  constexpr int kLoops = 200'000;
  const v8::HandleScope scope(bench.isolate);
  const Ways ways = WaysOf(kLoops, [&] {
    for (int i = 0; i < kLoops; ++i) {
      const v8::HandleScope each(bench.isolate);
      for (int made = 0; made < handles; ++made) v8::Integer::New(bench.isolate, made);
    }
  });
  std::printf("  a scope with %d handles, watched / bare: %s\n", handles,
              Text(Compare(kTurns, ways.watched, ways.bare)).c_str());
}

// As scenarios/escape: JavaScript calls native code, which keeps a promise and settles it later.
void Promises(const Bench& bench) {
  constexpr int kPromises = 20'000;
  const v8::HandleScope scope(bench.isolate);
  std::vector<v8::Global<v8::Promise::Resolver>> kept;
  const auto later = [](const v8::FunctionCallbackInfo<v8::Value>& info) {
    v8::Isolate* isolate = info.GetIsolate();
    const auto resolver =
        v8::Promise::Resolver::New(isolate->GetCurrentContext()).ToLocalChecked();
    auto* list = static_cast<std::vector<v8::Global<v8::Promise::Resolver>>*>(
        info.Data().As<v8::External>()->Value());
    list->emplace_back(isolate, resolver);
    info.GetReturnValue().Set(resolver->GetPromise());
  };
  const v8::Local<v8::Function> function =
      v8::Function::New(bench.context, later, v8::External::New(bench.isolate, &kept))
          .ToLocalChecked();
  bench.context->Global()->Set(bench.context, engine::Text(bench.isolate, "later"), function).Check();
  engine::RunScript(bench.context,
                    "async function work(i) { let s = 0; for (let k = 0; k < 50; ++k) s += k * i;\n"
                    "  return s + await later(); }")
      .ToLocalChecked();
  const auto work =
      engine::FunctionOf(bench.context, bench.context->Global(), "work").ToLocalChecked();
  const Ways ways = WaysOf(kPromises, [&] {
    for (int i = 0; i < kPromises; ++i) {
      const v8::HandleScope each(bench.isolate);
      v8::Local<v8::Value> argument = v8::Integer::New(bench.isolate, i);
      work->Call(bench.context, bench.context->Global(), 1, &argument).ToLocalChecked();
      if (kept.size() < 10) continue;
      for (const auto& resolver : kept) {
        resolver.Get(bench.isolate)->Resolve(bench.context, argument).Check();
      }
      kept.clear();
      bench.isolate->PerformMicrotaskCheckpoint();
    }
  });
  const Ratio ratio = Compare(kTurns, ways.watched, ways.bare);
  PrintRow("promises kept by native code, watched / bare", Text(ratio), "<= 1.3", ratio.median <= 1.3);
  Scale(ways, ratio);
}

int Run() {
  engine::ExecutableEngine engine(HANDRAIL_ENGINE_ID, engine::PlatformThreads::kNone, "");
  v8::Isolate* isolate = engine.NewIsolate({});
  {
    const v8::Isolate::Scope entered(isolate);
    const v8::HandleScope scope(isolate);
    const v8::Local<v8::Context> context = v8::Context::New(isolate);
    const v8::Context::Scope in(context);
    const Bench bench{isolate, context};
    OneCall(bench);
    Properties(bench);
    Promises(bench);
    for (const int handles : {0, 1, 8}) Scopes(bench, handles);
  }
  engine.Dispose(isolate);
  return 0;
}

}  // namespace
}  // namespace handrail

int main() { return handrail::Run(); }
