// A bounded queue that is full when the isolate's own thread sends.
//
// Story: a bounded queue between threads and JavaScript works for months. Then a closure that runs
// on the isolate's thread sends another one while the queue is full, and the program stands still:
// it waits for room that only it could make.
// Who: whoever puts a condition variable around a queue; `napi_tsfn_blocking` on the JavaScript
// thread is the same.
// Rule: the thread that empties a queue must never wait for it. Channel::Send refuses there, and
// gives the closure back.
// Seen: the trial does not end (exit), the oracle counts what ran.
// Reference: neon_rfc_threadsafe_handles (`bounded::EventQueue::send` "blocks if the queue is
// full")
#include <condition_variable>
#include <deque>
#include <mutex>

#include "harness/embed/channel.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Channel;
using embed::Closure;
using embed::Turn;

constexpr size_t kCapacity = 4;

// A strategy is a bounded queue: Send on any thread, Run on the isolate's until it is empty.

struct RefusedAndRunHere {
  std::shared_ptr<Channel> channel;
  RefusedAndRunHere(Trial&, EmbedHost& host)
      : channel(Channel::Make(host.environment(), {kCapacity})) {}
  void Send(EmbedHost& host, Closure closure) {
    auto sent = channel->Send(std::move(closure));
    // No room, and this is the thread that makes it: it runs here and now.
    if (!sent.ok()) host.environment().Run(sent.TakeBack());
  }
  void Run(EmbedHost& host) {
    channel->Close();
    host.loop.Run();
  }
};

struct WaitsForItself {
  Trial& trial;
  std::mutex mutex;
  std::condition_variable room;
  std::deque<Closure> queue;
  WaitsForItself(Trial& trial, EmbedHost&) : trial(trial) {}
  void Send(EmbedHost&, Closure closure) {
    std::unique_lock<std::mutex> lock(mutex);
    if (queue.size() == kCapacity) {
      trial.Reached();
      trial.Triggered();  // this thread is the only one that takes something out
    }
    room.wait(lock, [&] { return queue.size() < kCapacity; });
    queue.push_back(std::move(closure));
  }
  void Run(EmbedHost& host) {
    while (!queue.empty()) {
      Closure closure = std::move(queue.front());
      queue.pop_front();
      room.notify_one();
      host.environment().Run(std::move(closure));
    }
  }
};

template <class Queue>
void Run(Trial& trial) {
  EmbedHost host(trial);
  Queue queue(trial, host);
  int64_t ran = 0;
  for (int64_t i = 0; i < trial.size(); ++i) {
    queue.Send(host, [&](Turn&) { ++ran; });
    trial.Step();
  }
  queue.Run(host);
  trial.oracle().Count("closures run", ran, trial.size());
}

}  // namespace

Scenario FullQueue() {
  return Scenario("channel/full-queue")
      .Title("the isolate's own thread sends to a full queue")
      .Story(
          "A queue with a limit makes its senders wait. One day the sender is the very thread "
          "that empties it.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({10}, 20, 10)
      .Correct<RefusedAndRunHere>("refused-and-run-here", Run<RefusedAndRunHere>,
                                  "Send refuses on the isolate's thread and gives the closure back")
      .Broken<WaitsForItself>("waits-for-itself", Run<WaitsForItself>,
                              "a condition variable around a queue")
      .Gives({"PX003"})
      .TimeLimit(1000);
}

}  // namespace handrail
