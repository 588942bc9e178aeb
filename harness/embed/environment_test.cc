#include "harness/embed/environment.h"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

#include "harness/embed/channel.h"
#include "harness/embed/embed_test.h"
#include "harness/embed/root.h"

namespace handrail::embed {
namespace {

using ::testing::ElementsAre;

class EnvironmentTest : public EmbedTest {};

TEST_F(EnvironmentTest, RunsWorkAndThenMicrotasks) {
  Eval("var order = []");
  EXPECT_TRUE(environment().Run([&](Turn& turn) {
    EXPECT_EQ(turn.isolate(), isolate());
    EXPECT_EQ(turn.context(), context());
    Eval("Promise.resolve().then(() => order.push('microtask')); order.push('work')");
  }));
  EXPECT_EQ(Eval("order.join()"), "work,microtask");
}

TEST_F(EnvironmentTest, RunsNoMicrotasksInTheMidstOfATurn) {
  Eval("var order = []");
  environment().Run([&](Turn&) {
    Eval("Promise.resolve().then(() => order.push('microtask'))");
    environment().Run([&](Turn&) { Eval("order.push('inner')"); });
    environment().Settle();
    Eval("order.push('outer')");
  });
  EXPECT_EQ(Eval("order.join()"), "inner,outer,microtask");
}

TEST_F(EnvironmentTest, RunsNothingAfterCloseNorOnAnotherThread) {
  std::thread([&] {
    EXPECT_FALSE(environment().Run([](Turn&) { FAIL(); }));
    environment().Settle();
  }).join();
  Close();
  EXPECT_FALSE(environment().Run([](Turn&) { FAIL(); }));
  environment().Settle();
}

TEST_F(EnvironmentTest, ReportsWhatWorkThrows) {
  environment().Run([](Turn&) { throw std::runtime_error("thrown"); });
  EXPECT_THAT(UncaughtMessages(), ElementsAre("turn: thrown"));
}

TEST_F(EnvironmentTest, ReportsAnExceptionThatCannotBeMadeText) {
  environment().Run([](Turn& turn) {
    engine::RunScript(turn.context(), "throw {toString() { throw 'again' }}").IsEmpty();
  });
  EXPECT_EQ(uncaught.size(), 1u);
}

TEST_F(EnvironmentTest, ClosesOnceHoweverOftenItIsTold) {
  const Root<v8::Object> left = MakeRoot(environment(), v8::Object::New(isolate()));
  Close();
  Close();
  environment().Abandon();
  environment_.reset();
  EXPECT_EQ(left_over_reports, 1);
}

TEST_F(EnvironmentTest, ReportsNothingWhenNothingIsLeftOver) {
  MakePromise(environment()).deferred.Drop(nullptr);
  Close();
  EXPECT_EQ(left_over_reports, 0);
  EXPECT_EQ(totals().promises_dropped, 1);
}

TEST_F(EnvironmentTest, RunsTheHandlersOfWhatWasDroppedBeforeItIsClosed) {
  auto made = MakePromise(environment());
  int handled = 0;
  std::function<void()> handler = [&] { ++handled; };
  React(made.promise, Native(&handler));
  std::thread([deferred = std::move(made.deferred)] {}).join();
  Close();
  EXPECT_EQ(handled, 1);
}

TEST_F(EnvironmentTest, MayBeClosedByAHandlerThatItRuns) {
  auto first = MakePromise(environment());
  auto second = MakePromise(environment());
  std::function<void()> close = [&] { Close(); };
  React(first.promise, Native(&close));
  React(second.promise, Native(&close));
  first.deferred.Drop(nullptr);
  second.deferred.Drop(nullptr);
  environment().Settle();
  EXPECT_EQ(totals().promises_dropped, 2);
  EXPECT_EQ(left_over_reports, 0);
}

TEST_F(EnvironmentTest, MayBeDestroyedByAHandlerThatCloseRuns) {
  auto made = MakePromise(environment());
  std::function<void()> destroy = [&] { environment_.reset(); };
  React(made.promise, Native(&destroy));
  made.deferred.Drop(nullptr);
  Close();
  EXPECT_EQ(environment_, nullptr);
}

// A program that tries again whenever it is refused must not keep Close from its end.
TEST_F(EnvironmentTest, EndsAlthoughAHandlerTriesAgainForEver) {
  std::function<void()> again = [&] {
    auto made = MakePromise(environment());
    if (made.promise.IsEmpty()) return;
    React(made.promise, Native(&again));
    made.deferred.Drop(nullptr);
  };
  again();
  Close();
  const Totals all = totals();
  EXPECT_EQ(all.promises_made, all.promises_dropped + all.promises_left_over);
  EXPECT_GT(all.promises_dropped, 10) << "a few rounds must be granted to it";
  EXPECT_EQ(all.promises_left_over, 1);
}

TEST_F(EnvironmentTest, SharesItsThreadAndLoopWithAnother) {
  const handrail::testing::EnteredIsolate entered;
  v8::Isolate* other = entered.get();
  const v8::HandleScope scope(other);
  v8::Local<v8::Context> other_context = v8::Context::New(other);
  Environment second(other, other_context, loop.get());
  auto here = Channel::Make(environment());
  auto there = Channel::Make(second);
  std::vector<v8::Isolate*> ran;
  auto note = [&](Turn& turn) {
    EXPECT_EQ(v8::Isolate::GetCurrent(), turn.isolate());
    ran.push_back(turn.isolate());
  };
  EXPECT_TRUE(here->Send(note).ok());
  EXPECT_TRUE(there->Send(note).ok());
  here->Close();
  there->Close();
  loop.Run();
  EXPECT_THAT(ran, ::testing::UnorderedElementsAre(isolate(), other));
  second.Close();
}

TEST_F(EnvironmentTest, WorksWhereItsIsolateIsNotTheOneEntered) {
  auto made = MakePromise(environment());
  made.deferred.Drop(nullptr);
  {
    const handrail::testing::EnteredIsolate other;
    Close();
    EXPECT_EQ(v8::Isolate::GetCurrent(), other.get());
  }
  EXPECT_EQ(totals().promises_dropped, 1);
}

}  // namespace
}  // namespace handrail::embed
