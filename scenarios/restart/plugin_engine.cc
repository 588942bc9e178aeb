#include "scenarios/restart/plugin_engine.h"

#include <string>

#include "harness/engine/script.h"

namespace handrail {
namespace {

constexpr const char* kPlugin =
    "let findings = 0;\n"
    "function on_transaction(url) { return `finding ${++findings} in ${url}`; }\n";

}  // namespace

Plugin::Plugin(v8::Isolate* isolate, v8::Local<v8::Context> context) : isolate_(isolate) {
  Load(context);
}

Plugin::Plugin(v8::Isolate* isolate) : isolate_(isolate) {
  const v8::HandleScope scope(isolate);
  Load(v8::Context::New(isolate));
}

void Plugin::Load(v8::Local<v8::Context> context) {
  const v8::Context::Scope entered(context);
  engine::RunScript(context, kPlugin).ToLocalChecked();
  context_.Reset(isolate_, context);
  on_transaction_.Reset(
      isolate_, engine::FunctionOf(context, context->Global(), "on_transaction").ToLocalChecked());
}

void Plugin::Serve(Trial& trial, int64_t transactions) {
  for (int64_t i = 0; i < transactions; ++i) {
    const v8::HandleScope scope(isolate_);
    v8::Local<v8::Context> context = context_.Get(isolate_);
    const v8::Context::Scope entered(context);
    const std::string url = "/page/" + std::to_string(served_);
    v8::Local<v8::Value> argument = engine::Text(isolate_, url);
    const v8::TryCatch failure(isolate_);
    v8::Local<v8::Value> answer;
    if (!on_transaction_.Get(isolate_)
             ->Call(context, context->Global(), 1, &argument)
             .ToLocal(&answer)) {
      answer = failure.Message()->Get();
    }
    const std::string count = std::to_string(++served_);
    trial.oracle().Text("answer of the plugin", engine::ToText(isolate_, answer),
                        "finding " + count + " in " + url);
    trial.Step();
  }
}

}  // namespace handrail
