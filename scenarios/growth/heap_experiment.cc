#include "scenarios/growth/heap_experiment.h"

#include <algorithm>

#include "harness/engine/script.h"

namespace handrail {
namespace {

constexpr const char* kOutcome = "hello world";
constexpr int64_t kSamples = 100;  // in a trial, beside the rounds

// Until V8 has compiled main() for good: that costs 4 MB of resident memory once, at about the
// 6,000th call, which in a short trial would look like growth.
constexpr int kWarmUpCalls = 150'000;

v8::Local<v8::Object> Load(v8::Local<v8::Context> context, const char* source) {
  return engine::LoadModule(context, "main.mjs", source).ToLocalChecked();
}

}  // namespace

HeapExperiment::HeapExperiment(Trial& t, v8::Isolate* i, const char* source, int64_t iterations)
    : trial(t), isolate(i), scope_(i), context_(v8::Context::New(i)), iterations_(iterations) {
  entered_.emplace(context_);
  {
    const v8::HandleScope scope(isolate);
    module_.Reset(isolate, Load(context_, source));
  }
  namespace_ = module_.Get(isolate);
  main_ = engine::FunctionOf(context_, namespace_, "main").ToLocalChecked();
  WarmUp();
  handles_before_ = v8::HandleScope::NumberOfHandles(isolate);
  trial.Watch(isolate, {.every_iterations = std::max<int64_t>(iterations_ / kSamples, 1)});
}

HeapExperiment::~HeapExperiment() { trial.Unwatch(); }

bool HeapExperiment::More() {
  trial.sampler().Tick(done_);
  if (done_ >= (rounds_ + 1) * iterations_ / kRounds) {
    ++rounds_;
    trial.EndOfRound(done_);
  }
  if (done_ < iterations_ && !trial.StopRequested()) return true;
  const int64_t handles = v8::HandleScope::NumberOfHandles(isolate) - handles_before_;
  if (std::max(handles, kept_) >= done_) trial.Triggered();
  return false;
}

void HeapExperiment::WarmUp() {
  for (int i = 0; i < kWarmUpCalls; ++i) {
    const v8::HandleScope scope(isolate);
    main_->Call(context_, namespace_, 0, nullptr).ToLocalChecked();
  }
}

v8::Local<v8::Value> HeapExperiment::CallMain() {
  ++done_;
  trial.Step();
  return main_->Call(context_, namespace_, 0, nullptr).ToLocalChecked();
}

// In a scope of its own, so that looking leaves nothing behind in the strategy's.
void HeapExperiment::CheckOutcome(v8::Local<v8::Value> result) {
  const v8::HandleScope scope(isolate);
  if (result->IsPromise()) {
    trial.oracle().Is(isolate, result.As<v8::Promise>(), PromiseState::kFulfilled, kOutcome);
  } else {
    trial.oracle().Text("the result of main()", engine::ToText(isolate, result), kOutcome);
  }
}

}  // namespace handrail
