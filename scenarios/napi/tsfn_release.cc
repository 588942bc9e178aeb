// A thread-safe function that is never released: the program has done its work and does not exit.
//
// Story: an addon hands items from a thread of its own to JavaScript. All of them arrive, the thread
// ends, and the shell prompt never comes back; a service does not restart, a test runner hangs.
// Who: whoever reads initial_thread_count as "the threads I start", and counts the one that creates
// the function too, or releases on the way of success only.
// Rule: the function is open, and keeps Node's loop alive, until it was released as often as
// initial_thread_count and napi_acquire_threadsafe_function say, or aborted.
// Seen: at the time limit Node's loop is asked what keeps it alive.
// Not seen yet: which function it is, and who should have released it.
// Reference: neon_rfc_threadsafe_handles; Node-API, "Asynchronous thread-safe function calls"
#include <thread>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

constexpr size_t kThreads = 2;  // the producer, and the main thread that creates the function

// The strategies: what the main thread does with its own count once the producer is started.

struct BothRelease {
  static void MainIsDone(Trial&, napi_threadsafe_function send) {
    napi_release_threadsafe_function(send, napi_tsfn_release);
  }
};

struct MainKeepsItsCount {
  static void MainIsDone(Trial& trial, napi_threadsafe_function) { trial.Reached(); }
};

struct Addon {
  Trial& trial;
  std::thread producer{};
  int64_t arrived = 0;
  bool finalized = false;
};

void Produce(napi_threadsafe_function send, int64_t items) {
  for (int64_t i = 0; i < items; ++i) {
    napi_call_threadsafe_function(send, nullptr, napi_tsfn_blocking);
  }
  napi_release_threadsafe_function(send, napi_tsfn_release);
}

void OnItem(napi_env env, napi_value, void* context, void*) {
  Addon& addon = *static_cast<Addon*>(context);
  addon.trial.Step();
  if (++addon.arrived < addon.trial.size()) return;
  addon.producer.join();  // from here on nobody is left who would call the function
  napi::AfterTurns(env, 10, [&addon] {
    if (!addon.finalized) addon.trial.Triggered();
  });
}

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  auto& addon = napi::Install<Addon>(env, trial);
  napi_threadsafe_function send;
  napi::Ok(napi_create_threadsafe_function(
      env, nullptr, nullptr, napi::Text(env, "items"), 0, kThreads, nullptr,
      [](napi_env, void*, void* context) { static_cast<Addon*>(context)->finalized = true; },
      &addon, OnItem, &send));
  addon.producer = std::thread(Produce, send, trial.size());
  Strategy::MainIsDone(trial, send);
}

}  // namespace

Scenario NapiTsfnRelease() {
  return Scenario("napi/tsfn-release")
      .Title("a thread-safe function that is never released keeps Node from exiting")
      .Story("An addon hands items from its thread to JavaScript. All of them arrive, and the "
             "process never ends.")
      .Reference("neon_rfc_threadsafe_handles")
      .InNode()
      .Sizes({10, 1000}, 5, 10)
      .Correct<BothRelease>("both-release", Run<BothRelease>, "each side releases its own count")
      .Broken<MainKeepsItsCount>("main-keeps-its-count", Run<MainKeepsItsCount>,
                                 "only the producer releases, the main thread forgets its own")
      .Gives({"PX020"})
      .May({"PX003"})
      .TimeLimit(2000);
}

}  // namespace handrail
