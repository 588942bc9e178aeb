// A producer that is faster than the isolate.
//
// Story: a thread parses input and sends a closure with each record to JavaScript, which takes
// longer for it. Under load the process grows until it is killed.
// Who: whoever takes "never blocks" for a virtue of a queue. An unbounded thread-safe function is
// Node-API's default, and the only EventQueue of the RFC's first version.
// Rule: what was accepted and not yet run is memory. A bounded channel makes the producer wait, or
// tells it that it is full.
// Seen: resident memory after each round, by trend. Not under ASan, where resident memory is not
// judged: there the number of waiting closures is looked at by the scenario alone.
// Reference: neon_rfc_threadsafe_handles (`bounded`)
#include <atomic>
#include <semaphore>
#include <string>
#include <thread>

#include "harness/embed/channel.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Channel;
using embed::Turn;

constexpr int64_t kRound = 50;  // records
constexpr int64_t kWarmUp = 500;
constexpr size_t kRecord = 8 << 10;
constexpr size_t kCapacity = 64;
// Some 10 microseconds for each record.
constexpr const char* kTake =
    "(record) => { let sum = 0; for (let i = 0; i < 20000; ++i) sum += record.length ^ i; "
    "return sum; }";

// A strategy is what the producer does with a record.

struct Bounded {
  static constexpr embed::ChannelOptions kOptions{kCapacity};
  static bool Give(Trial&, Channel& channel, embed::Closure closure) {
    return channel.Send(std::move(closure)).ok();
  }
};

struct BoundedAndDropped {
  static constexpr embed::ChannelOptions kOptions{kCapacity};
  static bool Give(Trial&, Channel& channel, embed::Closure closure) {
    return channel.TrySend(std::move(closure)).ok();  // full: this record is left out
  }
};

struct Unbounded {
  static constexpr embed::ChannelOptions kOptions{};
  static bool Give(Trial& trial, Channel& channel, embed::Closure closure) {
    trial.Reached();
    if (channel.waiting() > 2 * kCapacity) trial.Triggered();
    return channel.Send(std::move(closure)).ok();
  }
};

// For each record that JavaScript takes, four more come in: it waits for the producer to offer
// them, or to be held up.
template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial);
  auto take = host.Script(kTake).As<v8::Function>();
  auto channel = Channel::Make(host.environment(), Strategy::kOptions);
  std::counting_semaphore<> arrivals(kCapacity);
  std::atomic<int64_t> offered = 0;
  std::atomic<bool> over = false;
  int64_t taken = 0;
  const auto made_from = [&](std::string record) -> embed::Closure {
    return [&, record = std::move(record)](Turn& turn) {
      if (over) return;
      v8::Local<v8::Value> text = engine::Text(turn.isolate(), record);
      take->Call(turn.context(), text, 1, &text).ToLocalChecked();
      trial.Step();
      if (++taken % kRound == 0) trial.EndOfRoundWithoutIsolate(taken, kWarmUp);
      if (taken == trial.size()) {
        over = true;
        channel->Close();
      }
      arrivals.release(4);
      const size_t limit = Strategy::kOptions.capacity;
      while (!over && offered < 4 * taken && (limit == 0 || channel->waiting() < limit)) {
        std::this_thread::yield();
      }
    };
  };
  std::thread producer([&] {
    for (;;) {
      arrivals.acquire();
      if (over) return;
      Strategy::Give(trial, *channel, made_from(std::string(kRecord, 'r')));
      ++offered;
    }
  });
  while (!over) host.loop.RunOnce();
  producer.join();
}

}  // namespace

Scenario Backlog() {
  return Scenario("channel/backlog")
      .Title("a producer that is faster than the isolate")
      .Story(
          "A thread sends records to JavaScript faster than it takes them. All that waits is "
          "memory, and nothing tells the thread to wait.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({3000}, 50, 20)
      .SteadyState()
      .Correct<Bounded>("bounded", Run<Bounded>, "a capacity: Send waits for room")
      .Correct<BoundedAndDropped>("bounded-and-dropped", Run<BoundedAndDropped>,
                                  "a capacity: what TrySend cannot take is left out")
      .Broken<Unbounded>("unbounded", Run<Unbounded>, "any number may wait")
      .Gap("resident memory is not judged under AddressSanitizer", {.instrument = "asan"})
      .Gives({"HP003"});
}

}  // namespace handrail
