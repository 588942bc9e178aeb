// A completion that comes when the isolate is gone.
//
// Story: an engine is stopped while the thread pool still works for it. The loop, which serves
// the rest of the program, later runs the completion: it enters an isolate that was disposed.
// Who: hosts whose event loop outlives their engines: tests, plugins, hot restarts. Node waits
// for the requests of its own environments; uv_queue_work alone knows of none.
// Rule: a request cannot be called back once it runs, so that its completion has to know whether
// its isolate is still there. A Task asks its environment, and counts what came too late.
// Seen: signals; how many tasks were completed or counted, against how many there were.
// Reference: neon_rfc_promise_taskbuilder (`TaskBuilder::and_then`)
#include <latch>
#include <memory>
#include <optional>

#include "harness/embed/task.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Environment;
using embed::Turn;

struct Program {
  Trial& trial;
  embed::EventLoop loop{};
  std::latch go{1};       // execute waits for it
  int64_t accounted = 0;  // completions run or known to be lost
};

// A strategy starts a task, and may do something before its environment is closed. Lost says how
// many completions it knows to have come too late.

struct TaskAsksEnvironment {
  void Start(Program& program, Environment& environment) {
    embed::Task(environment, [&] { program.go.wait(); }).AndThen([&](Turn&) {
      ++program.accounted;
    });
  }
  void BeforeClose(Program&) {}
  int64_t Lost(const Environment& environment) { return environment.totals().tasks_lost; }
};

struct LoopRunBefore : TaskAsksEnvironment {
  void BeforeClose(Program& program) {
    program.go.count_down();
    program.loop.Run();
  }
};

// By hand: a request that shares a flag with the engine.
struct FlagLookedAt {
  struct Request {
    Program& program;
    v8::Isolate* isolate;
    std::shared_ptr<bool> open;
    uv_work_t work{};
  };
  std::shared_ptr<bool> open = std::make_shared<bool>(true);

  void Start(Program& program, Environment& environment, uv_after_work_cb after = After) {
    auto* request = new Request{program, environment.isolate(), open};
    request->work.data = request;
    const auto execute = [](uv_work_t* work) {
      static_cast<Request*>(work->data)->program.go.wait();
    };
    uv_queue_work(program.loop.get(), &request->work, execute, after);
  }
  static void After(uv_work_t* work, int) {
    const std::unique_ptr<Request> request(static_cast<Request*>(work->data));
    ++request->program.accounted;
    if (!*request->open) return;
    const v8::HandleScope scope(request->isolate);
  }
  void BeforeClose(Program&) { *open = false; }
  int64_t Lost(const Environment&) { return 0; }
};

struct IsolateEntered : FlagLookedAt {
  void Start(Program& program, Environment& environment) {
    FlagLookedAt::Start(program, environment, After);
  }
  static void After(uv_work_t* work, int) {
    const std::unique_ptr<Request> request(static_cast<Request*>(work->data));
    request->program.trial.Reached();
    if (!*request->open) request->program.trial.Triggered();  // the isolate is disposed
    const v8::Isolate::Scope entered(request->isolate);
    const v8::HandleScope scope(request->isolate);
    v8::Context::New(request->isolate);
  }
};

template <class Strategy>
void Run(Trial& trial) {
  for (int64_t i = 0; i < trial.size(); ++i) {
    Program program{trial};
    Strategy strategy;
    std::optional<Environment> environment;
    {
      const OwnedIsolate isolate(trial);
      const v8::HandleScope scope(isolate.get());
      v8::Local<v8::Context> context = v8::Context::New(isolate.get());
      const v8::Context::Scope entered(context);
      environment.emplace(isolate.get(), context, program.loop.get());
      strategy.Start(program, *environment);
      strategy.BeforeClose(program);
      environment->Close();
    }
    if (!program.go.try_wait()) program.go.count_down();
    program.loop.Run();
    trial.oracle().Count("tasks completed or counted as lost",
                         program.accounted + strategy.Lost(*environment), 1);
    trial.Step();
  }
}

}  // namespace

Scenario TaskAfterTeardown() {
  return Scenario("task/after-teardown")
      .Title("a task's completion comes when the isolate is gone")
      .Story(
          "An engine is stopped while the thread pool works for it. The completion then enters an "
          "isolate that was disposed.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({1, 10}, 12, 3000)
      .Correct<TaskAsksEnvironment>("task-lost", Run<TaskAsksEnvironment>,
                                    "a Task: not completed, counted as lost")
      .Correct<LoopRunBefore>("loop-run-before", Run<LoopRunBefore>,
                              "the loop runs until its tasks are done, then the isolate ends")
      .Correct<FlagLookedAt>("flag-looked-at", Run<FlagLookedAt>,
                             "uv_queue_work: a flag says whether the isolate is there")
      .Broken<IsolateEntered>("isolate-entered", Run<IsolateEntered>,
                              "uv_queue_work: the completion enters the isolate it began with")
      .Gives(kCrash);
}

}  // namespace handrail
