// Whether an isolate belongs to one thread for good.
//
// Story: the restart note says that an isolate remembers the thread on which it was made and that
// "all operations on an isolate must be on one thread". So hosts pin each engine to a thread, and
// build queues where a lock would have done.
// Who: authors of bindings and pools, who take the thread for a property of the isolate.
// Rule: inside, an isolate belongs to one thread at a time; v8::Locker hands it from one to the
// next.
// Seen: several threads take turns in one isolate, made by a thread of its own that has ended;
// each answer is compared with what it must be. The same without a Locker is
// restart/shared-isolate.
// Reference: v8_isolate_restart_analysis
#include <memory>
#include <thread>
#include <vector>

#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

struct ThreadsInTurn {
  static constexpr int kThreads = 4;
  v8::Isolate* isolate = nullptr;
  std::unique_ptr<Plugin> plugin;

  template <class Work>
  void Inside(const Work& work) {
    const v8::Locker lock(isolate);
    const v8::Isolate::Scope in(isolate);
    work();
  }
  void Run(Trial& trial) {
    std::thread([&] {
      isolate = trial.engine().NewIsolate({});
      Inside([&] { plugin = std::make_unique<Plugin>(isolate); });
    }).join();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int64_t i = 0; i < trial.size(); ++i) Inside([&] { plugin->Serve(trial, 1); });
      });
    }
    for (std::thread& thread : threads) thread.join();
    Inside([&] { plugin.reset(); });
    trial.engine().Dispose(isolate);
  }
};

// A wrong answer is a finding, a crash ends the process: at the end neither has happened.
void Run(Trial& trial) {
  ThreadsInTurn().Run(trial);
  trial.Measured("threads in turn, under a Locker", ThreadsInTurn::kThreads, "", "1");
  trial.Measured("their calls answered right",
                 static_cast<double>(ThreadsInTurn::kThreads * trial.size()));
  trial.ClaimHolds(false, "four threads took turns in one isolate, and every answer was right");
}

}  // namespace

Scenario ClaimsOneThread() {
  return Scenario("claims/one-thread")
      .Title("one isolate, made by one thread and used by four others in turn")
      .Story("A note says that every operation on an isolate must be on the thread that made it.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({200, 2000}, 15, 10)
      .Claim<ThreadsInTurn>("threads-in-turn", Run,
                            "all operations on an isolate must be on one thread")
      .Gives({"PX011", "PX001", "PX002", "PX006", "IS003", "HD011", "HD012"}).Fresh();
}

}  // namespace handrail
