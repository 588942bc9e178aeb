// The program of the multiple-promise document, which every scenario of this family runs: the native
// function `resolve_later`, its state behind an External, and the module that exports `doit`. How a
// resolver is kept is left to the strategy.
//
// Used on the isolate's thread with the isolate entered. Steps must come in the order below.
#pragma once

#include <v8.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "harness/scenario/scenario.h"

namespace handrail {

// The document's module.
inline constexpr const char* kDoit =
    "export async function doit() {\n"
    "  let value = await resolve_later();\n"
    "  return `Resolution Value = ${value}`;\n"
    "}\n";

class PromiseProgram {
 public:
  using Resolver = v8::Promise::Resolver;
  using Use = std::function<void(v8::Local<Resolver>)>;

  PromiseProgram(Trial& trial, v8::Isolate* isolate, const char* source = kDoit);
  virtual ~PromiseProgram() = default;

  // The strategy's: called inside resolve_later, whose scope is `scope`.
  virtual void Keep(v8::EscapableHandleScope& scope, int64_t id, v8::Local<Resolver> resolver) = 0;
  // The strategy's: hands the resolver that it kept under `id` to `use`.
  virtual void With(int64_t id, const Use& use) = 0;

  // Calls doit() so many times; each call makes an inner promise, ids counting up from 0, and an
  // outer one. All of them must be pending afterwards.
  void CallDoit(int64_t times);

  // One of these calls, in the scope that the caller has open: the outer promise.
  v8::Local<v8::Promise> CallDoitOnce();

  // The document's loop: the states of all resolvers' promises, read through what the strategy kept.
  void CountStates();

  // Settles all inner promises one at a time, each with its own value, in the seed's order. After
  // each step every inner and outer promise must be as the program meant it.
  void SettleAllInRandomOrder();
  void Settle(int64_t id);

  v8::Local<v8::Context> context() const { return context_; }
  v8::Local<v8::Value> Number(int64_t n) const {
    return v8::Number::New(isolate, static_cast<double>(n));
  }

  Trial& trial;
  v8::Isolate* const isolate;

 protected:
  PromiseShadow inner_;
  PromiseShadow outer_;
  std::vector<v8::Global<Resolver>> born_;  // the program's own test of what a handle should be

 private:
  static void ResolveLater(const v8::FunctionCallbackInfo<v8::Value>& info);
  void ReadBack(int64_t id, v8::Local<Resolver> resolver);

  v8::HandleScope scope_;  // of the whole program, as in the document's main()
  v8::Local<v8::Context> context_;
  std::optional<v8::Context::Scope> entered_;
  v8::Local<v8::Object> module_;
  v8::Local<v8::Function> doit_;
  int64_t next_id_ = 0;
};

}  // namespace handrail
