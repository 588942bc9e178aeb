// A thousand engines, one after the other on one thread, and what the process is left with.
//
// Story: an engine is restarted every few thousand transactions "to give the memory back", and after
// a week the process is larger than ever. V8 is suspected of keeping what it had.
// Who: whoever restarts engines on a schedule, and keeps something on the host's side for each.
// Rule: Isolate::Dispose frees all that belongs to the isolate, at once. What the host allocated for
// it, V8 does not know.
// Seen: resident memory after each 25 restarts, by trend, after 100 to warm up: it stays where it is
// in strict order, and grows with what the host keeps.
// Not seen: who allocated what is kept (that takes a heap profiler). Under AddressSanitizer resident
// memory is not judged, its quarantine grows.
// Reference: v8_isolate_restart_analysis
#include <memory>
#include <vector>

#include "harness/scenario/scenario.h"
#include "scenarios/restart/plugin_engine.h"

namespace handrail {
namespace {

constexpr int64_t kWarmUp = 100;  // restarts until the allocator has all that it will need
constexpr int64_t kRound = 25;

// A strategy is what the host has for each engine: here a buffer for its answers.
using Buffer = std::vector<char>;
constexpr size_t kBufferSize = 64 << 10;

struct BufferGoesWithEngine {
  int64_t kept = 0;
  void Serve(Trial& trial, Plugin& plugin) {
    const Buffer answers(kBufferSize, 'a');
    plugin.Serve(trial);
  }
};

struct BufferKeptForEachEngine {
  std::vector<Buffer> answers;
  int64_t kept = 0;
  void Serve(Trial& trial, Plugin& plugin) {
    trial.Reached();
    answers.emplace_back(kBufferSize, 'a');
    kept = static_cast<int64_t>(answers.size());
    plugin.Serve(trial);
  }
};

template <class Host>
void Run(Trial& trial) {
  Host host;
  for (int64_t i = 1; i <= trial.size(); ++i) {
    {
      const OwnedIsolate isolate(trial);
      const v8::HandleScope scope(isolate.get());
      Plugin plugin(isolate.get(), v8::Context::New(isolate.get()));
      host.Serve(trial, plugin);
      trial.oracle().Current(isolate.get());
    }
    if (i % kRound == 0) trial.EndOfRoundWithoutIsolate(i, kWarmUp);
  }
  if (host.kept == trial.size()) trial.Triggered();
}

}  // namespace

Scenario ManyRestarts() {
  return Scenario("restart/many-restarts")
      .Title("a thousand restarts on one thread, and what they leave in memory")
      .Story("An engine is restarted again and again to give its memory back, and the process "
             "grows. V8 is suspected of keeping it.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({1000}, 10, 2000)
      .SteadyState()
      .Correct<BufferGoesWithEngine>("strict-order", Run<BufferGoesWithEngine>,
                                     "all that is made for an engine goes with it")
      .Broken<BufferKeptForEachEngine>("host-keeps-a-buffer", Run<BufferKeptForEachEngine>,
                                       "64 KiB of the host's own for each engine that was")
      .Gap("resident memory is not judged under AddressSanitizer", {.instrument = "asan"})
      .Gives({"HP003"});
}

}  // namespace handrail
