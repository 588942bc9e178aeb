// A cleanup hook that outlives what it is to clean up.
//
// Story: the program has done its work and printed its answer, and dies of a signal on its way out;
// a test runner marks a green suite as failed.
// Who: whoever registers a hook for each session and deletes sessions earlier, when they are closed.
// Rule: a hook stays registered, and is called with its argument when Node tears the environment
// down, until napi_remove_env_cleanup_hook takes it out.
// Seen: the crash, after Node's loop has ended.
// Not seen yet: the forgotten hook, and a hook whose freed memory can still be read.
// Reference: Node-API, "Cleanup on exit of the current Node.js environment"
#include <array>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

// A block so large that the allocator gives it back to the system when it is freed: reading it later
// is a crash, and not a matter of luck.
struct Session {
  std::array<char, size_t{1} << 20> log{};
  size_t used = 0;
};

void Flush(void* data) {
  auto* session = static_cast<Session*>(data);
  session->log[session->used] = '\n';
  delete session;
}

// The strategies: a session is closed while the program goes on.

struct HookRemoved {
  static void Close(Trial& trial, Session* session) {
    napi_remove_env_cleanup_hook(trial.napi(), Flush, session);
    Flush(session);
  }
};

struct LeftToTheHook {
  static void Close(Trial&, Session*) {}
};

struct HookForgotten {
  static void Close(Trial& trial, Session* session) {
    trial.Reached();
    Flush(session);
    trial.Triggered();  // it is gone, and the hook that will be called with it is not
  }
};

template <class Strategy>
void Run(Trial& trial) {
  for (int64_t i = 0; i < trial.size(); ++i) {
    auto* session = new Session();
    napi::Ok(napi_add_env_cleanup_hook(trial.napi(), Flush, session));
    Strategy::Close(trial, session);
    trial.Step();
  }
}

}  // namespace

Scenario NapiCleanupHook() {
  return Scenario("napi/cleanup-hook")
      .Title("a cleanup hook outlives what it is to clean up")
      .Story("The program has printed its answer, and dies of a signal on its way out.")
      .Reference("Node-API, Cleanup on exit of the current Node.js environment")
      .InNode()
      .Sizes({1}, 5, 0)
      .Correct<HookRemoved>("hook-removed", Run<HookRemoved>, "the hook goes with the session")
      .Correct<LeftToTheHook>("left-to-the-hook", Run<LeftToTheHook>,
                              "the hook ends a session that is open at the end")
      .Broken<HookForgotten>("hook-forgotten", Run<HookForgotten>,
                             "the session is deleted, its hook stays")
      .Gives({"PX001"});
}

}  // namespace handrail
