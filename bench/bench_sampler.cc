// What looking costs: one heap sample, and the growth loop of the heap experiment with a sample every
// 1,000 iterations against the same loop without.
#include <cstdio>
#include <vector>

#include "bench/ratio.h"
#include "harness/engine/executable_engine.h"
#include "harness/engine/script.h"
#include "harness/observe/heap_sampler.h"

namespace handrail {
namespace {

constexpr int kTurns = 15;
constexpr int64_t kIterations = 200'000;
constexpr int kSamples = 20'000;
constexpr int64_t kEvery = 1'000;

// The document's async loop, with its vector of pending promises and a scope for each iteration.
class GrowthLoop {
 public:
  explicit GrowthLoop(v8::Isolate* isolate) : isolate_(isolate), context_(v8::Context::New(isolate)) {
    const v8::Context::Scope entered(context_);
    main_ = engine::RunScript(context_, "(async () => { return 'hello world' })")
                .ToLocalChecked()
                .As<v8::Function>();
  }

  template <class Tick>
  double Run(const Tick& tick) {
    const v8::Context::Scope entered(context_);
    return CpuTime(1, [&] {
      for (int64_t i = 0; i < kIterations; ++i) {
        const v8::HandleScope scope(isolate_);
        v8::Local<v8::Value> result =
            main_->Call(context_, context_->Global(), 0, nullptr).ToLocalChecked();
        pending_.emplace_back(isolate_, result.As<v8::Promise>());
        isolate_->PerformMicrotaskCheckpoint();
        std::erase_if(pending_, [this](const v8::Global<v8::Promise>& promise) {
          return promise.Get(isolate_)->State() != v8::Promise::kPending;
        });
        tick(i);
      }
    });
  }

 private:
  v8::Isolate* isolate_;
  v8::Local<v8::Context> context_;
  v8::Local<v8::Function> main_;
  std::vector<v8::Global<v8::Promise>> pending_;
};

void SampleCost(v8::Isolate* isolate, bool pss, bool judged) {
  SamplerOptions options;
  options.pss = pss;
  HeapSampler sampler(isolate, options, [](const Sample&) {});
  const int count = pss ? kSamples / 20 : kSamples;
  std::vector<double> costs;
  const auto samples = [&] {
    return CpuTime(count, [&] {
      for (int i = 0; i < count; ++i) sampler.Take(i, kEndOfRound);  // reads RSS afresh
    });
  };
  const Ratio cost = Compare(kTurns, samples, [] { return 1.0; });
  if (judged) {
    PrintRow("one sample, without PSS", Seconds(cost.a_seconds), "<= 2 us", cost.a_seconds <= 2e-6);
  } else {
    std::printf("  with PSS: %s\n", Seconds(cost.a_seconds).c_str());
  }
}

int Run() {
  engine::ExecutableEngine engine(HANDRAIL_ENGINE_ID, engine::PlatformThreads::kNone, "");
  v8::Isolate* isolate = engine.NewIsolate({});
  {
    const v8::Isolate::Scope entered(isolate);
    const v8::HandleScope scope(isolate);
    GrowthLoop loop(isolate);
    SamplerOptions options;
    options.every_iterations = kEvery;
    int64_t taken = 0;
    const auto with = [&] {
      HeapSampler sampler(isolate, options, [&taken](const Sample&) { ++taken; });
      return loop.Run([&](int64_t i) { sampler.Tick(i); });
    };
    const auto without = [&] { return loop.Run([](int64_t) {}); };
    const Ratio ratio = Compare(kTurns, with, without);
    SampleCost(isolate, false, true);
    SampleCost(isolate, true, false);
    PrintRow("growth loop with a sample every 1,000 / without", Text(ratio), "<= 1.02",
             ratio.median <= 1.02);
    std::printf("  an iteration takes %s; %lld samples were taken\n",
                Seconds(ratio.b_seconds / kIterations).c_str(), static_cast<long long>(taken));
  }
  engine.Dispose(isolate);
  return 0;
}

}  // namespace
}  // namespace handrail

int main() { return handrail::Run(); }
