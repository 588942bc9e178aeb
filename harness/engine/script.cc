#include "harness/engine/script.h"

#include "harness/engine/versions.h"

namespace handrail::engine {
namespace {

v8::MaybeLocal<v8::Module> NoImports(v8::Local<v8::Context> context,
                                     v8::Local<v8::String> specifier,
                                     v8::Local<v8::FixedArray> /*attributes*/,
                                     v8::Local<v8::Module> /*referrer*/) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  static_cast<void>(context);
  isolate->ThrowException(v8::Exception::Error(v8::String::Concat(
      isolate, Text(isolate, "imports are not supported here: "), specifier)));
  return {};
}

}  // namespace

v8::Local<v8::String> Text(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal,
                                 static_cast<int>(text.size()))
      .ToLocalChecked();
}

std::string ToText(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  const v8::String::Utf8Value utf8(isolate, value);
  return *utf8 != nullptr ? std::string(*utf8, utf8.length()) : std::string();
}

v8::MaybeLocal<v8::Object> LoadModule(v8::Local<v8::Context> context, std::string_view name,
                                      std::string_view source) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::ScriptCompiler::Source text(Text(isolate, source),
                                  ModuleOrigin(isolate, Text(isolate, name)));
  v8::Local<v8::Module> module;
  if (!v8::ScriptCompiler::CompileModule(isolate, &text).ToLocal(&module)) return {};
  if (!module->InstantiateModule(context, NoImports).FromMaybe(false)) return {};
  if (module->Evaluate(context).IsEmpty()) return {};
  if (module->GetStatus() != v8::Module::kEvaluated) {
    if (module->GetStatus() == v8::Module::kErrored) isolate->ThrowException(module->GetException());
    return {};
  }
  return module->GetModuleNamespace().As<v8::Object>();
}

v8::MaybeLocal<v8::Value> RunScript(v8::Local<v8::Context> context, std::string_view source) {
  v8::Local<v8::Script> script;
  if (!v8::Script::Compile(context, Text(v8::Isolate::GetCurrent(), source)).ToLocal(&script)) {
    return {};
  }
  return script->Run(context);
}

v8::MaybeLocal<v8::Function> FunctionOf(v8::Local<v8::Context> context,
                                        v8::Local<v8::Object> object, std::string_view name) {
  v8::Local<v8::Value> value;
  if (!object->Get(context, Text(v8::Isolate::GetCurrent(), name)).ToLocal(&value)) return {};
  if (!value->IsFunction()) return {};
  return value.As<v8::Function>();
}

v8::Local<v8::Context> ContextWithFunction(v8::Isolate* isolate, std::string_view name,
                                           v8::FunctionCallback callback, void* data) {
  v8::Local<v8::ObjectTemplate> global = v8::ObjectTemplate::New(isolate);
  global->Set(isolate, std::string(name).c_str(),
              v8::FunctionTemplate::New(isolate, callback, Wrap(isolate, data)));
  return v8::Context::New(isolate, nullptr, global);
}

void* UnwrapData(const v8::FunctionCallbackInfo<v8::Value>& info) { return Unwrap(info.Data()); }

}  // namespace handrail::engine
