#include "scenarios/escape/promise_program.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "harness/engine/script.h"

namespace handrail {

PromiseProgram::PromiseProgram(Trial& t, v8::Isolate* i, const char* source)
    : trial(t),
      isolate(i),
      inner_(t.oracle(), i, "promise of resolve_later()"),
      outer_(t.oracle(), i, "promise of doit()"),
      scope_(i) {
  context_ = engine::ContextWithFunction(isolate, "resolve_later", ResolveLater, this);
  entered_.emplace(context_);
  module_ = engine::LoadModule(context_, "doit.mjs", source).ToLocalChecked();
  doit_ = engine::FunctionOf(context_, module_, "doit").ToLocalChecked();
}

void PromiseProgram::ResolveLater(const v8::FunctionCallbackInfo<v8::Value>& info) {
  auto& program = *static_cast<PromiseProgram*>(engine::UnwrapData(info));
  v8::EscapableHandleScope scope(program.isolate);
  v8::Local<Resolver> resolver = Resolver::New(program.context_).ToLocalChecked();
  const int64_t id = program.next_id_++;
  program.inner_.Born(id, resolver->GetPromise());
  program.born_.emplace_back(program.isolate, resolver);
  info.GetReturnValue().Set(resolver->GetPromise());
  program.Keep(scope, id, resolver);
}

v8::Local<v8::Promise> PromiseProgram::CallDoitOnce() {
  v8::Local<v8::Value> result = doit_->Call(context_, module_, 0, nullptr).ToLocalChecked();
  outer_.Born(outer_.size(), result.As<v8::Promise>());
  trial.Step();
  return result.As<v8::Promise>();
}

void PromiseProgram::CallDoit(int64_t times) {
  for (int64_t i = 0; i < times; ++i) {
    const v8::HandleScope scope(isolate);
    CallDoitOnce();
  }
  inner_.CheckAll();
  outer_.CheckAll();
}

// Asked before the handle is used: what comes after may not return.
void PromiseProgram::ReadBack(int64_t id, v8::Local<Resolver> resolver) {
  if (born_[static_cast<size_t>(id)] != resolver) trial.Triggered();
  inner_.ReadsBack(id, resolver);
}

void PromiseProgram::CountStates() {
  StateCount count;
  for (int64_t id = 0; id < inner_.size(); ++id) {
    const v8::HandleScope scope(isolate);
    With(id, [&](v8::Local<Resolver> resolver) {
      ReadBack(id, resolver);
      count.Add(resolver->GetPromise()->State());
    });
  }
  trial.oracle().States(count, inner_.Expected());
}

void PromiseProgram::Settle(int64_t id) {
  const v8::HandleScope scope(isolate);
  const std::string value = "value " + std::to_string(id);
  With(id, [&](v8::Local<Resolver> resolver) {
    ReadBack(id, resolver);
    inner_.Settles(id, PromiseState::kFulfilled, value);
    outer_.Settles(id, PromiseState::kFulfilled, "Resolution Value = " + value);
    resolver->Resolve(context_, engine::Text(isolate, value)).Check();
  });
  isolate->PerformMicrotaskCheckpoint();
  trial.Step();
  inner_.Check();
  outer_.Check();
}

void PromiseProgram::SettleAllInRandomOrder() {
  std::vector<int64_t> order(inner_.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), trial.random());
  for (const int64_t id : order) Settle(id);
  inner_.CheckAll();
  outer_.CheckAll();
}

}  // namespace handrail
