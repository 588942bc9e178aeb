// The program of root/counter: JavaScript with native counters, each of which calls it back. How
// counters are kept and counted up is left to the strategy, a class with
//
//   v8::Local<v8::Value> Make(EmbedHost&, v8::Local<v8::Function> callback);
//   Counter* Open(EmbedHost&, v8::Local<v8::Value> counter);
//   void Incr(Trial&, EmbedHost&, Counter&);
//   void Close(EmbedHost&, v8::Local<v8::Value> counter);
//
// Used on the isolate's thread.
#pragma once

#include "harness/embed/root.h"
#include "harness/engine/versions.h"
#include "scenarios/embed_host.h"

namespace handrail {

// The RFC's MyCounter.
struct Counter {
  embed::Root<v8::Function> callback;
  int32_t count = 0;
  bool in_use = false;
  char name[200] = "counter";  // a size of its own: what is deleted comes back as another counter

  void Call(EmbedHost& host) {
    v8::Local<v8::Value> number = v8::Integer::New(host.isolate(), count);
    v8::Local<v8::Function> function;
    if (!callback.Get().ToLocal(&function)) return;  // closed
    static_cast<void>(function->Call(host.context(), number, 1, &number).IsEmpty());
  }
};

// What JavaScript does: each gives the count that it found and the one that it must be.
inline constexpr const char* kAgain =
    "(make, incr, count, close) => {"
    "  let done = 0, inside = false;"
    "  const again = () => { if (inside) return; inside = true; try { incr(c); ++done } catch {} };"
    "  const c = make(again);"
    "  incr(c); ++done;"
    "  return [count(c), done]; }";
inline constexpr const char* kClosed =
    "(make, incr, count, close) => {"
    "  let other;"
    "  const c = make(() => { close(c); other = make(() => {}); });"
    "  incr(c);"
    "  return [count(other), 0]; }";

template <class Counters>
struct CounterProgram {
  Trial& trial;
  EmbedHost host{trial};
  Counters counters{};

  using Info = v8::FunctionCallbackInfo<v8::Value>;
  template <void (*Does)(CounterProgram&, const Info&)>
  v8::Local<v8::Value> Native() {
    const v8::FunctionCallback call = [](const Info& info) {
      Does(*static_cast<CounterProgram*>(engine::UnwrapData(info)), info);
    };
    return v8::Function::New(host.context(), call, engine::Wrap(host.isolate(), this))
        .ToLocalChecked();
  }
  static void Make(CounterProgram& p, const Info& info) {
    info.GetReturnValue().Set(p.counters.Make(p.host, info[0].As<v8::Function>()));
  }
  static void Incr(CounterProgram& p, const Info& info) {
    p.counters.Incr(p.trial, p.host, *p.counters.Open(p.host, info[0]));
  }
  static void Count(CounterProgram& p, const Info& info) {
    info.GetReturnValue().Set(p.counters.Open(p.host, info[0])->count);
  }
  static void Close(CounterProgram& p, const Info& info) { p.counters.Close(p.host, info[0]); }

  void Run(const char* script) {
    v8::Local<v8::Value> natives[] = {Native<Make>(), Native<Incr>(), Native<Count>(),
                                      Native<Close>()};
    v8::Local<v8::Value> value = host.Script(script);
    v8::Local<v8::Function> main = value.As<v8::Function>();
    value = main->Call(host.context(), main, 4, natives).ToLocalChecked();
    v8::Local<v8::Array> counts = value.As<v8::Array>();
    const auto at = [&](uint32_t i) {
      value = counts->Get(host.context(), i).ToLocalChecked();
      return value.As<v8::Int32>()->Value();
    };
    trial.oracle().Count("count", at(0), at(1));
  }
};

}  // namespace handrail
