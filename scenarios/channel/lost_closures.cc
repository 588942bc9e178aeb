// Closures that another thread sent and that nobody runs.
//
// Story: a download thread reports its progress to JavaScript. So that it does not keep the program
// alive the channel is unref'd; some day the last reports are missing, and nobody is told.
// Who: whoever unrefs a channel once, at its creation, because a timer is unref'd like that; and
// whoever writes a queue of their own and forgets that it may be closed when a message comes.
// Rule: an unref'd channel lets the loop end while messages are on their way (RFC
// neon_rfc_threadsafe_handles: a send "might not execute before the process exits"). Keep it
// referenced while work is outstanding.
// Seen: sent and run are counted apart and compared.
// Reference: neon_rfc_threadsafe_handles
#include <deque>
#include <mutex>
#include <thread>

#include "harness/embed/channel.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Channel;
using embed::Turn;

struct Work {
  Trial& trial;
  EmbedHost& host;
  int64_t sent = 0;  // written by the sender, read after it has ended
  int64_t ran = 0;
};

// A strategy sends trial.size() closures from another thread and runs the loop until it ends.

struct ReferencedUntilClosed {
  static void Go(Work& work) {
    auto channel = Channel::Make(work.host.environment());
    std::thread sender([&] {
      for (int64_t i = 0; i < work.trial.size(); ++i) {
        if (channel->Send([&](Turn&) { ++work.ran; }).ok()) ++work.sent;
      }
      channel->Close();
    });
    work.host.loop.Run();
    sender.join();
  }
};

// The RFC's pattern: referenced while something is on its way, from inside closures too.
struct ReferencedWhileWorking {
  static void Go(Work& work) {
    auto channel = Channel::Make(work.host.environment());
    channel->Unref();
    for (int64_t i = 0; i < work.trial.size(); ++i) {
      channel->Ref();
      std::thread sender([&] {
        const auto closure = [&](Turn&) {
          ++work.ran;
          channel->Unref();
        };
        if (channel->Send(closure).ok()) ++work.sent;
      });
      work.host.loop.Run();
      sender.join();
    }
  }
};

struct UnreferencedAtOnce {
  static void Go(Work& work) {
    auto channel = Channel::Make(work.host.environment());
    work.trial.Reached();
    channel->Unref();
    work.host.loop.Run();  // nothing keeps it alive
    std::thread([&] {
      for (int64_t i = 0; i < work.trial.size(); ++i) {
        if (channel->Send([&](Turn&) { ++work.ran; }).ok()) ++work.sent;
      }
    }).join();
  }
};

// A queue as one writes it oneself, which forgets at its end what it had accepted.
struct ClearedAtClose {
  static void Go(Work& work) {
    std::mutex mutex;
    std::deque<embed::Closure> queue;
    std::thread([&] {
      for (int64_t i = 0; i < work.trial.size(); ++i, ++work.sent) {
        const std::lock_guard<std::mutex> lock(mutex);
        queue.push_back([&](Turn&) { ++work.ran; });
      }
    }).join();
    while (work.ran < work.trial.size() / 2) {
      work.host.environment().Run(std::move(queue.front()));
      queue.pop_front();
    }
    work.trial.Reached();
    queue.clear();
  }
};

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial);
  Work work{trial, host};
  Strategy::Go(work);
  if (work.ran < work.sent) trial.Triggered();
  trial.oracle().Count("closures run of those that were accepted", work.ran, work.sent);
}

}  // namespace

Scenario LostClosures() {
  return Scenario("channel/lost-closures")
      .Title("closures sent to the isolate's thread are lost at the end")
      .Story(
          "Reports of another thread to JavaScript do not keep the program alive, and are not "
          "missed when it ends without them.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({10, 100}, 20, 100)
      .Correct<ReferencedUntilClosed>("referenced-until-closed", Run<ReferencedUntilClosed>,
                                      "the channel keeps the loop alive until its sender is done")
      .Correct<ReferencedWhileWorking>("referenced-while-working", Run<ReferencedWhileWorking>,
                                       "Ref before each piece of work, Unref in its last closure")
      .Broken<UnreferencedAtOnce>("unreferenced-at-once", Run<UnreferencedAtOnce>,
                                  "Unref at the start: the loop ends before the closures come")
      .Gives({"PX011"})
      .Broken<ClearedAtClose>("cleared-at-close", Run<ClearedAtClose>,
                              "a queue of one's own that is cleared when it is closed")
      .Gives({"PX011"});
}

}  // namespace handrail
