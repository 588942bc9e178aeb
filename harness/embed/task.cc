#include "harness/embed/task.h"

#include <exception>

#include "harness/embed/home.h"
#include "harness/embed/schedule_point.h"
#include "harness/engine/script.h"

namespace handrail::embed {

// One request of libuv's pool. Owned by the loop while it is queued, by handles before and after.
class TaskState : public std::enable_shared_from_this<TaskState> {
 public:
  using Execute = absl::AnyInvocable<void() &&>;
  using Complete = absl::AnyInvocable<void(Turn&, const TaskOutcome&) &&>;

  explicit TaskState(std::shared_ptr<Home> home) : home_(std::move(home)) {}
  Home& home() const { return *home_; }

  void Queue(Execute execute, Complete complete) {
    execute_ = std::move(execute);
    complete_ = std::move(complete);
    home_->own.tasks_queued.Add();
    if (!home_->open()) {
      home_->own.tasks_lost.Add();
      return End();
    }
    if (cancelled_) return EndSoon();
    work_.data = this;
    int refused = UV_ECANCELED;
    if (home_->live_loop() != nullptr) {
      refused = uv_queue_work(
          home_->loop(), &work_, [](uv_work_t* work) { From(work)->Run(); },
          [](uv_work_t* work, int) { From(work)->Ended(); });
    }
    if (refused == 0) {
      in_pool_ = shared_from_this();
      return;
    }
    outcome_ = {.threw = true,
                .error = std::string("cannot queue a task: ") + uv_strerror(refused)};
    EndSoon();
  }

  bool Cancel() {
    if (!home_->OnThread() || over_ || cancelled_) return false;
    if (in_pool_ != nullptr && uv_cancel(reinterpret_cast<uv_req_t*>(&work_)) != 0) return false;
    return cancelled_ = true;
  }

 private:
  static TaskState* From(uv_work_t* work) { return static_cast<TaskState*>(work->data); }

  // On the pool.
  void Run() {
    SchedulePoint("task.run");
    try {
      std::move(execute_)();
    } catch (const std::exception& error) {
      outcome_ = {.threw = true, .error = error.what()};
    } catch (...) {
      outcome_ = {.threw = true, .error = "a C++ exception that is no std::exception"};
    }
  }

  // On the loop's thread, and the environment may be closed by now.
  void Ended() {
    const std::shared_ptr<TaskState> keep = std::move(in_pool_);
    End();
  }

  void EndSoon() {
    home_->RunSoon([self = shared_from_this()](Turn&) { self->End(); });
  }

  void End() {
    over_ = true;
    execute_ = nullptr;  // what it captured ends here, on the isolate's thread
    Complete complete = std::move(complete_);
    if (!home_->open()) return;  // Close has counted it as lost
    if (cancelled_) outcome_ = {.cancelled = true};
    (cancelled_ ? home_->own.tasks_cancelled : home_->own.tasks_completed).Add();
    home_->InTurn("task", [&](Turn& turn) { std::move(complete)(turn, outcome_); });
  }

  const std::shared_ptr<Home> home_;
  uv_work_t work_{};
  Execute execute_;
  Complete complete_;
  TaskOutcome outcome_;                 // the pool's while it executes
  bool cancelled_ = false;              // the isolate's thread only, as the rest
  std::shared_ptr<TaskState> in_pool_;  // itself, while libuv has it
  bool over_ = false;
};

bool TaskHandle::Cancel() { return state_ != nullptr && state_->Cancel(); }

TaskBase::TaskBase(const Environment& environment)
    : state_(std::make_shared<TaskState>(environment.home())) {}

void TaskBase::Queue(Execute execute, Complete complete) {
  state_->Queue(std::move(execute), std::move(complete));
}

void TaskBase::Throw(Turn& turn, const TaskOutcome& outcome) {
  const std::string why = outcome.cancelled ? "the task was cancelled" : outcome.error;
  turn.isolate()->ThrowException(v8::Exception::Error(engine::Text(turn.isolate(), why)));
}

v8::Local<v8::Promise> TaskBase::QueueForPromise(Execute execute, Compute compute,
                                                 const Place& here) {
  auto [deferred, promise] = MakePromise(state_->home(), here);
  Queue(std::move(execute), [deferred = std::move(deferred), compute = std::move(compute), here](
                                Turn& turn, const TaskOutcome& outcome) mutable {
    deferred.SettleWith(
        [&]() -> v8::MaybeLocal<v8::Value> {
          if (outcome.ok()) return std::move(compute)(turn);
          Throw(turn, outcome);
          return {};
        },
        here);
  });
  return promise;
}

}  // namespace handrail::embed
