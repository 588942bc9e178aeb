#include "harness/embed/deferred.h"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

#include "harness/embed/embed_test.h"
#include "harness/embed/promise_observer.h"

namespace handrail::embed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DeferredTest : public EmbedTest {};

TEST_F(DeferredTest, ResolvesItsPromise) {
  auto [deferred, promise] = MakePromise(environment());
  EXPECT_EQ(StateOf(promise), "pending");
  EXPECT_EQ(deferred.Resolve(Text("answer")), Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "fulfilled: answer");
}

TEST_F(DeferredTest, RejectsItsPromise) {
  auto [deferred, promise] = MakePromise(environment());
  EXPECT_EQ(deferred.Reject(Text("reason")), Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "rejected: reason");
  EXPECT_EQ(totals().promises_settled, 1);
}

TEST_F(DeferredTest, SettlesOnlyOnceAndCountsTheRest) {
  auto [deferred, promise] = MakePromise(environment());
  deferred.Resolve(Text("first"));
  EXPECT_FALSE(deferred.armed());
  EXPECT_EQ(deferred.Reject(Text("second")), Settlement::kAlready);
  EXPECT_EQ(StateOf(promise), "fulfilled: first");
  EXPECT_EQ(totals().settlements_refused, 1);
}

TEST_F(DeferredTest, GivesItsRightAwayWhenItIsMoved) {
  auto [deferred, promise] = MakePromise(environment());
  Deferred other = std::move(deferred);
  EXPECT_EQ(deferred.Resolve(Text("moved from")), Settlement::kAlready);
  EXPECT_EQ(other.Resolve(Text("moved to")), Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "fulfilled: moved to");
}

TEST_F(DeferredTest, DropsWhatItHeldWhenAnotherIsMovedIntoIt) {
  auto [one, first] = MakePromise(environment());
  auto [other, second] = MakePromise(environment());
  one = std::move(other);
  Deferred& same = one;
  one = std::move(same);
  environment().Settle();
  EXPECT_THAT(StateOf(first), HasSubstr("was destroyed"));
  EXPECT_EQ(one.Resolve(Text("second")), Settlement::kSettled);
  EXPECT_EQ(StateOf(second), "fulfilled: second");
}

TEST_F(DeferredTest, RefusesToSettleOnAnotherThreadAndKeepsItsRight) {
  auto [deferred, promise] = MakePromise(environment());
  std::thread([&deferred = deferred] {
    EXPECT_EQ(deferred.Resolve({}), Settlement::kWrongThread);
  }).join();
  EXPECT_EQ(StateOf(promise), "pending");
  EXPECT_EQ(totals().settlements_refused, 1);
  EXPECT_EQ(deferred.Resolve(Text("here")), Settlement::kSettled);
}

TEST_F(DeferredTest, RefusesToSettleWhileAnotherIsolateIsEntered) {
  auto [deferred, promise] = MakePromise(environment());
  {
    const handrail::testing::EnteredIsolate other;
    EXPECT_EQ(deferred.Resolve({}), Settlement::kWrongThread);
  }
  EXPECT_EQ(deferred.Resolve(Text("back")), Settlement::kSettled);
}

TEST_F(DeferredTest, RefusesToSettleAfterClose) {
  auto [deferred, promise] = MakePromise(environment());
  Close();
  EXPECT_EQ(deferred.Resolve(Text("late")), Settlement::kGone);
  EXPECT_EQ(StateOf(promise), "pending");
  EXPECT_EQ(totals().promises_left_over, 1);
}

TEST_F(DeferredTest, IsRejectedWhenItIsDroppedOnAnotherThread) {
  auto made = MakePromise(environment());
  std::thread([deferred = std::move(made.deferred)] {}).join();
  EXPECT_EQ(StateOf(made.promise), "pending") << "only the isolate's thread may settle";
  environment().Settle();
  EXPECT_THAT(StateOf(made.promise), HasSubstr("deferred_test.cc:"));
  EXPECT_EQ(totals().promises_dropped, 1);
}

TEST_F(DeferredTest, IsRejectedByTheLoopWhenTheLoopLives) {
  uv_timer_t timer;  // keeps the loop alive until it has seen the drop
  uv_timer_init(loop.get(), &timer);
  auto made = MakePromise(environment());
  std::function<void()> done = [&] { uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr); };
  React(made.promise, Native(&done));
  uv_timer_start(
      &timer, [](uv_timer_t*) {}, 60'000, 60'000);
  std::thread thread([deferred = std::move(made.deferred)] {});
  loop.Run();
  thread.join();
  EXPECT_EQ(totals().promises_dropped, 1);
}

TEST_F(DeferredTest, IsRejectedWithTheReasonThatDropWasGiven) {
  auto [deferred, promise] = MakePromise(environment());
  deferred.Drop("no more");
  deferred.Drop("twice");
  environment().Settle();
  EXPECT_EQ(StateOf(promise), "rejected: Error: no more");
  EXPECT_EQ(totals().promises_dropped, 1);
}

TEST_F(DeferredTest, WaitsForCloseWhereTheLoopCannotBeWoken) {
  auto made = MakePromise(environment());
  {
    const FailingWakeUps failing;
    std::thread([deferred = std::move(made.deferred)] {}).join();
  }
  Close();
  EXPECT_THAT(StateOf(made.promise), HasSubstr("was destroyed"));
}

TEST_F(DeferredTest, EndsTheProcessWhenItIsDroppedAndThatIsThePolicy) {
  Open({.when_dropped = EnvironmentOptions::WhenDropped::kAbort});
  auto made = MakePromise(environment());
  EXPECT_DEATH({ const Deferred dropped = std::move(made.deferred); },
               "destroyed unsettled; it was made at .*deferred_test.cc");
  made.deferred.Resolve(Text("settled after all"));
}

TEST_F(DeferredTest, ResolvesWithWhatAFunctionReturns) {
  auto [deferred, promise] = MakePromise(environment());
  EXPECT_EQ(deferred.SettleWith([&]() -> v8::MaybeLocal<v8::Value> { return Text("value"); }),
            Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "fulfilled: value");
}

TEST_F(DeferredTest, RejectsWithWhatAFunctionThrowsInJavaScript) {
  auto [deferred, promise] = MakePromise(environment());
  deferred.SettleWith([&] { return engine::RunScript(context(), "throw new Error('thrown')"); });
  EXPECT_EQ(StateOf(promise), "rejected: Error: thrown");
}

TEST_F(DeferredTest, RejectsWithWhatAFunctionThrowsInCpp) {
  auto [deferred, promise] = MakePromise(environment());
  deferred.SettleWith([]() -> v8::MaybeLocal<v8::Value> { throw std::runtime_error("thrown"); });
  EXPECT_EQ(StateOf(promise), "rejected: Error: thrown");
}

TEST_F(DeferredTest, RejectsWhereAFunctionGivesNeitherValueNorException) {
  auto [deferred, promise] = MakePromise(environment());
  deferred.SettleWith([]() -> v8::MaybeLocal<v8::Value> { return {}; });
  EXPECT_THAT(StateOf(promise), HasSubstr("gave no value"));
}

TEST_F(DeferredTest, KeepsItsRightWhereAFunctionThrowsSomethingUnknown) {
  auto [deferred, promise] = MakePromise(environment());
  EXPECT_THROW(deferred.SettleWith([]() -> v8::MaybeLocal<v8::Value> { throw 42; }), int);
  EXPECT_TRUE(deferred.armed());
  deferred.Resolve(Text("after all"));
  EXPECT_EQ(StateOf(promise), "fulfilled: after all");
}

TEST_F(DeferredTest, LeavesNoExceptionPendingAfterSettleWith) {
  auto [deferred, promise] = MakePromise(environment());
  const v8::TryCatch outer(isolate());
  deferred.SettleWith([&] { return engine::RunScript(context(), "throw 1"); });
  EXPECT_FALSE(outer.HasCaught());
}

TEST_F(DeferredTest, SettlesOnceAlthoughTheFunctionSettlesItToo) {
  auto [deferred, promise] = MakePromise(environment());
  const Settlement outer = deferred.SettleWith([&, &deferred = deferred] {
    EXPECT_EQ(deferred.Resolve(Text("inner")), Settlement::kSettled);
    return v8::MaybeLocal<v8::Value>(Text("outer"));
  });
  EXPECT_EQ(outer, Settlement::kAlready);
  EXPECT_EQ(StateOf(promise), "fulfilled: inner");
}

TEST_F(DeferredTest, SurvivesAFunctionThatMovesItAway) {
  auto [deferred, promise] = MakePromise(environment());
  Deferred away;
  EXPECT_EQ(deferred.SettleWith([&, &deferred = deferred]() -> v8::MaybeLocal<v8::Value> {
    away = std::move(deferred);
    throw std::runtime_error("after the move");
  }),
            Settlement::kAlready);
  EXPECT_TRUE(away.armed());
}

// V8 reads `then` of the value inside Resolve: JavaScript that may come back to the Deferred.
TEST_F(DeferredTest, SettlesOnceAlthoughTheValueSettlesItToo) {
  auto [deferred, promise] = MakePromise(environment());
  std::function<void()> again = [&, &deferred = deferred] {
    EXPECT_EQ(deferred.Resolve(Text("inner")), Settlement::kAlready);
  };
  SetGlobal("again", Native(&again));
  EXPECT_EQ(deferred.Resolve(Object("({get then() { again(); }, toString() { return 'value'; }})")),
            Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "fulfilled: value");
  EXPECT_EQ(totals().promises_settled, 1);
}

TEST_F(DeferredTest, SurvivesAValueThatClosesTheEnvironment) {
  auto [deferred, promise] = MakePromise(environment());
  std::function<void()> close = [&] { Close(); };
  SetGlobal("close", Native(&close));
  EXPECT_EQ(deferred.Resolve(Object("({get then() { close(); }, toString() { return 'value'; }})")),
            Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "fulfilled: value");
  EXPECT_EQ(totals().promises_settled + totals().promises_left_over, totals().promises_made);
}

TEST_F(DeferredTest, KeepsItsRightWhileJavaScriptIsBeingTerminated) {
  auto [deferred, promise] = MakePromise(environment());
  v8::Local<v8::Object> value = Object("({get then() { for (;;) {} }})");
  {
    const v8::TryCatch terminated(isolate());
    isolate()->TerminateExecution();
    EXPECT_EQ(deferred.Resolve(value), Settlement::kTerminating);
  }
  isolate()->CancelTerminateExecution();
  EXPECT_TRUE(deferred.armed());
  EXPECT_EQ(deferred.Resolve(Text("after all")), Settlement::kSettled);
  EXPECT_EQ(StateOf(promise), "fulfilled: after all");
}

TEST_F(DeferredTest, MakesNoPromiseAfterCloseNorOnAnotherThread) {
  std::thread([&] { EXPECT_TRUE(MakePromise(environment()).promise.IsEmpty()); }).join();
  Close();
  auto [deferred, promise] = MakePromise(environment());
  EXPECT_TRUE(promise.IsEmpty());
  EXPECT_EQ(deferred.Resolve(Text("x")), Settlement::kAlready);
  EXPECT_EQ(totals().promises_made, 0);
}

struct Observer : PromiseObserver {
  void Made(Slot slot, v8::Local<v8::Promise>, const Place&) override { Add("made", slot); }
  Note Settled(Slot slot, v8::Local<v8::Promise>, bool fulfilled, const Place&,
               const Place&) override {
    Add(fulfilled ? "fulfilled" : "rejected", slot);
    return 7;
  }
  void Dropped(Slot slot, v8::Local<v8::Promise>, const char*, const Place&) override {
    Add("dropped", slot);
  }
  void LeftOver(Slot slot) override { Add("left over", slot); }
  void RefusedToSettle(Refused, Note note, const Place&, const Place&) override {
    EXPECT_EQ(note, 7u) << "what Settled gave for it";
    events.push_back("refused");
  }
  void Add(const char* what, Slot slot) {
    events.push_back(std::string(what) + " " + std::to_string(slot));
  }
  std::vector<std::string> events;
};

TEST_F(DeferredTest, TellsAnObserverWhatBecomesOfEachPromise) {
  auto observer = std::make_shared<Observer>();
  Open({.promises = observer});
  auto first = MakePromise(environment());
  auto second = MakePromise(environment());
  auto third = MakePromise(environment());
  first.deferred.Resolve(Text("x"));
  first.deferred.Resolve(Text("y"));
  second.deferred.Drop(nullptr);
  environment().Settle();
  auto reuses_a_slot = MakePromise(environment());
  reuses_a_slot.deferred.Reject(Text("z"));
  Close();
  EXPECT_THAT(observer->events, ElementsAre("made 0", "made 1", "made 2", "fulfilled 0", "refused",
                                            "dropped 1", "made 1", "rejected 1", "left over 2"));
}

}  // namespace
}  // namespace handrail::embed
