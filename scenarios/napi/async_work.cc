// A napi_async_work that is deleted while it runs, and an execute that does what only complete may.
//
// Story: an addon gives work to Node's thread pool. A request is abandoned, its work is deleted, and
// Node dies a moment later, in a stack without a frame of the addon's.
// Who: whoever deletes the work in the destructor of the request, or wants "just one string" of
// JavaScript in execute.
// Rule: napi_delete_async_work frees the work that the thread pool still has in its hands: delete it
// in complete, which is called after a cancellation too. Execute runs on another thread and may make
// no call that takes a napi_env.
// Seen: the crash; a result that is not there (oracle).
// Seen with quarantine: the call itself, before it does harm.
// Reference: neon_rfc_promise_taskbuilder; Node-API, "Simple asynchronous operations"
#include <latch>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

struct Job {
  Trial& trial;
  napi_async_work work = nullptr;
  std::latch running{1};   // execute has begun
  std::latch may_end{1};   // the main thread has done what it wanted to do meanwhile
  int64_t result = 0;
};

// The strategies.

struct DeletedInComplete {
  static void Meanwhile(Job&) {}
  static void Execute(napi_env, Job& job) { job.result = 42; }
  static void Complete(napi_env env, Job& job) { napi_delete_async_work(env, job.work); }
};

struct CancelledAndDeletedInComplete : DeletedInComplete {
  static void Meanwhile(Job& job) { napi_cancel_async_work(job.trial.napi(), job.work); }
};

struct DeletedWhileRunning : DeletedInComplete {
  static void Meanwhile(Job& job) {
    job.trial.Reached();
    job.trial.Triggered();  // execute has begun and is held: the work is in use
    napi_delete_async_work(job.trial.napi(), job.work);
  }
  static void Complete(napi_env, Job&) {}
};

struct ScriptInExecute : DeletedInComplete {
  static void Execute(napi_env env, Job& job) {
    job.trial.Reached();
    job.trial.Triggered();  // this is a thread of the pool
    napi_value source = nullptr;
    napi_value value = nullptr;
    napi_create_string_utf8(env, "6 * 7", NAPI_AUTO_LENGTH, &source);
    napi_run_script(env, source, &value);
    napi_get_value_int64(env, value, &job.result);
  }
};

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  auto& job = napi::Install<Job>(env, trial);
  napi::Ok(napi_create_async_work(
      env, nullptr, napi::Text(env, "job"),
      [](napi_env env, void* data) {
        Job& job = *static_cast<Job*>(data);
        job.running.count_down();
        job.may_end.wait();
        Strategy::Execute(env, job);
      },
      [](napi_env env, napi_status, void* data) {
        Job& job = *static_cast<Job*>(data);
        job.trial.Step();
        job.trial.oracle().Count("result of the job", job.result, 42);
        Strategy::Complete(env, job);
      },
      &job, &job.work));
  napi::Ok(napi_queue_async_work(env, job.work));
  job.running.wait();
  Strategy::Meanwhile(job);
  job.may_end.count_down();
}

}  // namespace

Scenario NapiAsyncWork() {
  return Scenario("napi/async-work")
      .Title("napi_async_work deleted while it runs, or with JavaScript in its execute")
      .Story("An addon gives work to Node's thread pool. A request is abandoned and Node dies a "
             "moment later, in a stack without a frame of the addon's.")
      .Reference("neon_rfc_promise_taskbuilder")
      .InNode()
      .Sizes({1}, 5, 0)
      .Correct<DeletedInComplete>("deleted-in-complete", Run<DeletedInComplete>,
                                  "complete uses the result and deletes the work")
      .Correct<CancelledAndDeletedInComplete>(
          "cancelled-then-deleted-in-complete", Run<CancelledAndDeletedInComplete>,
          "cancelled too late, which is refused; complete deletes the work all the same")
      .Broken<DeletedWhileRunning>("deleted-while-running", Run<DeletedWhileRunning>,
                                   "the work is deleted while execute runs")
      .Gives({"PX001"})
      .With("quarantine", {"HD037"})
      .May({"HD033"})
      .Broken<ScriptInExecute>("script-in-execute", Run<ScriptInExecute>,
                               "execute runs a script on its own thread")
      .Gives({"HD012", "PX001"})  // whether a scope is open depends on what Node's thread does
      .May({"PX002"})
      .With("quarantine", {"IS006"});
}

}  // namespace handrail
