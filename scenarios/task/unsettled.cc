// A promise of a task that nobody settles.
//
// Story: a native function returns a promise and works on the thread pool. One in a thousand
// calls never comes back: its completion threw, or found that nobody was interested any more and
// returned.
// Who: after-work callbacks written against V8 or Node-API: an exception in them ends nothing
// but their own code, and the right to settle is lost with a `return`.
// Rule: a promise is settled by its resolver alone; V8 says nothing of one that is destroyed. A
// task rejects its promise with what its completion throws, and a Deferred that is dropped
// rejects.
// Seen: the promise's state at the end, V8's fatal error where the empty result is opened
// unlooked.
// Reference: neon_rfc_promise_taskbuilder (`TaskBuilder::promise`, "Catching panics")
#include "harness/embed/task.h"
#include "scenarios/task/bare_task.h"

namespace handrail {
namespace {

using embed::Turn;
using MaybeValue = v8::MaybeLocal<v8::Value>;

// The conversion to JavaScript that every completion here does, and which throws.
MaybeValue Convert(v8::Local<v8::Context> context) {
  return engine::RunScript(context, "throw new Error('no such record')");
}

// A strategy gives the promise of a task.

struct PromiseOfTask {
  static v8::Local<v8::Promise> Ask(Trial&, EmbedHost& host) {
    return embed::Task(host.environment(), [] {}).Promise([](Turn& turn) {
      return Convert(turn.context());
    });
  }
};

struct DeferredDropped {
  static v8::Local<v8::Promise> Ask(Trial&, EmbedHost& host) {
    auto [deferred, promise] = MakePromise(host.environment());
    embed::Task(host.environment(), [] {}).AndThen([deferred = std::move(deferred)](Turn&) {
      return;  // nobody is interested any more
    });
    return promise;
  }
};

struct ThrownInAndThen {
  static v8::Local<v8::Promise> Ask(Trial& trial, EmbedHost& host) {
    auto [deferred, promise] = MakePromise(host.environment());
    host.uncaught.clear();
    embed::Task(host.environment(), [] {
    }).AndThen([deferred = std::move(deferred)](Turn& turn) mutable {
      v8::Local<v8::Value> value;
      if (Convert(turn.context()).ToLocal(&value)) deferred.Resolve(value);
    });
    host.loop.Run();
    trial.oracle().Count("uncaught exceptions reported", static_cast<int64_t>(host.uncaught.size()),
                         1);
    return promise;
  }
};

struct ExceptionIgnored {
  static v8::Local<v8::Promise> Ask(Trial& trial, EmbedHost& host) {
    return BareTask::Start(host, [&](BareTask& task, v8::Local<v8::Context> context) {
      v8::Local<v8::Value> value;
      trial.Reached();
      if (!Convert(context).ToLocal(&value)) return trial.Triggered();
      task.resolver.Get(task.host.isolate())->Resolve(context, value).Check();
    });
  }
};

struct EmptyResultOpened {
  static v8::Local<v8::Promise> Ask(Trial& trial, EmbedHost& host) {
    return BareTask::Start(host, [&](BareTask& task, v8::Local<v8::Context> context) {
      MaybeValue value = Convert(context);
      trial.Reached();
      if (value.IsEmpty()) trial.Triggered();
      task.resolver.Get(task.host.isolate())->Resolve(context, value.ToLocalChecked()).Check();
    });
  }
};

struct ResultDropped {
  static v8::Local<v8::Promise> Ask(Trial& trial, EmbedHost& host) {
    return BareTask::Start(host, [&](BareTask&, v8::Local<v8::Context>) {
      trial.Reached();
      trial.Triggered();  // nobody is interested any more: the resolver goes with the task
    });
  }
};

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial);
  int64_t rejected = 0;
  for (int64_t i = 0; i < trial.size(); ++i) {
    const v8::HandleScope scope(host.isolate());
    v8::Local<v8::Promise> promise = Strategy::Ask(trial, host);
    promise->MarkAsHandled();
    host.loop.Run();
    host.environment().Settle();
    if (promise->State() == v8::Promise::kRejected) ++rejected;
    trial.Step();
  }
  trial.oracle().Count("promises rejected of those that were made", rejected, trial.size());
}

}  // namespace

Scenario UnsettledTask() {
  return Scenario("task/unsettled")
      .Title("a task's promise is settled by nobody")
      .Story(
          "The completion of a task throws, or returns early, and whoever awaits the task's "
          "promise waits for ever.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 100}, 15, 100)
      .Correct<PromiseOfTask>("promise-of-task", Run<PromiseOfTask>,
                              "Task::Promise: what the completion throws rejects it")
      .Correct<DeferredDropped>("deferred-dropped", Run<DeferredDropped>,
                                "a Deferred in the completion: dropped with it, it rejects")
      .Correct<ThrownInAndThen>("thrown-in-and-then", Run<ThrownInAndThen>,
                                "Task::AndThen: reported as uncaught, and the Deferred rejects")
      .Broken<ExceptionIgnored>("exception-ignored", Run<ExceptionIgnored>,
                                "uv_queue_work: an empty result, and nothing is settled")
      .Gives({"PX011"})
      .Broken<EmptyResultOpened>("empty-result-opened", Run<EmptyResultOpened>,
                                 "uv_queue_work: ToLocalChecked of the empty result")
      .Gives({"PX002"})
      .Broken<ResultDropped>("result-dropped", Run<ResultDropped>,
                             "uv_queue_work: the resolver is thrown away with the task")
      .Gives({"PX011"});
}

}  // namespace handrail
