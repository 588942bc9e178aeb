// Work on libuv's thread pool whose result comes back to the isolate's thread: the TaskBuilder of
// RFC neon_rfc_promise_taskbuilder.
//
//   v8::Local<v8::Promise> promise =
//       Task(environment, [path] { return ReadWhole(path); })
//           .Promise([](Turn& turn, std::string text) -> v8::MaybeLocal<v8::Value> { ... });
//   Task(environment, [] { Compress(); }).AndThen([](Turn& turn) { ... });
//
// `execute` runs on the pool and MUST NOT touch V8: capture Roots and Deferreds, never Locals. What
// it throws rejects the promise of Promise(), and is an uncaught exception after AndThen(). A task
// can be cancelled until it starts: its promise is then rejected, its completion never runs.
//
// When the environment is closed meanwhile, the completion does not run; Close counts it
// (Totals::tasks_lost). The loop must run until its tasks are done before it can be closed: libuv
// keeps it alive for them.
//
// Threads: the isolate's, apart from `execute`.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "harness/embed/deferred.h"
#include "harness/embed/environment.h"

namespace handrail::embed {

class TaskState;

// Keeps hold of a task in order to cancel it.
class TaskHandle {
 public:
  TaskHandle() = default;  // of no task
  // Whether the task will now never run. False: it has started or is over, or was cancelled before,
  // or this is not the isolate's thread.
  bool Cancel();

 private:
  friend class TaskBase;
  explicit TaskHandle(std::shared_ptr<TaskState> state) : state_(std::move(state)) {}
  std::shared_ptr<TaskState> state_;
};

// How a task came out, as its completion sees it.
struct TaskOutcome {
  bool cancelled = false;
  bool threw = false;
  std::string error{};  // of a task that threw, or that libuv would not take
  bool ok() const { return !cancelled && !threw; }
};

class TaskBase {
 public:
  // Requires: the task is not queued yet, or was just.
  TaskHandle Handle() const { return TaskHandle(state_); }

 protected:
  using Execute = absl::AnyInvocable<void() &&>;
  using Complete = absl::AnyInvocable<void(Turn&, const TaskOutcome&) &&>;

  explicit TaskBase(const Environment& environment);
  void Queue(Execute execute, Complete complete);
  v8::Local<v8::Promise> QueueForPromise(Execute execute, Compute compute, const Place& here);
  static void Throw(Turn& turn, const TaskOutcome& outcome);

 private:
  std::shared_ptr<TaskState> state_;
};

template <class Work>
class [[nodiscard]] Task : public TaskBase {
 public:
  using Result = std::invoke_result_t<Work>;

  Task(const Environment& environment, Work execute)
      : TaskBase(environment), execute_(std::move(execute)) {}

  // Queues it; then complete(turn, result), or complete(turn) when there is no result. Once only.
  template <class Completion>
  void AndThen(Completion complete) {
    auto slot = std::make_shared<Slot>();
    Queue(Filling(slot),
          [slot, complete = std::move(complete)](Turn& turn, const TaskOutcome& outcome) mutable {
            if (outcome.cancelled) return;
            if (!outcome.ok()) return Throw(turn, outcome);
            Call(complete, turn, *slot);
          });
  }

  // Queues it; the promise is resolved with what complete(turn, result) returns, a
  // v8::MaybeLocal<v8::Value>, and rejected with what it throws. Once only.
  // Requires: a HandleScope is open.
  template <class Completion>
  v8::Local<v8::Promise> Promise(Completion complete, Place here = Place::current()) {
    auto slot = std::make_shared<Slot>();
    return QueueForPromise(
        Filling(slot),
        [slot, complete = std::move(complete)](Turn& turn) mutable {
          return Call(complete, turn, *slot);
        },
        here);
  }

 private:
  struct Nothing {};
  using Slot = std::optional<std::conditional_t<std::is_void_v<Result>, Nothing, Result>>;

  Execute Filling(std::shared_ptr<Slot> slot) {
    return [slot = std::move(slot), execute = std::move(execute_)]() mutable {
      if constexpr (std::is_void_v<Result>) {
        std::move(execute)();
        slot->emplace();
      } else {
        slot->emplace(std::move(execute)());
      }
    };
  }
  template <class Completion>
  static decltype(auto) Call(Completion& complete, Turn& turn, Slot& slot) {
    if constexpr (std::is_void_v<Result>) {
      return std::move(complete)(turn);
    } else {
      return std::move(complete)(turn, *std::move(slot));
    }
  }

  Work execute_;
};

}  // namespace handrail::embed
