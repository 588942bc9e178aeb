// Every order in which isolate, loop, environment and what was made from it can end.
#include <gmock/gmock.h>

#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/box.h"
#include "harness/embed/channel.h"
#include "harness/embed/embed_test.h"
#include "harness/embed/root.h"
#include "harness/embed/task.h"

namespace handrail::embed {
namespace {

// An isolate with a context and a HandleScope, to be ended when a test wants it.
struct Whole {
  handrail::testing::EnteredIsolate entered;
  v8::HandleScope scope{entered.get()};
  v8::Local<v8::Context> context = v8::Context::New(entered.get());
  v8::Context::Scope in_context{context};
};

struct Boxable {
  int* ends = nullptr;
  Root<v8::Object> root;
  Boxable(int* ends, Root<v8::Object> root) : ends(ends), root(std::move(root)) {}
  Boxable(Boxable&& other) noexcept
      : ends(std::exchange(other.ends, nullptr)), root(std::move(other.root)) {}
  ~Boxable() {
    if (ends == nullptr) return;
    ++*ends;
    root.Drop();  // explicitly: it must not get at an isolate that is gone
  }
  void Finalize(Turn&) { *ends += 100; }
};

// One of everything that can survive an environment.
struct Survivors {
  Deferred deferred;
  Root<v8::Object> root;
  std::shared_ptr<Channel> channel;
  TaskHandle handle;
};

class TeardownTest : public ::testing::Test {
 protected:
  TeardownTest() {
    environment = std::make_unique<Environment>(
        whole->entered.get(), whole->context, loop->get(),
        EnvironmentOptions{.left_over = [this](const Totals&) { ++reports; }});
  }
  Survivors MakeSurvivors() {
    Survivors made;
    made.deferred = MakePromise(*environment).deferred;
    made.root = MakeRoot(*environment, v8::Object::New(whole->entered.get()));
    made.channel = Channel::Make(*environment);
    Task task(*environment, [] {});
    made.handle = task.Handle();
    task.AndThen([](Turn&) {});
    return made;
  }
  // What a survivor may still be asked, and what it then says. On any thread.
  static void AskSurvivors(Survivors& these) {
    EXPECT_NE(these.deferred.Resolve({}), Settlement::kSettled);
    EXPECT_TRUE(these.root.Get().IsEmpty());
    EXPECT_FALSE(these.root.Clone().holds());
    EXPECT_FALSE(these.channel->Send([](Turn&) {}).ok());
    EXPECT_FALSE(these.channel->Ref());
    these.channel->Close();
    EXPECT_TRUE(these.channel->CloseAndTakeBack().empty());
    static_cast<void>(these.handle.Cancel());  // its work may be spared, if it has not begun
  }
  void ExpectAllAccountedFor() {
    const Totals all = environment->totals();
    EXPECT_EQ(all.promises_made,
              all.promises_settled + all.promises_dropped + all.promises_left_over);
    EXPECT_EQ(all.promises_dropped_late, all.promises_left_over);
    EXPECT_EQ(all.roots_made, all.roots_dropped + all.roots_left_over);
    EXPECT_EQ(all.roots_dropped_late, all.roots_left_over);
    EXPECT_EQ(all.messages_accepted,
              all.messages_run + all.messages_handed_back + all.messages_lost);
    EXPECT_EQ(all.tasks_queued, all.tasks_completed + all.tasks_cancelled + all.tasks_lost);
  }

  std::unique_ptr<Whole> whole = std::make_unique<Whole>();
  std::unique_ptr<EventLoop> loop = std::make_unique<EventLoop>();
  int reports = 0;
  std::unique_ptr<Environment> environment;
};

TEST_F(TeardownTest, EnvironmentThenLoopThenIsolate) {
  { const Survivors dropped = MakeSurvivors(); }
  loop->Run();
  environment->Close();
  loop.reset();
  whole.reset();
  ExpectAllAccountedFor();
  EXPECT_EQ(reports, 0);
}

TEST_F(TeardownTest, EnvironmentThenIsolateThenLoop) {
  Survivors survivors = MakeSurvivors();
  EXPECT_TRUE(survivors.channel->Send([](Turn&) { FAIL() << "ran after Close"; }).ok());
  environment->Close();
  whole.reset();
  loop.reset();
  AskSurvivors(survivors);
  survivors = {};
  ExpectAllAccountedFor();
  EXPECT_EQ(environment->totals().messages_lost, 1);
  EXPECT_EQ(environment->totals().tasks_lost, 1);
  EXPECT_EQ(reports, 1);
}

TEST_F(TeardownTest, IsolateFirst) {
  Survivors survivors = MakeSurvivors();
  int ends = 0;
  ASSERT_FALSE(
      MakeBox(*environment,
              Boxable(&ends, MakeRoot(*environment, v8::Object::New(whole->entered.get()))))
          .IsEmpty());
  { const Deferred dropped_before = MakePromise(*environment).deferred; }
  EXPECT_TRUE(survivors.channel
                  ->Send([deferred = MakePromise(*environment).deferred](Turn&) {
                    FAIL() << "ran without an isolate";
                  })
                  .ok());
  whole.reset();
  environment->Abandon();
  EXPECT_EQ(ends, 1) << "destroyed, not finalized";
  AskSurvivors(survivors);
  survivors = {};
  loop.reset();
  ExpectAllAccountedFor();
  EXPECT_EQ(environment->totals().promises_left_over, 3);
  EXPECT_EQ(environment->totals().roots_left_over, 2);
  EXPECT_EQ(environment->totals().messages_lost, 1);
}

// The next isolate may lie where the one before was: nothing may be taken for its own.
TEST_F(TeardownTest, IsolateFirstWithAnotherInItsPlace) {
  Survivors survivors = MakeSurvivors();
  int ends = 0;
  ASSERT_FALSE(
      MakeBox(*environment,
              Boxable(&ends, MakeRoot(*environment, v8::Object::New(whole->entered.get()))))
          .IsEmpty());
  EXPECT_TRUE(survivors.channel->Send([root = survivors.root.Clone()](Turn&) {}).ok());
  whole.reset();
  whole = std::make_unique<Whole>();
  environment->Abandon();
  AskSurvivors(survivors);
  survivors = {};
  EXPECT_TRUE(MakePromise(*environment).promise.IsEmpty());
  ExpectAllAccountedFor();
}

TEST_F(TeardownTest, LoopFirst) {
  Survivors survivors = MakeSurvivors();
  EXPECT_TRUE(survivors.channel->Send([](Turn&) { FAIL() << "ran after its loop"; }).ok());
  auto* raw = loop->get();
  uv_walk(
      raw, [](uv_handle_t* handle, void*) { uv_close(handle, nullptr); }, nullptr);
  uv_run(raw, UV_RUN_DEFAULT);
  loop.reset();
  EXPECT_TRUE(survivors.channel->Send([](Turn&) { FAIL() << "ran after its loop"; }).ok())
      << "a wake-up was under way already";
  EXPECT_EQ(Channel::Make(*environment)->Send([](Turn&) {}).failure(), SendFailure::kWakeUpFailed);
  auto made = MakePromise(*environment);
  std::thread([dropped = std::move(made.deferred)] {}).join();
  v8::Local<v8::Promise> late =
      Task(*environment, [] {}).Promise([](Turn&) -> v8::MaybeLocal<v8::Value> { return {}; });
  environment->Close();
  EXPECT_EQ(made.promise->State(), v8::Promise::kRejected);
  EXPECT_EQ(late->State(), v8::Promise::kRejected);
  AskSurvivors(survivors);
  survivors = {};
  whole.reset();
  ExpectAllAccountedFor();
  EXPECT_EQ(environment->totals().messages_lost, 2);
}

TEST_F(TeardownTest, LoopAndIsolateFirst) {
  Survivors survivors = MakeSurvivors();
  uv_walk(
      loop->get(), [](uv_handle_t* handle, void*) { uv_close(handle, nullptr); }, nullptr);
  uv_run(loop->get(), UV_RUN_DEFAULT);
  loop.reset();
  whole.reset();
  environment->Abandon();
  survivors = {};
  ExpectAllAccountedFor();
}

TEST_F(TeardownTest, ChannelFirst) {
  Survivors survivors = MakeSurvivors();
  EXPECT_TRUE(survivors.channel->Send([](Turn&) {}).ok());
  survivors.channel.reset();
  loop->Run();  // returns: the channel's end let it go
  environment->Close();
  EXPECT_EQ(environment->totals().messages_run, 1);
  EXPECT_EQ(environment->totals().messages_lost, 0);
}

TEST_F(TeardownTest, ChannelFirstWithALoopThatNeverRunsAgain) {
  Survivors survivors = MakeSurvivors();
  EXPECT_TRUE(survivors.channel->Send([](Turn&) { FAIL() << "ran although no loop did"; }).ok());
  std::thread([channel = std::move(survivors.channel)] {}).join();
  environment->Close();
  survivors = {};
  ExpectAllAccountedFor();
  EXPECT_EQ(environment->totals().messages_lost, 1);
}

TEST_F(TeardownTest, RootsLeftOverAreCountedAndTheirHandlesReset) {
  std::vector<Root<v8::Object>> roots;
  v8::Isolate* isolate = whole->entered.get();
  v8::Global<v8::Object> weak;
  {
    const v8::HandleScope scope(isolate);
    v8::Local<v8::Object> object = v8::Object::New(isolate);
    weak.Reset(isolate, object);
    weak.SetWeak();
    for (int i = 0; i < 2'000; ++i) roots.push_back(MakeRoot(*environment, object));
  }
  environment->Close();
  engine::CollectAll(isolate);
  EXPECT_TRUE(weak.IsEmpty()) << "something still holds what the roots held";
  roots.clear();
  ExpectAllAccountedFor();
  EXPECT_EQ(environment->totals().roots_left_over, 2'000);
}

// Everything lives on in threads that neither isolate, loop nor environment wait for.
TEST_F(TeardownTest, SurvivorsOnOtherThreadsAreAskedAndDroppedAfterwards) {
  constexpr int kThreads = 8;
  std::latch gone(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&gone, survivors = MakeSurvivors()]() mutable {
      gone.wait();
      AskSurvivors(survivors);
    });
  }
  environment->Close();
  const std::shared_ptr<Home> home = environment->home();
  loop.reset();
  whole.reset();
  gone.count_down();
  for (std::thread& thread : threads) thread.join();
  ExpectAllAccountedFor();
  EXPECT_EQ(environment->totals().roots_dropped_late, kThreads);
}

TEST_F(TeardownTest, TheLastOfAllIsDroppedOnAnotherThread) {
  Survivors survivors = MakeSurvivors();
  environment.reset();
  loop.reset();
  whole.reset();
  std::thread([survivors = std::move(survivors)] {}).join();
}

TEST_F(TeardownTest, ThreadsThatSendAndDropMeanwhileLoseNothing) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  std::latch begin(kThreads + 1);
  for (int i = 0; i < kThreads; ++i) {
    std::vector<Survivors> all;
    for (int n = 0; n < 20; ++n) all.push_back(MakeSurvivors());
    threads.emplace_back([&begin, all = std::move(all)]() mutable {
      begin.arrive_and_wait();
      for (Survivors& each : all) {
        static_cast<void>(each.channel->SettleWith(
            std::move(each.deferred),
            [](Turn& turn) -> v8::MaybeLocal<v8::Value> { return v8::Null(turn.isolate()); }));
        each = {};
      }
    });
  }
  begin.arrive_and_wait();
  loop->RunOnce();
  environment->Close();
  whole.reset();
  loop.reset();
  for (std::thread& thread : threads) thread.join();
  ExpectAllAccountedFor();
}

}  // namespace
}  // namespace handrail::embed
