#include "harness/embed/thread_per_restart.h"

#include <system_error>
#include <utility>

namespace handrail::embed {

ThreadPerRestart::ThreadPerRestart(engine::Engine& engine, ExecutorOptions options,
                                   InstallNatives natives)
    : Executor(std::move(options)), engine_(engine), natives_(std::move(natives)) {
  supervisor_ = ScheduledThread("thread_per_restart.supervisor", [this] { Supervise(); });
}

bool ThreadPerRestart::Restart() {
  Lock lock(mutex_);
  if (state_ != State::kOpen) return false;
  const int64_t number = stats_.engines_made + 1;
  wanted_ = std::max(wanted_, number);
  work_.notify_one();
  changed_.wait(lock, [&] { return ready_ >= number || ended_; });
  return ready_ >= number;
}

void ThreadPerRestart::WaitUntilReady() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return ready_ > 0 || ended_; });
}

void ThreadPerRestart::StateChanged() {
  if (state_ == State::kAborting) watchdog_.StopAll();
  work_.notify_one();
}

// Makes engines one after the other. A thread of its own, because none can join itself.
void ThreadPerRestart::Supervise() {
  Lock lock(mutex_);
  while (state_ == State::kOpen || !queue_.empty()) {
    const int64_t number = ++stats_.engines_made;
    lock.unlock();
    try {
      ScheduledThread thread("thread_per_restart.engine", [this, number] { Serve(number); });
      thread.join();
      lock.lock();
    } catch (const std::system_error& error) {
      lock.lock();
      --stats_.engines_made;
      GiveUp(lock, std::string("no thread for a new engine: ") + error.what());
    }
  }
  ended_ = true;
  changed_.notify_all();
}

void ThreadPerRestart::Serve(int64_t number) {
  ScriptEngine engine(engine_, options_, watchdog_, natives_);
  Lock lock(mutex_);
  ready_ = number;
  changed_.notify_all();
  for (int64_t served = 0; Next(lock, number, served); ++served) {
    Pending pending = TakeFirst();
    lock.unlock();
    Reply reply = engine.Run(pending.request);
    reply.engine = number;
    lock.lock();
    stats_.replaced += engine.spent();
    Answer(lock, std::move(pending), std::move(reply));
    if (engine.spent()) return;
  }
}

// Waits for a request. False: this engine has to go.
bool ThreadPerRestart::Next(Lock& lock, int64_t number, int64_t served) {
  const bool worn = options_.restart_after > 0 && served >= options_.restart_after;
  work_.wait(lock,
             [&] { return worn || wanted_ > number || state_ != State::kOpen || !queue_.empty(); });
  if (queue_.empty() && state_ != State::kOpen) return false;
  if (!worn && wanted_ <= number) return true;
  ++stats_.restarts;
  return false;
}

}  // namespace handrail::embed
