// The few steps between source text and a value that every program of ours takes: strings, modules,
// scripts, native functions. They return empty handles on failure and leave the exception pending,
// as V8 does. Require: the isolate is entered on this thread and a HandleScope is open.
#pragma once

#include <v8.h>

#include <string>
#include <string_view>

namespace handrail::engine {

v8::Local<v8::String> Text(v8::Isolate* isolate, std::string_view text);

// UTF-8 of any value, as JavaScript's String(value) gives it; "" when that throws.
std::string ToText(v8::Isolate* isolate, v8::Local<v8::Value> value);

// Compiles, instantiates and evaluates a module without imports; its namespace.
v8::MaybeLocal<v8::Object> LoadModule(v8::Local<v8::Context> context, std::string_view name,
                                      std::string_view source);

v8::MaybeLocal<v8::Value> RunScript(v8::Local<v8::Context> context, std::string_view source);

// The function `name` of `object`, empty when it is missing or no function.
v8::MaybeLocal<v8::Function> FunctionOf(v8::Local<v8::Context> context,
                                        v8::Local<v8::Object> object, std::string_view name);

// A context whose global object has the native function `name`, its callback data an External that
// holds `data` (UnwrapData gives it back in the callback).
v8::Local<v8::Context> ContextWithFunction(v8::Isolate* isolate, std::string_view name,
                                           v8::FunctionCallback callback, void* data);

void* UnwrapData(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace handrail::engine
