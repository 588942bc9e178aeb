// Items of an unreferenced thread-safe function when Node's loop ends before them.
//
// Story: an addon writes a log through its function, and unreferences it so that it does not keep the
// process. The last items are in the queue when the loop ends, and vanish: the log's last lines, those
// that one needs.
// Who: whoever drops the status of the call into JavaScript.
// Rule: an unreferenced function does not keep the loop. What is queued when Node ends comes to the
// callback all the same, but JavaScript can no longer run: every call into it is refused with
// napi_pending_exception (napi_cannot_run_js from Node-API 10 on), or there is not even an env.
// Such an item must be handed back, or counted as not done.
// Seen: items that were sent against those done and handed back (oracle).
// Not seen yet: the refused calls.
// Reference: neon_rfc_threadsafe_handles, Unref; Node-API, "napi_threadsafe_function_call_js"
#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

struct Addon {
  Trial& trial;
  int64_t sent = 0;
  int64_t written = 0;
  int64_t handed_back = 0;

  // The addon's end, after the function's: nobody can say a word about a line any more.
  ~Addon() { trial.oracle().Count("lines written or handed back", written + handed_back, sent); }
};

// The strategies: one line, which JavaScript writes.

struct HandsBackWhatIsRefused {
  static void OnItem(napi_env env, napi_value write, Addon& addon) {
    if (env == nullptr || Write(env, write) != napi_ok) ++addon.handed_back;
  }
  static napi_status Write(napi_env env, napi_value write) {
    return napi_call_function(env, write, write, 0, nullptr, nullptr);
  }
};

struct StatusDropped : HandsBackWhatIsRefused {
  static void OnItem(napi_env env, napi_value write, Addon& addon) {
    addon.trial.Reached();
    const int64_t before = addon.written;
    Write(env, write);
    if (addon.written == before) addon.trial.Triggered();  // nothing was done, nobody knows
  }
};

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  auto& addon = napi::Install<Addon>(env, trial);
  const napi_value write = napi::Function(env, [&addon](napi_env, napi_callback_info) {
    ++addon.written;
    return napi_value{};
  });
  napi_threadsafe_function send;
  napi::Ok(napi_create_threadsafe_function(
      env, write, nullptr, napi::Text(env, "lines"), 0, 1, nullptr, nullptr, &addon,
      [](napi_env env, napi_value write, void* context, void*) {
        Strategy::OnItem(env, write, *static_cast<Addon*>(context));
      },
      &send));
  napi::Ok(napi_unref_threadsafe_function(env, send));
  // The last lines come when the loop is over, as those of a log do.
  const napi_value log = napi::Function(env, [&addon, send](napi_env, napi_callback_info) {
    for (; addon.sent < addon.trial.size(); ++addon.sent) {
      napi_call_threadsafe_function(send, nullptr, napi_tsfn_blocking);
      addon.trial.Step();
    }
    return napi_value{};
  });
  napi::Call(env, napi::Script(env, "(log) => { process.on('exit', log); }"), {log});
}

}  // namespace

Scenario NapiTsfnUnref() {
  return Scenario("napi/tsfn-unref")
      .Title("items of an unreferenced thread-safe function at Node's end")
      .Story("An addon unreferences its function so that the process may exit, and the last items "
             "vanish.")
      .Reference("neon_rfc_threadsafe_handles")
      .InNode()
      .Sizes({10, 1000}, 5, 5)
      .Correct<HandsBackWhatIsRefused>("hands-back-what-is-refused", Run<HandsBackWhatIsRefused>,
                                       "a line that JavaScript cannot write is handed back")
      .Broken<StatusDropped>("status-dropped", Run<StatusDropped>,
                             "the status of the call into JavaScript is dropped")
      .Gives({"PX011"});
}

}  // namespace handrail
