// A napi_ref that is deleted on another thread than Node's.
//
// Story: an addon's object is shared with a thread, and its destructor deletes the napi_ref wherever
// the last owner lets go. Once in a while a callback is another function, or Node traps at exit.
// Who: whoever puts a napi_ref into a shared_ptr, or into anything that a thread destroys.
// Rule: napi_delete_reference unlinks the reference from a list of the environment and gives its
// slot to V8's free list. Neither is locked: both belong to Node's thread.
// Seen: references that read as another object (oracle), and what comes of it.
// Seen with quarantine: the deletion itself, however the threads meet.
// Reference: neon_rfc_threadsafe_handles; Node-API, "References to values with a lifespan longer
// than that of the native method"
#include <atomic>
#include <thread>
#include <vector>

#include "harness/scenario/scenario.h"
#include "scenarios/napi/addon.h"

namespace handrail {
namespace {

constexpr size_t kReferences = 2000;  // a round

using References = std::vector<napi_ref>;

void DeleteAll(napi_env env, const References& references) {
  for (napi_ref one : references) napi_delete_reference(env, one);
}

// The strategies: a thread is done with `old` while Node's thread calls `make`.

struct HandedBack {
  template <class Make>
  static void LetGo(Trial& trial, References& old, Make make) {
    References handed_back;
    std::thread thread([&] { handed_back.swap(old); });
    make();
    thread.join();
    DeleteAll(trial.napi(), handed_back);
  }
};

struct DeletedOnTheThread {
  template <class Make>
  static void LetGo(Trial& trial, References& old, Make make) {
    std::atomic<int> ready = 0;  // spun on, so that both begin at the same moment
    const auto meet = [&ready] {
      for (++ready; ready < 2;) std::this_thread::yield();
    };
    std::thread thread([&] {
      meet();
      trial.Reached();
      DeleteAll(trial.napi(), old);
    });
    meet();
    make();
    thread.join();
  }
};

References MakeReferences(napi_env env, const std::vector<napi_value>& objects) {
  References made(objects.size());
  for (size_t i = 0; i < objects.size(); ++i) {
    napi_create_reference(env, objects[i], 1, &made[i]);
  }
  return made;
}

int64_t ReadAnother(napi_env env, const References& made, const std::vector<napi_value>& objects) {
  int64_t wrong = 0;
  for (size_t i = 0; i < objects.size(); ++i) {
    napi_value value = nullptr;
    bool same = false;
    napi_get_reference_value(env, made[i], &value);
    if (value != nullptr) napi_strict_equals(env, value, objects[i], &same);
    wrong += same ? 0 : 1;
  }
  return wrong;
}

template <class Strategy>
void Run(Trial& trial) {
  napi_env env = trial.napi();
  int64_t wrong = 0;
  for (int64_t round = 0; round < trial.size() && wrong == 0; ++round) {
    napi_handle_scope scope;
    napi::Ok(napi_open_handle_scope(env, &scope));
    std::vector<napi_value> objects(kReferences);
    for (napi_value& object : objects) napi::Ok(napi_create_object(env, &object));
    References old = MakeReferences(env, objects);
    References made;
    Strategy::LetGo(trial, old, [&] { made = MakeReferences(env, objects); });
    wrong = ReadAnother(env, made, objects);
    if (wrong > 0) trial.Triggered();
    trial.oracle().Count("references that read as another object", wrong, 0);
    if (wrong == 0) DeleteAll(env, made);
    napi::Ok(napi_close_handle_scope(env, scope));
    trial.Step();
  }
}

}  // namespace

Scenario NapiReferenceThread() {
  return Scenario("napi/reference-thread")
      .Title("a napi_ref deleted on another thread")
      .Story("An addon's object is shared with a thread and deletes its napi_ref wherever the last "
             "owner lets go. Once in a while a callback is another function.")
      .Reference("neon_rfc_threadsafe_handles")
      .InNode()
      .Sizes({60}, 5, 500)
      .Correct<HandedBack>("handed-back", Run<HandedBack>,
                           "the thread hands the references back, Node's thread deletes them")
      .Broken<DeletedOnTheThread>("deleted-on-the-thread", Run<DeletedOnTheThread>,
                                  "the thread deletes them while Node's thread makes others")
      .Racing({.exits = {ExitKind::kClean, ExitKind::kSignal, ExitKind::kV8Fatal,
                         ExitKind::kTimeout},  // what the two lists look like then is luck
               .least_rate = 0.3,
               .seeds = 5})
      .Gives({"PX011"})
      .May({"PX001", "PX002", "PX003"})
      .With("quarantine", {"IS006"})
      .May({"HD032", "HD033"})
      .TimeLimit(10'000);
}

}  // namespace handrail
