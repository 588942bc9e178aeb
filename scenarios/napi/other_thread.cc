// Calls of Node-API on a thread that is not Node's.
//
// Story: an addon computes on a thread of its own and makes "just the result" there, or settles the
// promise right where the work is done. In tests it goes well; in production Node dies in V8, or a
// value turns into another one.
// Who: whoever reads napi_env as a connection that threads may share.
// Rule: every call that takes a napi_env belongs on the thread that gave it. Handle scopes are one
// stack an isolate; a thread that opens or closes one moves it for Node's thread too. Only the calls
// of a thread-safe function may be made elsewhere.
// Seen: the crash; values that read back as others (oracle).
// Seen with quarantine: every such call, also one that goes well because Node's thread stands still.
// Reference: neon_rfc_threadsafe_handles; Node-API, "Asynchronous thread-safe function calls"
#include <thread>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

// One way in which the threads may meet, always the same: Node's thread waits meanwhile.
template <class Work>
void OnAnotherThread(Trial& trial, Work work) {
  std::thread([&] {
    trial.Reached();
    work();
  }).join();
}

struct Addon {
  Trial& trial;
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  napi_threadsafe_function send = nullptr;
};

void Settle(napi_env env, napi_deferred deferred) {
  napi_value answer = nullptr;
  napi_create_string_utf8(env, "answer", NAPI_AUTO_LENGTH, &answer);
  napi_resolve_deferred(env, deferred, answer);
}

// The strategies: a thread has the answer of a promise, and Node's thread a value of its own, which
// it uses afterwards.

struct HandedToTheLoop {
  static napi_value Work(Addon& addon) {
    const napi_value ours = napi::Text(addon.trial.napi(), "ours");
    std::thread([&] {
      napi_call_threadsafe_function(addon.send, nullptr, napi_tsfn_blocking);
    }).join();
    return ours;
  }
};

struct SettledOnTheThread {
  static napi_value Work(Addon& addon) {
    const napi_value ours = napi::Text(addon.trial.napi(), "ours");
    OnAnotherThread(addon.trial, [&] {
      addon.trial.Triggered();  // this is not Node's thread
      Settle(addon.trial.napi(), addon.deferred);
    });
    napi_release_threadsafe_function(addon.send, napi_tsfn_release);  // there is nothing to send
    return ours;
  }
};

struct ScopesOfTwoThreads : HandedToTheLoop {
  static napi_value Work(Addon& addon) {
    napi_env env = addon.trial.napi();
    napi_handle_scope scope;
    OnAnotherThread(addon.trial, [&] {
      addon.trial.Triggered();  // this is not Node's thread
      napi_open_handle_scope(env, &scope);
    });
    const napi_value ours = napi::Text(env, "ours");
    OnAnotherThread(addon.trial, [&] { napi_close_handle_scope(env, scope); });
    napi::Text(env, "the next value");  // in the same slot
    HandedToTheLoop::Work(addon);
    return ours;
  }
};

struct ValueMadeOnTheThread : HandedToTheLoop {
  static napi_value Work(Addon& addon) {
    napi_value ours = nullptr;
    OnAnotherThread(addon.trial, [&] {
      const napi_status status =
          napi_create_string_utf8(addon.trial.napi(), "ours", NAPI_AUTO_LENGTH, &ours);
      if (status == napi_ok) addon.trial.Triggered();  // a handle in a stack of another thread
    });
    HandedToTheLoop::Work(addon);
    return ours;
  }
};

void OnAnswer(napi_env env, napi_value, void* context, void*) {
  Addon& addon = *static_cast<Addon*>(context);
  addon.trial.Step();
  Settle(env, addon.deferred);
  napi_release_threadsafe_function(addon.send, napi_tsfn_release);
}

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  auto& addon = napi::Install<Addon>(env, trial);
  napi::Ok(napi_create_promise(env, &addon.deferred, &addon.promise));
  napi::Ok(napi_create_threadsafe_function(env, nullptr, nullptr, napi::Text(env, "answers"), 0, 1,
                                           nullptr, nullptr, &addon, OnAnswer, &addon.send));
  const napi_value ours = Strategy::Work(addon);
  trial.oracle().Text("value of Node's thread", napi::ToText(env, ours), "ours");
  const napi_value check = napi::Function(env, [&addon](napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value answer = nullptr;
    napi::Ok(napi_get_cb_info(env, info, &count, &answer, nullptr, nullptr));
    addon.trial.oracle().Text("what the promise was settled with", napi::ToText(env, answer),
                              "answer");
    return napi_value{};
  });
  napi::Call(env, napi::Script(env, "(promise, check) => { promise.then(check); }"),
             {addon.promise, check});
}

}  // namespace

Scenario NapiOtherThread() {
  return Scenario("napi/other-thread")
      .Title("Node-API called on a thread that is not Node's")
      .Story("An addon settles its promise right where the work is done. In tests it goes well; in "
             "production Node dies in V8, or a value turns into another.")
      .Reference("neon_rfc_threadsafe_handles")
      .InNode()
      .Sizes({1}, 5, 0)
      .Correct<HandedToTheLoop>("handed-to-the-loop", Run<HandedToTheLoop>,
                                "the thread sends, Node's thread settles")
      .Broken<SettledOnTheThread>("settled-on-the-thread", Run<SettledOnTheThread>,
                                  "the deferred is concluded on the thread")
      .Gap("before V8 14 nothing checks the thread here, and all goes well while Node's thread stands "
           "still",
           {.v8_before = 1400})
      .Gives({"PX001"})
      .With("quarantine", {"IS006"})
      .May({"HD012", "PX002", "PX011", "PR011"})
      .Broken<ScopesOfTwoThreads>("scopes-of-two-threads", Run<ScopesOfTwoThreads>,
                                  "the thread opens and closes a scope, a value is made in between")
      .Gives({"IS003"}, {.v8_before = 1400})  // Node's thread holds a Locker until then
      .Gives({"PX011"})
      .With("quarantine", {"IS006"})
      .May({"HD001"})
      .Broken<ValueMadeOnTheThread>("value-made-on-the-thread", Run<ValueMadeOnTheThread>,
                                    "a string is made on the thread while Node's thread waits")
      .Gap("V8 checks no thread here and all goes well while Node's thread stands still")
      .With("quarantine", {"IS006"});
}

}  // namespace handrail
