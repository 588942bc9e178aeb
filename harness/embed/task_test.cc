#include "harness/embed/task.h"

#include <gmock/gmock.h>

#include <latch>
#include <stdexcept>
#include <thread>

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Keeps all of libuv's pool busy until it is released, so that what is queued behind it waits.
class BusyPool {
 public:
  explicit BusyPool(Environment& environment) {
    for (int i = 0; i < kThreads; ++i) {
      Task(environment, [latches = latches_] {
        latches->busy.count_down();
        latches->release.wait();
      }).AndThen([](Turn&) {});
    }
    latches_->busy.wait();
  }
  ~BusyPool() { Release(); }
  void Release() {
    if (!std::exchange(released_, true)) latches_->release.count_down();
  }

 private:
  static constexpr int kThreads = 4;  // libuv's default
  struct Latches {
    std::latch busy{kThreads};
    std::latch release{1};
  };
  // The pool may still be looking at them when this ends.
  const std::shared_ptr<Latches> latches_ = std::make_shared<Latches>();
  bool released_ = false;
};

class TaskTest : public EmbedTest {
 protected:
  v8::MaybeLocal<v8::Value> Number(int value) { return v8::Integer::New(isolate(), value); }
};

TEST_F(TaskTest, SettlesAPromiseWithItsResult) {
  const std::thread::id here = std::this_thread::get_id();
  v8::Local<v8::Promise> promise = Task(environment(), [here] {
                                     return std::this_thread::get_id() == here ? 0 : 42;
                                   }).Promise([&](Turn&, int result) { return Number(result); });
  EXPECT_EQ(StateOf(promise), "pending");
  loop.Run();
  EXPECT_EQ(StateOf(promise), "fulfilled: 42");
  EXPECT_EQ(totals().tasks_completed, 1);
}

TEST_F(TaskTest, SettlesAPromiseWithoutAResult) {
  v8::Local<v8::Promise> promise =
      Task(environment(), [] {}).Promise([&](Turn&) { return Number(1); });
  loop.Run();
  EXPECT_EQ(StateOf(promise), "fulfilled: 1");
}

TEST_F(TaskTest, GivesAResultThatCannotBeCopiedToItsCompletion) {
  int seen = 0;
  Task(environment(), [] {
    return std::make_unique<int>(7);
  }).AndThen([&](Turn&, std::unique_ptr<int> result) { seen = *result; });
  loop.Run();
  EXPECT_EQ(seen, 7);
}

TEST_F(TaskTest, RejectsThePromiseWithWhatExecuteThrows) {
  auto number = [&](Turn&) { return Number(1); };
  v8::Local<v8::Promise> known =
      Task(environment(), [] { throw std::runtime_error("thrown"); }).Promise(number);
  v8::Local<v8::Promise> unknown = Task(environment(), [] { throw 42; }).Promise(number);
  loop.Run();
  EXPECT_EQ(StateOf(known), "rejected: Error: thrown");
  EXPECT_THAT(StateOf(unknown), HasSubstr("no std::exception"));
  EXPECT_THAT(uncaught, IsEmpty());
}

TEST_F(TaskTest, ReportsWhatExecuteThrowsWhereThereIsNoPromise) {
  Task(environment(), [] { throw std::runtime_error("thrown"); }).AndThen([](Turn&) {
    FAIL() << "there is nothing to complete";
  });
  loop.Run();
  EXPECT_THAT(UncaughtMessages(), ElementsAre("task: Uncaught Error: thrown"));
}

TEST_F(TaskTest, RejectsThePromiseWithWhatItsCompletionThrows) {
  v8::Local<v8::Promise> promise = Task(environment(), [] {}).Promise([](Turn& turn) {
    return engine::RunScript(turn.context(), "throw new Error('thrown')");
  });
  loop.Run();
  EXPECT_EQ(StateOf(promise), "rejected: Error: thrown");
}

TEST_F(TaskTest, ReportsWhatACompletionThrows) {
  Task(environment(), [] {}).AndThen([](Turn&) { throw std::runtime_error("thrown"); });
  loop.Run();
  EXPECT_THAT(UncaughtMessages(), ElementsAre("task: thrown"));
}

TEST_F(TaskTest, IsCancelledBeforeItStarts) {
  bool executed = false;
  auto pool = std::make_unique<BusyPool>(environment());
  Task task(environment(), [&] { executed = true; });
  TaskHandle handle = task.Handle();
  v8::Local<v8::Promise> promise = task.Promise([&](Turn&) { return Number(1); });
  EXPECT_TRUE(handle.Cancel());
  EXPECT_FALSE(handle.Cancel()) << "cancelled twice";
  pool->Release();
  loop.Run();
  EXPECT_FALSE(executed);
  EXPECT_EQ(StateOf(promise), "rejected: Error: the task was cancelled");
  EXPECT_EQ(totals().tasks_cancelled, 1);
  EXPECT_EQ(totals().tasks_completed, 4);
}

TEST_F(TaskTest, IsNotCancelledOnceItRuns) {
  std::latch started(1);
  std::latch go_on(1);
  Task task(environment(), [&] {
    started.count_down();
    go_on.wait();
    throw std::runtime_error("thrown while it was to be cancelled");
  });
  TaskHandle handle = task.Handle();
  v8::Local<v8::Promise> promise = task.Promise([&](Turn&) { return Number(1); });
  started.wait();
  EXPECT_FALSE(handle.Cancel());
  go_on.count_down();
  EXPECT_FALSE(handle.Cancel());
  loop.Run();
  EXPECT_THAT(StateOf(promise), HasSubstr("thrown while"));
  EXPECT_FALSE(handle.Cancel()) << "it is over";
}

TEST_F(TaskTest, IsCancelledBeforeItIsQueued) {
  Task task(environment(), [] { FAIL() << "it was cancelled"; });
  TaskHandle handle = task.Handle();
  EXPECT_TRUE(handle.Cancel());
  EXPECT_FALSE(handle.Cancel());
  v8::Local<v8::Promise> promise = task.Promise([&](Turn&) { return Number(1); });
  environment().Settle();
  EXPECT_EQ(StateOf(promise), "rejected: Error: the task was cancelled");
  EXPECT_EQ(totals().tasks_queued, 1);
  EXPECT_EQ(totals().tasks_cancelled, 1);
}

TEST_F(TaskTest, CompletesNothingWhenItIsCancelledWithoutAPromise) {
  Task task(environment(), [] {});
  TaskHandle handle = task.Handle();
  handle.Cancel();
  task.AndThen([](Turn&) { FAIL() << "it was cancelled"; });
  Close();
  EXPECT_THAT(uncaught, IsEmpty());
  EXPECT_EQ(totals().tasks_cancelled, 1);
}

TEST_F(TaskTest, IsCancelledOnItsOwnThreadOnly) {
  Task task(environment(), [] {});
  TaskHandle handle = task.Handle();
  std::thread([&] { EXPECT_FALSE(handle.Cancel()); }).join();
  EXPECT_FALSE(TaskHandle().Cancel()) << "of no task";
  task.AndThen([](Turn&) {});
  loop.Run();
}

TEST_F(TaskTest, IsCancelledOrRunsButNeverBoth) {
  for (int i = 0; i < 200; ++i) {
    std::atomic<int> executed = 0;
    int completed = 0;
    Task task(environment(), [&] { ++executed; });
    TaskHandle handle = task.Handle();
    task.AndThen([&](Turn&) { ++completed; });
    const bool cancelled = handle.Cancel();
    loop.Run();
    ASSERT_EQ(executed + (cancelled ? 1 : 0), 1);
    ASSERT_EQ(completed, executed);
  }
  EXPECT_EQ(totals().tasks_cancelled + totals().tasks_completed, 200);
}

TEST_F(TaskTest, IsLostWhenTheEnvironmentClosesBeforeItsCompletion) {
  v8::Local<v8::Promise> promise;
  {
    BusyPool pool(environment());
    promise = Task(environment(), [] {}).Promise([&](Turn&) {
      ADD_FAILURE() << "completed after Close";
      return Number(1);
    });
    Close();
    EXPECT_EQ(totals().tasks_lost, 5) << "told when the environment closes";
    EXPECT_EQ(left_over_reports, 1);
  }
  loop.Run();
  EXPECT_EQ(StateOf(promise), "pending");
  EXPECT_EQ(totals().promises_left_over, 1);
  EXPECT_EQ(totals().promises_dropped_late, 1);
  EXPECT_EQ(totals().tasks_lost, 5);
}

TEST_F(TaskTest, LeavesAHandleThatOutlivesTheEnvironment) {
  auto pool = std::make_unique<BusyPool>(environment());
  bool executed = false;
  Task task(environment(), [&] { executed = true; });
  TaskHandle handle = task.Handle();
  task.AndThen([](Turn&) {});
  environment_.reset();
  EXPECT_TRUE(handle.Cancel()) << "its work can still be spared";
  pool->Release();
  loop.Run();
  EXPECT_FALSE(executed);
  std::thread([handle = std::move(handle)] {}).join();
}

TEST_F(TaskTest, IsLostWhenItIsQueuedAfterClose) {
  Close();
  auto held = std::make_shared<int>();
  EXPECT_TRUE(Task(environment(), [held] {}).Promise([&](Turn&) { return Number(1); }).IsEmpty());
  Task(environment(), [held] {}).AndThen([held](Turn&) {});
  EXPECT_EQ(held.use_count(), 1) << "what it captured is released";
  EXPECT_EQ(totals().tasks_queued, 2);
  EXPECT_EQ(totals().tasks_lost, 2);
}

TEST_F(TaskTest, IsRejectedWhenItIsQueuedInTheLastMoments) {
  auto made = MakePromise(environment());
  v8::Global<v8::Promise> late;
  std::function<void()> queue = [&] {
    late.Reset(isolate(), Task(environment(), [] {}).Promise([&](Turn&) { return Number(1); }));
  };
  React(made.promise, Native(&queue));
  made.deferred.Drop(nullptr);
  Close();
  ASSERT_FALSE(late.IsEmpty()) << "the handler of the rejected promise did not run";
  EXPECT_THAT(StateOf(late.Get(isolate())), HasSubstr("cannot queue a task"));
  EXPECT_EQ(totals().tasks_queued, totals().tasks_completed);
  late.Reset();
}

TEST_F(TaskTest, MayCloseTheEnvironmentInItsCompletion) {
  Task(environment(), [] {}).AndThen([&](Turn&) {
    Close();
    throw std::runtime_error("after");
  });
  loop.Run();
  EXPECT_THAT(UncaughtMessages(), ElementsAre("task: after"));
  EXPECT_EQ(totals().tasks_completed, 1);
  EXPECT_EQ(totals().tasks_lost, 0);
}

}  // namespace
}  // namespace handrail::embed
