// An addon that makes the mistake: it keeps promise resolvers as Locals in a map. Built against the
// installed guard by a test, which compares what it prints.
//   node -e 'require("./addon.node").later(7)'
#include <node.h>

#include <map>

#include "harness/guard/off_stack_guard.h"  // refuses a compiler or a V8 that it does not work with

namespace {

std::map<int, v8::Local<v8::Promise::Resolver>> waiting;

void Keep(int id, v8::Local<v8::Promise::Resolver> resolver) {
  waiting[id] = resolver;  // outlives the callback's scope
}

void Later(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
  v8::Local<v8::Promise::Resolver> resolver = v8::Promise::Resolver::New(context).ToLocalChecked();
  Keep(info[0]->Int32Value(context).FromJust(), resolver);
  info.GetReturnValue().Set(resolver->GetPromise());
}

}  // namespace

NODE_MODULE_INIT() { NODE_SET_METHOD(exports, "later", Later); }
