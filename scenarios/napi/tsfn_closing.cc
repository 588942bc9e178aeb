// A thread-safe function that is used after it was closed.
//
// Story: an addon shuts down. A thread of it still has items and calls the function once more, and
// Node aborts in a mutex, or hangs, or nothing is seen.
// Who: whoever lets more threads call than were counted, goes on after napi_closing, or keeps the
// pointer after its own release.
// Rule: the function lives while its count is not 0. Release gives one count back, and so does a
// call that returns napi_closing; the thread that had it may not use the function again. An abort
// closes it for all; who was never counted cannot know. Until Node 22 had it mended
// (nodejs/node#55706), an abort also frees it in the loop's next turn whatever the count is: there a
// thread must have its napi_closing before that, which is what the correct code here waits for.
// Seen: the crash, for the freed mutex cannot be locked.
// Seen with quarantine: the call itself, also where the freed memory still looks as if it were alive.
// Reference: neon_rfc_threadsafe_handles; Node-API, "Releasing a thread-safe function"
#include <latch>
#include <thread>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

struct Addon {
  Trial& trial;
  napi_threadsafe_function send = nullptr;
  std::thread thread{};
  std::latch first_item{1};  // the thread's first item has arrived
  std::latch released{1};    // the main thread has given back its count
  std::latch told{1};        // the thread has had its napi_closing
  std::latch freed{1};       // the finalizer was called, and the loop has turned since
  ~Addon() { thread.join(); }
};

napi_status Send(Addon& addon) {
  return napi_call_threadsafe_function(addon.send, nullptr, napi_tsfn_nonblocking);
}

// A use after the end: the finalizer was called, whatever Node kept for it is gone.
void SendOnceMore(Addon& addon) {
  addon.freed.wait();
  addon.trial.Reached();
  addon.trial.Triggered();
  Send(addon);
}

// The strategies: how many are counted, how the main thread releases when the first item is there,
// and what the other thread does then.

struct StopsAtClosing {
  static constexpr bool kToldFirst = true;  // before the main thread lets Node go on
  static constexpr size_t kCount = 2;
  static constexpr napi_threadsafe_function_release_mode kMode = napi_tsfn_abort;
  static void GoOn(Addon& addon) {
    if (Send(addon) != napi_closing) std::abort();  // napi_closing has given back our count
    addon.told.count_down();
  }
};

struct ReleasesItsOwn {
  static constexpr bool kToldFirst = false;
  static constexpr size_t kCount = 2;
  static constexpr napi_threadsafe_function_release_mode kMode = napi_tsfn_release;
  static void GoOn(Addon& addon) {
    Send(addon);
    napi_release_threadsafe_function(addon.send, napi_tsfn_release);
  }
};

struct CallsAfterItsRelease : ReleasesItsOwn {
  static void GoOn(Addon& addon) {
    ReleasesItsOwn::GoOn(addon);
    SendOnceMore(addon);
  }
};

struct GoesOnAfterClosing : StopsAtClosing {
  static void GoOn(Addon& addon) {
    StopsAtClosing::GoOn(addon);
    SendOnceMore(addon);
  }
};

struct NeverCounted : StopsAtClosing {
  static constexpr size_t kCount = 1;  // the main thread's
  static constexpr bool kToldFirst = false;
  static void GoOn(Addon& addon) { SendOnceMore(addon); }
};

template <class Strategy>
void OnItem(napi_env, napi_value, void* context, void*) {
  Addon& addon = *static_cast<Addon*>(context);
  addon.trial.Step();
  if (addon.first_item.try_wait()) return;
  addon.first_item.count_down();
  napi_release_threadsafe_function(addon.send, Strategy::kMode);
  addon.released.count_down();
  if (Strategy::kToldFirst) addon.told.wait();
}

void OnFinalize(napi_env env, void*, void* context) {
  Addon& addon = *static_cast<Addon*>(context);
  napi::AfterTurns(env, 3, [&addon] { addon.freed.count_down(); });
}

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  auto& addon = napi::Install<Addon>(env, trial);
  napi::Ok(napi_create_threadsafe_function(env, nullptr, nullptr, napi::Text(env, "items"), 0,
                                           Strategy::kCount, nullptr, OnFinalize, &addon,
                                           OnItem<Strategy>, &addon.send));
  addon.thread = std::thread([&addon] {
    Send(addon);
    addon.released.wait();
    Strategy::GoOn(addon);
  });
}

}  // namespace

Scenario NapiTsfnClosing() {
  return Scenario("napi/tsfn-closing")
      .Title("a thread-safe function used after it was released, closed or aborted")
      .Story("An addon shuts down, one of its threads calls once more, and Node aborts.")
      .Reference("neon_rfc_threadsafe_handles")
      .InNode()
      .Sizes({1}, 5, 0)
      .Correct<StopsAtClosing>("stops-at-closing", Run<StopsAtClosing>,
                               "aborted; the thread's last call returns napi_closing")
      .Correct<ReleasesItsOwn>("releases-its-own", Run<ReleasesItsOwn>,
                               "each thread releases its own count and is done")
      .Broken<CallsAfterItsRelease>("calls-after-its-release", Run<CallsAfterItsRelease>,
                                    "the thread has released, and calls once more")
      .Gives({"PX001"})
      .With("quarantine", {"HD035"})
      .Broken<GoesOnAfterClosing>("goes-on-after-closing", Run<GoesOnAfterClosing>,
                                  "napi_closing is not heeded")
      .Gives({"PX001"})
      .With("quarantine", {"HD035"})
      .Broken<NeverCounted>("never-counted", Run<NeverCounted>,
                            "aborted while a thread that was never counted still calls")
      .Gives({"PX001"})
      .With("quarantine", {"HD035"});
}

}  // namespace handrail
