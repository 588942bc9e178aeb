// What the harness adds to a trial: an empty scenario through the zygote, against a bare loop of
// fork + isolate + context + dispose + wait in this program, and against a fresh process a trial.
// One trial at a time, on the engine that this program is built for.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/ratio.h"
#include "harness/cli/session.h"
#include "harness/core/exit.h"
#include "harness/engine/executable_engine.h"
#include "harness/runner/supervisor.h"

namespace handrail {
namespace {

constexpr int kTurns = 11;
constexpr int kTrials = 100;      // a turn, from the zygote
constexpr int kFreshTrials = 20;  // a turn, fresh

double BareLoop(engine::Engine& engine) {
  return WallTime(kTrials, [&] {
    for (int i = 0; i < kTrials; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        v8::Isolate* isolate = engine.NewIsolate({});
        {
          const v8::Isolate::Scope entered(isolate);
          const v8::HandleScope scope(isolate);
          v8::Context::New(isolate);
        }
        engine.Dispose(isolate);
        _exit(0);
      }
      waitpid(pid, nullptr, 0);
    }
  });
}

double Trials(Supervisor& supervisor, int count, bool fresh) {
  PlannedTrial trial;
  trial.request.scenario = "canary/empty";
  trial.request.strategy = "isolate-and-context";
  trial.fresh = fresh;
  const std::vector<PlannedTrial> plan(static_cast<size_t>(count), trial);
  Supervisor::Callbacks callbacks;
  callbacks.on_end = [](const PlannedTrial&, const Evidence& evidence) {
    if (evidence.harness_error.empty() && evidence.exit.kind == ExitKind::kClean) return;
    std::fprintf(stderr, "the empty trial failed: %s %s\n", evidence.harness_error.c_str(),
                 Describe(evidence.exit).c_str());
    std::exit(1);
  };
  return WallTime(count, [&] { static_cast<void>(supervisor.Run(plan, callbacks)); });
}

int Run() {
  const auto engines = FindEngines({HANDRAIL_ENGINE_ID});
  if (!engines.ok() || !engines->front().catalog) {
    std::fprintf(stderr, "no engine %s\n", HANDRAIL_ENGINE_ID);
    return 1;
  }
  engine::ExecutableEngine engine(HANDRAIL_ENGINE_ID, engine::PlatformThreads::kNone, "");
  Supervisor supervisor(*engines, 1);
  const auto bare = [&] { return BareLoop(engine); };
  const auto zygote = [&] { return Trials(supervisor, kTrials, false); };
  const auto fresh = [&] { return Trials(supervisor, kFreshTrials, true); };
  const Ratio to_bare = Compare(kTurns, zygote, bare);
  const Ratio to_fresh = Compare(kTurns, fresh, zygote);
  PrintRow("zygote trial / bare fork loop, time", Text(to_bare), "<= 1.25", to_bare.median <= 1.25);
  PrintRow("zygote trials / fresh processes, throughput", Text(to_fresh), ">= 3",
           to_fresh.median >= 3);
  std::printf("  a bare loop takes %s a turn, a zygote trial %s, a fresh one %s\n",
              Seconds(to_bare.b_seconds).c_str(), Seconds(to_bare.a_seconds).c_str(),
              Seconds(to_fresh.a_seconds).c_str());
  return 0;
}

}  // namespace
}  // namespace handrail

int main() { return handrail::Run(); }
