// Promises settled from native code, and when their handlers run.
//
// Story: a promise is resolved, its state says so, and the code after the `await` does not run:
// not now, not later, or only when something else happens to run JavaScript.
// Who: embedders who come from another policy: what Auto did by itself, Explicit leaves to them;
// and whoever settles inside a microtask and wants to see the effect on the next line.
// Rule: handlers run at a microtask checkpoint. kAuto: whenever the last call into V8 returns.
// kScoped: when the outermost MicrotasksScope closes. kExplicit: when PerformMicrotaskCheckpoint
// is called. None while a checkpoint is running already: a call in a microtask does nothing.
// Seen: handlers that ran, against promises that were settled.
// Reference: neon_rfc_promise_taskbuilder; V8's MicrotasksPolicy
#include "harness/embed/deferred.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Deferred;
using embed::MakePromise;
using v8::MicrotasksPolicy;

// A strategy settles, under its policy, a promise that a handler waits for.

struct Auto {
  static constexpr auto kPolicy = MicrotasksPolicy::kAuto;
  static void Settle(Trial&, EmbedHost& host, Deferred deferred) {
    deferred.Resolve(host.Text("answer"));
  }
};

struct ScopedInScope {
  static constexpr auto kPolicy = MicrotasksPolicy::kScoped;
  static void Settle(Trial&, EmbedHost& host, Deferred deferred) {
    const v8::MicrotasksScope scope(host.isolate(), host.context()->GetMicrotaskQueue(),
                                    v8::MicrotasksScope::kRunMicrotasks);
    deferred.Resolve(host.Text("answer"));
  }
};

struct ExplicitWithCheckpoint {
  static constexpr auto kPolicy = MicrotasksPolicy::kExplicit;
  static void Settle(Trial&, EmbedHost& host, Deferred deferred) {
    deferred.Resolve(host.Text("answer"));
    host.isolate()->PerformMicrotaskCheckpoint();
  }
};

// A microtask that settles: its handlers run in the checkpoint that runs it.
struct InsideAMicrotask {
  static constexpr auto kPolicy = MicrotasksPolicy::kExplicit;
  EmbedHost& host;
  Deferred deferred;
  static void Run(void* data) {
    auto* self = static_cast<InsideAMicrotask*>(data);
    const v8::HandleScope scope(self->host.isolate());
    self->deferred.Resolve(self->host.Text("answer"));
  }
  static void Settle(Trial&, EmbedHost& host, Deferred deferred) {
    InsideAMicrotask task{host, std::move(deferred)};
    host.isolate()->EnqueueMicrotask(Run, &task);
    host.isolate()->PerformMicrotaskCheckpoint();
  }
};

struct ScopedWithoutScope {
  static constexpr auto kPolicy = MicrotasksPolicy::kScoped;
  static void Settle(Trial& trial, EmbedHost& host, Deferred deferred) {
    trial.Reached();
    deferred.Resolve(host.Text("answer"));
    if (v8::MicrotasksScope::GetCurrentDepth(host.isolate()) == 0) trial.Triggered();
  }
};

struct ExplicitWithout {
  static constexpr auto kPolicy = MicrotasksPolicy::kExplicit;
  static void Settle(Trial& trial, EmbedHost& host, Deferred deferred) {
    trial.Reached();
    trial.Triggered();  // nothing that follows is a checkpoint
    deferred.Resolve(host.Text("answer"));
  }
};

// JavaScript that was called by JavaScript in a microtask asks for the effect at once.
struct CheckpointInAMicrotask {
  static constexpr auto kPolicy = MicrotasksPolicy::kExplicit;
  Trial& trial;
  EmbedHost& host;
  Deferred deferred;
  static void Run(void* data) {
    auto* self = static_cast<CheckpointInAMicrotask*>(data);
    const v8::HandleScope scope(self->host.isolate());
    const int64_t before = Handled(self->host);
    self->deferred.Resolve(self->host.Text("answer"));
    self->trial.Reached();
    self->host.isolate()->PerformMicrotaskCheckpoint();
    const int64_t now = Handled(self->host);
    if (now == before) self->trial.Triggered();
    self->trial.oracle().Count("handlers run at the checkpoint", now - before, 1);
  }
  static int64_t Handled(EmbedHost& host);
  static void Settle(Trial& trial, EmbedHost& host, Deferred deferred) {
    CheckpointInAMicrotask task{trial, host, std::move(deferred)};
    host.isolate()->EnqueueMicrotask(Run, &task);
    host.isolate()->PerformMicrotaskCheckpoint();
  }
};

constexpr const char* kProgram =
    "globalThis.handled = 0; (promise) => { promise.then(() => { ++handled; }); }";

int64_t Read(EmbedHost& host) {
  return host.context()
      ->Global()
      ->Get(host.context(), host.Text("handled"))
      .ToLocalChecked()
      .As<v8::Number>()
      ->IntegerValue(host.context())
      .FromMaybe(-1);
}
int64_t CheckpointInAMicrotask::Handled(EmbedHost& host) { return Read(host); }

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial, {.promises = trial.ledger()});
  auto wait_for = host.Script(kProgram).As<v8::Function>();
  host.isolate()->SetMicrotasksPolicy(Strategy::kPolicy);
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    auto [deferred, promise] = MakePromise(host.environment());
    v8::Local<v8::Value> argument = promise;
    {
      const v8::MicrotasksScope none(host.isolate(), host.context()->GetMicrotaskQueue(),
                                     v8::MicrotasksScope::kDoNotRunMicrotasks);
      wait_for->Call(host.context(), argument, 1, &argument).ToLocalChecked();
    }
    Strategy::Settle(trial, host, std::move(deferred));
    trial.oracle().Count("handlers run after so many promises", Read(host), i + 1);
    trial.Step();
  }
  host.isolate()->SetMicrotasksPolicy(MicrotasksPolicy::kExplicit);
}

}  // namespace

Scenario MicrotaskPolicy() {
  return Scenario("deferred/microtask-policy")
      .Title("when the handlers of a settled promise run")
      .Story(
          "Native code settles a promise, and what waits for it does not go on: nobody ran the "
          "microtasks.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 100}, 12, 10)
      .Correct<Auto>("auto", Run<Auto>, "kAuto: V8 runs them when the call returns")
      .Correct<ScopedInScope>("scoped-in-scope", Run<ScopedInScope>,
                              "kScoped: in a MicrotasksScope")
      .Correct<ExplicitWithCheckpoint>("explicit-with-checkpoint", Run<ExplicitWithCheckpoint>,
                                       "kExplicit: a checkpoint afterwards")
      .Correct<InsideAMicrotask>("inside-a-microtask", Run<InsideAMicrotask>,
                                 "settled by a microtask: the same checkpoint runs them")
      .Broken<ScopedWithoutScope>("scoped-without-scope", Run<ScopedWithoutScope>,
                                  "kScoped, and no MicrotasksScope")
      .Gives({"PX002"}, kCheckedV8)
      .Gives({"PX011"})
      .Broken<ExplicitWithout>("explicit-without", Run<ExplicitWithout>,
                               "kExplicit, and no checkpoint")
      .Gives({"PX011"})
      .Broken<CheckpointInAMicrotask>("checkpoint-in-a-microtask", Run<CheckpointInAMicrotask>,
                                      "a checkpoint asked for inside one does nothing")
      .Gives({"PX011"});
}

}  // namespace handrail
