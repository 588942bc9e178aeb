// A bounded thread-safe function whose queue is full.
//
// Story: an addon bounds its queue, as one should. Under load items are missing; or, after the
// nonblocking call was made a blocking one to cure that, the whole process stands still.
// Who: whoever drops the status of the call, and whoever calls on JavaScript's own thread, which is
// the one that would have to empty the queue.
// Rule: a nonblocking call that returns napi_queue_full has not taken the item. A blocking call
// waits until the loop has taken one out, and must not be made on the loop's thread.
// Seen: items that arrived against items that were sent (oracle); a process that stands still.
// Seen with quarantine: the call that waits for itself.
// Reference: neon_rfc_threadsafe_handles; Node-API, "Calling a thread-safe function"
#include <deque>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

constexpr size_t kCapacity = 4;

struct Addon {
  Trial& trial;
  napi_threadsafe_function send = nullptr;
  std::deque<int64_t> kept_back{};  // for which there was no place
  int64_t sent = 0;
  int64_t arrived = 0;

  napi_status Offer(napi_threadsafe_function_call_mode mode) {
    return napi_call_threadsafe_function(send, nullptr, mode);
  }
};

// The strategies: how one item is sent, on the loop's own thread. When one arrived there is a place.

struct KeptBackWhenFull {
  static void Send(Addon& addon, int64_t item) {
    if (addon.Offer(napi_tsfn_nonblocking) == napi_queue_full) addon.kept_back.push_back(item);
  }
  static void OnPlace(Addon& addon) {
    if (addon.kept_back.empty()) return;
    addon.kept_back.pop_front();
    addon.Offer(napi_tsfn_nonblocking);
  }
};

struct StatusDropped : KeptBackWhenFull {
  static void Send(Addon& addon, int64_t item) {
    if (item == kCapacity) addon.trial.Reached();
    const napi_status status = addon.Offer(napi_tsfn_nonblocking);
    if (status == napi_queue_full) addon.trial.Triggered();  // as the scenario sees, not the addon
  }
};

struct BlocksItsOwnLoop : KeptBackWhenFull {
  static void Send(Addon& addon, int64_t item) {
    if (item == kCapacity) {
      addon.trial.Reached();
      if (addon.arrived == 0) addon.trial.Triggered();  // all that were sent are in the queue
    }
    addon.Offer(napi_tsfn_blocking);
  }
};

template <class Strategy>
void OnItem(napi_env, napi_value, void* context, void*) {
  Addon& addon = *static_cast<Addon*>(context);
  addon.trial.Step();
  ++addon.arrived;
  Strategy::OnPlace(addon);
  if (addon.arrived == addon.sent) napi_release_threadsafe_function(addon.send, napi_tsfn_release);
}

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  auto& addon = napi::Install<Addon>(env, trial);
  napi::Ok(napi_create_threadsafe_function(
      env, nullptr, nullptr, napi::Text(env, "items"), kCapacity, 1, nullptr, nullptr, &addon,
      OnItem<Strategy>, &addon.send));
  for (int64_t item = 0; item < trial.size(); ++item) {
    ++addon.sent;
    Strategy::Send(addon, item);
  }
  // What has not come after so many turns of the loop will not come.
  napi::AfterTurns(env, 100, [&addon] {
    addon.trial.oracle().Count("items that arrived", addon.arrived, addon.sent);
    const bool open = addon.arrived < addon.sent;
    if (open) napi_release_threadsafe_function(addon.send, napi_tsfn_release);
  });
}

}  // namespace

Scenario NapiTsfnQueue() {
  return Scenario("napi/tsfn-queue")
      .Title("the queue of a thread-safe function is full")
      .Story("Under load items of an addon are missing; after that was cured with a blocking call, "
             "the process stands still.")
      .Reference("neon_rfc_threadsafe_handles")
      .InNode()
      .Sizes({10, 100}, 5, 10)
      .Correct<KeptBackWhenFull>("kept-back-when-full", Run<KeptBackWhenFull>,
                                 "napi_queue_full is heeded, the item sent when there is a place")
      .Broken<StatusDropped>("status-dropped", Run<StatusDropped>,
                             "a nonblocking call, its status dropped")
      .Gives({"PX011"})
      .Broken<BlocksItsOwnLoop>("blocks-its-own-loop", Run<BlocksItsOwnLoop>,
                                "a blocking call on the loop's own thread")
      .Gives({"PX003"})
      .With("quarantine", {"HD039"})
      .TimeLimit(2000);
}

}  // namespace handrail
