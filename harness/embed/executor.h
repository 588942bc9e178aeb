// What the three ways to restart a plugin's engine have in common: requests go in from any thread,
// each is answered once, engines come and go meanwhile.
//
//   IsolatePool executor(engine, {.plugin = source, .time_limit = 2s, .restart_after = 1000});
//   std::future<Reply> reply = executor.Submit(Request::Call("on_transaction", R"({"url": "/"})"));
//
//   ThreadPerRestart  plan A  one engine; at a restart its thread is joined, a new one begins.
//                             Requests wait meanwhile.
//   IsolatePool       plan C  several engines, each on a thread of its own, replaced one at a time.
//   ProcessPool       plan B  several engines, each in a process of its own. The only plan that
//                             survives whatever a plugin does to V8, and that can end any of it.
//
// An accepted request is answered exactly once, also when its engine dies, is restarted or the
// executor is shut down. A future whose promise was broken would be a bug of ours.
//
// Time limit. In plans A and C V8 is asked to terminate the script, which it does at the next loop
// turn or call. It cannot interrupt a native function or one long builtin: such a request, its
// thread and Shutdown go on until it ends by itself. Plan B kills the process.
// Heap limit. Near the limit the script is terminated and the limit raised, so that it can unwind.
// What allocates much at once, or without coming by a check (one big builtin), or beyond eight
// times the limit, ends the process by V8's design: all of it in plans A and C, one worker in plan
// B. Memory outside V8's heap (ArrayBuffers) has no limit. An engine whose script was terminated is
// replaced: nobody knows where its plugin was.
//
// Threads: all functions on any thread but the plugin's own; a native function that a plugin calls
// MUST NOT call Restart or Shutdown.
// Rules: Isolate::TerminateExecution, AddNearHeapLimitCallback; v8_isolate_restart_analysis.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <future>
#include <string>
#include <utility>

#include "harness/embed/scheduled_sync.h"

namespace handrail::embed {

struct Request {
  std::string source{};    // a script, run among the plugin's globals; or:
  std::string function{};  // the name of a function of the plugin, a property of globalThis
  std::string argument{};  // of the function: JSON; "": called without one

  static Request Script(std::string source) { return {.source = std::move(source)}; }
  static Request Call(std::string function, std::string json = {}) {
    return {.function = std::move(function), .argument = std::move(json)};
  }
};

enum class Outcome : uint8_t {
  kResult,      // text: the result as JSON, "undefined" where JSON has none; of a promise its value
  kThrew,       // text: "Uncaught Error: ...". Also: no such function, a promise that stays pending
  kTimeLimit,   // terminated or killed; how far it got is not known
  kHeapLimit,   // terminated; the same
  kWorkerLost,  // its process died, hung up or spoke rubbish; or no engine could be started
  kStopped,     // Shutdown(kAbort) came while it ran; how far it got is not known
  kNotRun,      // Shutdown(kAbort) came before it ran
  kRefused,     // not accepted: after Shutdown, or too long
};
const char* ToString(Outcome outcome);

struct Reply {
  Outcome outcome = Outcome::kRefused;
  std::string text{};
  int64_t engine = 0;  // which engine of this executor answered, counted from 1; 0: none

  bool ok() const { return outcome == Outcome::kResult; }
};

struct ExecutorOptions {
  // Loaded into each new engine. Where it fails, every request is answered with its failure.
  std::string plugin{};
  std::chrono::milliseconds time_limit{0};  // of one request, and of loading the plugin; 0: none
  size_t heap_limit_mb = 0;                 // of V8's old generation; 0: V8's default
  int64_t restart_after = 0;                // requests that an engine serves; 0: no restarts
  size_t max_text = size_t{16} << 20;       // bytes of a request, and of a reply
};

// A snapshot; exact once the executor has come to rest.
struct ExecutorStats {
  int64_t accepted = 0;
  int64_t answered = 0;  // of the accepted ones, whatever the outcome
  int64_t refused = 0;
  int64_t engines_made = 0;
  int64_t restarts = 0;  // by Restart or restart_after
  int64_t replaced = 0;  // engines that were terminated, killed or lost
};

enum class ShutdownMode {
  kDrain,  // what was accepted runs
  kAbort,  // what has not begun is answered with kNotRun, what runs is terminated: kStopped
};

class Executor {
 public:
  virtual ~Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Never waits.
  std::future<Reply> Submit(Request request);

  // Replaces the engine, or the one that has served most. Returns when the new one is ready.
  // Ensures: that one was made after this call. False: shut down meanwhile, or none could be made.
  virtual bool Restart() = 0;

  // Returns when every engine is up, or it was shut down.
  virtual void WaitUntilReady() = 0;

  // Takes no more, and returns when all is answered and every engine is gone. May be called again:
  // kAbort cuts short a kDrain that another thread waits for. The destructor drains.
  void Shutdown(ShutdownMode mode);

  ExecutorStats stats() const;
  // Accepted and not begun.
  int64_t waiting() const;

 protected:
  struct Pending {
    Request request;
    std::promise<Reply> promise;
  };
  enum class State { kOpen, kDraining, kAborting };
  using Lock = std::unique_lock<ScheduledMutex>;

  explicit Executor(ExecutorOptions options);

  // With mutex_ held: something was queued; state_ has changed.
  virtual void Queued() = 0;
  virtual void StateChanged() = 0;
  // Once, without the lock: waits for the threads. Called after StateChanged.
  virtual void Join() = 0;

  // Requires: mutex_ is held; the queue is not empty.
  Pending TakeFirst();
  // Counted under the lock that is held, told outside of it.
  void Answer(Lock& held, Pending pending, Reply reply);
  // No engine can be had any more: answers what is queued with kWorkerLost and takes no more.
  void GiveUp(Lock& held, const std::string& why);

  const ExecutorOptions options_;
  mutable ScheduledMutex mutex_{"executor.lock"};
  // Guarded by mutex_.
  std::deque<Pending> queue_;
  State state_ = State::kOpen;
  ExecutorStats stats_;

 private:
  void AnswerQueued(Lock& held, const Reply& reply);

  ScheduledMutex join_mutex_{"executor.join"};
  bool joined_ = false;  // guarded by join_mutex_
};

}  // namespace handrail::embed
