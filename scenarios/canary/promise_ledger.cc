// The promise ledger's own canaries: each thing that it must see, and correct code that it must
// leave alone, with every source of its knowledge switched on.
//
// Hidden from ordinary runs. They are small on purpose: the deferred/ scenarios tell the stories.
#include <optional>
#include <thread>

#include "harness/embed/deferred.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Deferred;
using embed::Settlement;

// What a strategy is given: a promise with one reaction that waits, known to JavaScript as `p`.
struct Program {
  explicit Program(Trial& trial)
      : trial(trial),
        host(std::in_place, trial, embed::EnvironmentOptions{.promises = trial.ledger()}) {
    trial.ledger()->Watch(host->isolate(), {.reactions = true, .handled_later = true});
    embed::PromiseAndDeferred made = MakePromise(host->environment());
    promise = made.promise;
    deferred = std::move(made.deferred);
    host->context()->Global()->Set(host->context(), host->Text("p"), promise).Check();
  }
  ~Program() { Close(); }
  void Close() {
    if (!host) return;
    host->environment().Close();
    trial.ledger()->Unwatch(host->isolate());
    host.reset();
  }
  void React() { host->Script("ran = 0; p.then(() => { ++ran; }, () => { ++ran; }); 1"); }
  int64_t Ran() { return host->Script("ran").As<v8::Integer>()->Value(); }
  void Checkpoint() { host->isolate()->PerformMicrotaskCheckpoint(); }
  v8::Local<v8::Value> Value() { return host->Text("value"); }

  Trial& trial;
  std::optional<EmbedHost> host;
  v8::Local<v8::Promise> promise;
  Deferred deferred;
};

struct Clean {
  static void Do(Program& p) {
    p.React();
    p.deferred.Resolve(p.Value());
    p.Checkpoint();
    p.trial.oracle().Count("reactions", p.Ran(), 1);
  }
};

struct SettledTwice {
  static void Do(Program& p) {
    p.deferred.Resolve(p.Value());
    p.trial.Reached();
    if (p.deferred.Reject(p.Value()) == Settlement::kAlready) p.trial.Triggered();
  }
};

struct LeftOver {
  static void Do(Program& p) {
    p.trial.Reached();
    if (p.promise->State() == v8::Promise::kPending) p.trial.Triggered();
    p.Close();
  }
};

struct Destroyed {
  static void Do(Program& p) {
    p.React();
    p.trial.Reached();
    { const Deferred forgotten = std::move(p.deferred); }
    p.host->environment().Settle();
    if (p.promise->State() == v8::Promise::kRejected) p.trial.Triggered();
  }
};

struct OtherThread {
  static void Do(Program& p) {
    Settlement answer = Settlement::kSettled;
    p.trial.Reached();
    std::thread([&] { answer = p.deferred.Resolve({}); }).join();
    if (answer == Settlement::kWrongThread) p.trial.Triggered();
    p.deferred.Resolve(p.Value());
  }
};

struct AfterClose {
  static void Do(Program& p) {
    p.host->environment().Close();
    p.trial.Reached();
    if (p.deferred.Resolve(p.Value()) == Settlement::kGone) p.trial.Triggered();
  }
};

struct NotHandled {
  static void Do(Program& p) {
    p.trial.Reached();
    p.deferred.Reject(p.Value());
    p.Checkpoint();
    if (!p.promise->HasHandler()) p.trial.Triggered();
  }
};

struct HandledLate {
  static void Do(Program& p) {
    p.trial.Reached();
    p.deferred.Reject(p.Value());
    if (!p.promise->HasHandler()) p.trial.Triggered();
    p.React();
    p.Checkpoint();
  }
};

struct NoCheckpoint {
  static void Do(Program& p) {
    p.React();
    p.trial.Reached();
    p.deferred.Resolve(p.Value());
    if (p.Ran() == 0) p.trial.Triggered();
    p.trial.ledger()->Unwatch(p.host->isolate());  // Close runs what is left
  }
};

template <class Policy>
void Run(Trial& trial) {
  Program program(trial);
  Policy::Do(program);
}

}  // namespace

Scenario CanaryPromiseLedger() {
  return Scenario("canary/promise-ledger")
      .Title("what the promise ledger must see, and what it must leave alone")
      .Story("One promise of native code, in every way in which it can go wrong.")
      .Sizes({1}, 15, 0)
      .Correct<Clean>("clean", Run<Clean>, "settled once, and its reaction runs")
      .Broken<SettledTwice>("settled-twice", Run<SettledTwice>, "resolved, then rejected")
      .Gives({"PR010"})
      .Broken<LeftOver>("left-over", Run<LeftOver>, "kept until the environment closes")
      .Gives({"PR011"})
      .Broken<Destroyed>("destroyed-unsettled", Run<Destroyed>, "its Deferred is forgotten")
      .Gives({"PR012"})
      .Broken<OtherThread>("other-thread", Run<OtherThread>, "resolved by another thread first")
      .Gives({"PR013"})
      .Broken<AfterClose>("after-close", Run<AfterClose>, "resolved when all is over")
      .Gives({"PR014"})
      .May({"PR011"})
      .Broken<NotHandled>("not-handled", Run<NotHandled>, "rejected, and nobody listens")
      .Gives({"PR015"})
      .Broken<HandledLate>("handled-late", Run<HandledLate>, "rejected before somebody listens")
      .Gives({"PR016"})
      .Broken<NoCheckpoint>("no-checkpoint", Run<NoCheckpoint>,
                            "resolved, and no checkpoint follows")
      .Gives({"PR017"});
}

}  // namespace handrail
