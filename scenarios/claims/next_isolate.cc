// Whether a new isolate can follow the old one on its thread.
//
// Story: a note on restarting engines lists what does not help against "Cannot create a handle
// without a HandleScope": an explicit drop, 50 ms of waiting, another thread for the drop. It ends
// in two rules: a new isolate right after a drop on the same thread fails, and an isolate must be
// destroyed on the thread that created it.
// Who: whoever took the note's tries for V8's rules.
// Rule: Dispose wants that no thread is inside, and asks for no particular one; a thread that has
// left its isolate can make the next at once.
// Seen: whether the predicted failure comes; every new engine serves, and its answers are
// compared. What does give the note's error is in restart/.
// Reference: v8_isolate_restart_analysis
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

using EnginePtr = std::unique_ptr<PluginEngine>;

// A strategy drops the engine it has and lets a new one serve.

struct NewOneAtOnce {
  static constexpr const char* kWhat = "new isolates that served right after a drop";
  EnginePtr engine;
  int64_t tried = 0;
  void Restart(Trial& trial) {
    tried += engine != nullptr ? 1 : 0;
    engine.reset();
    engine = std::make_unique<PluginEngine>(trial);
  }
};

struct NewOneAfter50Ms {
  static constexpr const char* kWhat = "new isolates that served 50 ms after a drop";
  static constexpr int64_t kPauses = 5;  // a pause at each restart would show no more
  EnginePtr engine;
  int64_t tried = 0;
  void Restart(Trial& trial) {
    const bool pause = engine != nullptr && tried < kPauses;
    engine.reset();
    if (pause) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    tried += pause ? 1 : 0;
    engine = std::make_unique<PluginEngine>(trial);
  }
};

struct DroppedByAnotherThread {
  static constexpr const char* kWhat = "isolates destroyed on another thread";
  EnginePtr engine;
  std::thread dropping;
  int64_t tried = 0;
  void Restart(Trial& trial) {
    tried += engine != nullptr ? 1 : 0;
    if (engine != nullptr) engine->isolate.get()->Exit();
    if (dropping.joinable()) dropping.join();
    dropping = std::thread([old = std::move(engine)]() mutable {
      if (old != nullptr) old->isolate.get()->Enter();
      old.reset();
    });
    engine = std::make_unique<PluginEngine>(trial);
  }
  ~DroppedByAnotherThread() {
    if (dropping.joinable()) dropping.join();
  }
};

// The predicted failure ends the process: a trial that comes to its end has seen none of it.
template <class Strategy>
void Run(Trial& trial) {
  int64_t tried = 0;
  {
    Strategy strategy;
    for (int64_t i = 0; i < trial.size(); ++i) {
      strategy.Restart(trial);
      strategy.engine->plugin.Serve(trial);
      trial.oracle().Current(strategy.engine->isolate.get());
    }
    tried = strategy.tried;
  }
  trial.Measured(Strategy::kWhat, static_cast<double>(tried), "", "none");
  trial.ClaimHolds(false, "every new isolate served, and answered right");
}

}  // namespace

Scenario ClaimsNextIsolate() {
  const std::vector<std::string> predicted = {"HD012"};
  return Scenario("claims/next-isolate")
      .Title("an engine is dropped and a new one made on the same thread, again and again")
      .Story("A note on restarting engines says that the second isolate on a thread must fail.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({20, 200}, 10, 2000)
      .Claim<NewOneAtOnce>("at-once", Run<NewOneAtOnce>,
                           "a new isolate right after a drop on the same thread fails")
      .Gives(predicted)
      .Claim<NewOneAfter50Ms>("after-50-ms", Run<NewOneAfter50Ms>,
                              "a new isolate still fails 50 ms after the drop")
      .Gives(predicted)
      .Claim<DroppedByAnotherThread>("dropped-by-another-thread", Run<DroppedByAnotherThread>,
                                     "an isolate must be destroyed on the thread that created it")
      .Gives(predicted).Fresh();
}

}  // namespace handrail
