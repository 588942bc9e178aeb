// Internal to embed: what Deferreds, Roots, Channels, Boxes and Tasks share with their environment,
// and what of it outlives the environment. Others include environment.h.
//
// Ownership: shared by all of them. `open()` tells whether the environment is still there.
// Threads: each group below says its own.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harness/embed/environment.h"
#include "harness/embed/promise_observer.h"
#include "harness/embed/scheduled_sync.h"

namespace handrail::embed {

// What different threads write lies this far apart.
inline constexpr size_t kCacheLine = 64;

// A number that one thread writes and all may read.
class Tally {
 public:
  void Add(int64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  int64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

// A number that any thread writes.
class SharedTally {
 public:
  void Add(int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  int64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

// Something that has to hear of the environment's end: a mailbox.
class Resident {
 public:
  virtual ~Resident() = default;
  // On the isolate's thread, V8 usable unless `abandoned`. Called once.
  virtual void EnvironmentEnds(bool abandoned) = 0;
};

class Boxes;

class Home : public std::enable_shared_from_this<Home> {
 public:
  Home(v8::Isolate* isolate, v8::Local<v8::Context> context, uv_loop_t* loop,
       EnvironmentOptions options);

  // ---- Any thread.
  bool OnThread() const { return std::this_thread::get_id() == thread_; }
  bool open() const { return open_.load(std::memory_order_acquire); }
  // An entry that lost its owner. `reason`: why its promise is rejected; nullptr: the usual one.
  void DropDeferred(HandleEntry* entry, const char* reason);
  void DropRoot(HandleEntry* entry);
  // One whose handle is done with: a Deferred that has settled.
  void GiveBack(HandleEntry* entry);
  void Refuse(PromiseObserver::Refused why, PromiseObserver::Note note, const Place& made,
              const Place& here);
  Totals totals() const;

  // ---- The isolate's thread.
  // Whether V8 can be used here and now: right thread, still open, isolate entered.
  bool Usable() const { return OnThread() && open() && v8::Isolate::TryGetCurrent() == isolate_; }
  v8::Isolate* isolate() const { return isolate_; }
  uv_loop_t* loop() const { return loop_; }
  // nullptr once nothing new may be tied to the loop: it has ended, or the environment is about to.
  uv_loop_t* live_loop() const { return !closing_ && wake_.usable() ? loop_ : nullptr; }
  // Requires: open().
  v8::Local<v8::Context> context() const { return context_.Get(isolate_); }
  HandleTable& promises() { return promises_; }
  HandleTable& roots() { return roots_; }
  void EndRoot(HandleEntry* entry);
  Boxes& boxes();  // box.cc
  bool has_boxes() const { return boxes_ != nullptr; }
  bool closing() const { return closing_; }
  const EnvironmentOptions& options() const { return options_; }
  PromiseObserver* observer() const { return options_.promises.get(); }

  // The isolate and the context entered, for any number of turns. Requires: open().
  class Stay {
   public:
    explicit Stay(Home& home)
        : entered_(home.isolate_),
          scope_(home.isolate_),
          context_(home.context()),
          in_context_(context_) {}
    v8::Local<v8::Context> context() const { return context_; }

   private:
    const v8::Isolate::Scope entered_;
    const v8::HandleScope scope_;
    const v8::Local<v8::Context> context_;
    const v8::Context::Scope in_context_;
  };

  // Runs work(turn) and then, unless this is a turn within a turn, microtasks; nothing it throws
  // gets out. `from`: who, for the report. Afterwards the environment may be closed.
  template <class Work>
  void InTurn(const Stay& stay, const char* from, Work&& work) {
    const v8::HandleScope scope(isolate_);
    ++turns_;
    {
      const v8::TryCatch failure(isolate_);
      try {
        Turn turn(*this, stay.context());
        work(turn);
      } catch (const std::exception& error) {
        TellUncaught({from, error.what(), ""});
      } catch (...) {
        TellUncaught({from, "a C++ exception that is no std::exception", ""});
      }
      if (failure.HasCaught()) TellUncaught(from, failure);
    }
    if (--turns_ == 0) isolate_->PerformMicrotaskCheckpoint();
  }
  template <class Work>
  void InTurn(const char* from, Work&& work) {
    InTurn(Stay(*this), from, std::forward<Work>(work));
  }

  // The option that it calls must not throw: there is nobody left to tell.
  void TellUncaught(Uncaught uncaught) noexcept;
  void TellUncaught(const char* from, const v8::TryCatch& failure);
  // Rejects with a new Error. Requires: a HandleScope and the context are open.
  v8::Local<v8::Promise> RejectEntry(HandleEntry* entry, const std::string& why);

  // Held until the environment ends or it leaves. False: that end has begun.
  bool MovesIn(std::shared_ptr<Resident> resident);
  void MovesOut(const Resident* resident);

  // Work for the isolate's thread that some garbage collection left behind: runs with the drops.
  void RunSoon(Closure work);

  void DrainDrops();
  void Close(bool abandoned);

  // Written on the isolate's thread.
  struct alignas(kCacheLine) {
    Tally promises_made, promises_settled, promises_dropped, promises_left_over;
    Tally roots_made, roots_dropped, roots_left_over;
    Tally messages_run, messages_handed_back, messages_lost;
    Tally tasks_queued, tasks_completed, tasks_cancelled, tasks_lost;
    Tally boxes_made, boxes_finalized, uncaught;
  } own;
  // Written on any.
  struct alignas(kCacheLine) {
    SharedTally promises_dropped_late, roots_dropped_late, settlements_refused, messages_accepted;
  } shared;

 private:
  struct DroppedDeferred {
    HandleEntry* entry;
    const char* reason;
  };
  struct Drops {
    std::vector<DroppedDeferred> deferreds;
    std::vector<HandleEntry*> roots;
    std::vector<HandleEntry*> settled;
    std::deque<Closure> work;
    // Whether V8 has to be asked.
    bool idle() const { return deferreds.empty() && roots.empty() && work.empty(); }
  };

  void Wake();
  bool LateRelease(std::shared_ptr<Home>* last);
  void RejectDropped(const DroppedDeferred& dropped);
  void DrainOnce();
  bool RunNextWork();
  bool LockUp(bool in_any_case);
  void EndBoxes(bool abandoned);  // box.cc
  void CountLeftOver();
  void ResetLeftOver();

  const std::thread::id thread_ = std::this_thread::get_id();
  v8::Isolate* const isolate_;
  uv_loop_t* const loop_;
  const EnvironmentOptions options_;
  // Behind a pointer, so that an abandoned one can be forgotten without a call into V8.
  std::unique_ptr<v8::Global<v8::Context>> context_holder_;
  v8::Global<v8::Context>& context_;
  HandleTable promises_;  // resolvers, one for each Deferred
  HandleTable roots_;
  std::atomic<bool> open_ = true;
  bool closing_ = false;
  int turns_ = 0;  // turns within turns

  alignas(kCacheLine) ScheduledMutex mutex_{
      "home.lock"};  // guards drops_, and open_ against late drops
  Drops drops_;
  int64_t late_out_ = 0;        // entries still out after Close
  std::shared_ptr<Home> keep_;  // itself, for their sake
  std::vector<std::shared_ptr<Resident>> residents_;
  std::shared_ptr<Boxes> boxes_;  // nullptr until the first box
  WakeUp wake_;
};

}  // namespace handrail::embed
