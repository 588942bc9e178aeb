#include "harness/observe/promise_ledger.h"

#include <gmock/gmock.h>
#include <malloc.h>

#include <thread>
#include <vector>

#include "harness/embed/deferred.h"
#include "harness/embed/embed_test.h"
#include "harness/observe/promise_book.h"

namespace handrail {
namespace {

using ::handrail::embed::Deferred;
using ::handrail::embed::Environment;
using ::handrail::embed::MakePromise;
using ::handrail::embed::PromiseAndDeferred;
using ::handrail::embed::Settlement;
using ::handrail::testing::Findings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PromiseLedgerTest : public embed::EmbedTest {
 protected:
  PromiseLedgerTest() { Begin({}); }

  // A new ledger and an environment that it sees.
  void Begin(LedgerOptions options) {
    ledger_ = std::make_shared<PromiseLedger>(found_.Sink(), &steps_, options);
    embed::EnvironmentOptions watched;
    watched.promises = ledger_;
    Open(watched);
  }
  PromiseAndDeferred Make(Place here = Place::current()) {
    return MakePromise(environment(), here);
  }
  // All that there is to tell.
  std::vector<std::string> Codes() {
    ledger_->Conclude();
    return found_.Codes();
  }
  // "what:line", one for each station.
  std::vector<std::string> Life(size_t finding = 0) const {
    std::vector<std::string> life;
    for (const LifeEvent& event : found_.all.at(finding).life) {
      EXPECT_EQ(event.file, "harness/observe/promise_ledger_test.cc");
      life.push_back(event.what + ":" + std::to_string(event.line));
    }
    return life;
  }
  static std::string At(const std::string& what, int line) {
    return what + ":" + std::to_string(line);
  }

  Findings found_;
  std::atomic<int64_t> steps_ = 0;
  std::shared_ptr<PromiseLedger> ledger_;
};

TEST_F(PromiseLedgerTest, LeavesPromisesAloneThatAreSettledOnce) {
  for (int i = 0; i < 10; ++i) {
    PromiseAndDeferred made = Make();
    ASSERT_EQ(i % 2 == 0 ? made.deferred.Resolve(Text("yes")) : made.deferred.Reject(Text("no")),
              Settlement::kSettled);
  }
  Close();
  EXPECT_THAT(Codes(), IsEmpty());
  const LedgerCounts counts = ledger_->counts();
  EXPECT_EQ(counts.made, 10);
  EXPECT_EQ(counts.fulfilled, 5);
  EXPECT_EQ(counts.rejected, 5);
}

TEST_F(PromiseLedgerTest, TellsASecondSettlementWithTheWholeLife) {
  PromiseAndDeferred made = Make();
  const int making = __LINE__ - 1;
  made.deferred.Resolve(Text("yes"));
  const int first = __LINE__ - 1;
  EXPECT_EQ(made.deferred.Reject(Text("no")), Settlement::kAlready);
  const int second = __LINE__ - 1;
  ASSERT_THAT(Codes(), ElementsAre("PR010"));
  EXPECT_EQ(found_.all[0].detector, "promise-ledger");
  EXPECT_THAT(Life(), ElementsAre(At("made here", making), At("fulfilled here", first),
                                  At("second settlement here: it changes nothing", second)));
}

// The two ways of one promise that other promises took, too: the first must be the right one.
TEST_F(PromiseLedgerTest, KnowsTheFirstSettlementOfEachPromise) {
  std::vector<int> first_lines;
  for (const bool well : {true, false, true}) {
    PromiseAndDeferred made = Make();
    if (well) {
      made.deferred.Resolve(Text("yes"));
    } else {
      made.deferred.Reject(Text("no"));
    }
    const int rejected = __LINE__ - 2;
    Deferred moved = std::move(made.deferred);
    moved.Resolve(Text("again"));
    first_lines.push_back(well ? rejected - 2 : rejected);
  }
  ASSERT_THAT(Codes(), ElementsAre("PR010", "PR010", "PR010"));
  EXPECT_EQ(Life(0)[1], At("fulfilled here", first_lines[0]));
  EXPECT_EQ(Life(1)[1], At("rejected here", first_lines[1]));
  EXPECT_EQ(Life(2), Life(0)) << "the same once more, told at the end";
}

TEST_F(PromiseLedgerTest, TellsARepeatedFindingOnceAndThenItsNumber) {
  for (int i = 0; i < 100; ++i) {
    PromiseAndDeferred made = Make();
    made.deferred.Resolve(Text("yes"));
    made.deferred.Resolve(Text("again"));
  }
  EXPECT_THAT(found_.Codes(), ElementsAre("PR010")) << "the first is told at once";
  ASSERT_THAT(Codes(), ElementsAre("PR010", "PR010"));
  EXPECT_EQ(found_.all[0].count + found_.all[1].count, 100);
  EXPECT_EQ(ledger_->counts().settled_twice, 100);
}

TEST_F(PromiseLedgerTest, TellsThatAPromiseWasSettledPastItsDeferred) {
  PromiseAndDeferred made = Make();
  made.promise.As<v8::Promise::Resolver>()->Resolve(context(), Text("past")).Check();
  EXPECT_EQ(made.deferred.Reject(Text("no")), Settlement::kSettled) << "V8 takes it in silence";
  ASSERT_THAT(Codes(), ElementsAre("PR010"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("fulfilled before"));
}

TEST_F(PromiseLedgerTest, DoesNotAccuseAResolveThatRejects) {
  PromiseAndDeferred made = Make();
  v8::Local<v8::Value> thrower =
      engine::RunScript(context(), "({ get then() { throw 1; } })").ToLocalChecked();
  made.deferred.Resolve(thrower);
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_EQ(ledger_->counts().rejected, 1);
}

TEST_F(PromiseLedgerTest, TellsApartAPromiseThatFollowsAnother) {
  PromiseAndDeferred made = Make();
  made.deferred.Resolve(NewResolver()->GetPromise());
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_EQ(ledger_->counts().follows, 1);
  EXPECT_EQ(ledger_->counts().fulfilled, 0);
}

TEST_F(PromiseLedgerTest, TellsPromisesThatWereNeverSettledByPlaceMostNumerousFirst) {
  std::vector<Deferred> kept;
  kept.push_back(Make().deferred);
  const int one = __LINE__ - 1;
  steps_ = 7;
  for (int i = 0; i < 5; ++i) kept.push_back(Make().deferred);
  const int five = __LINE__ - 1;
  kept[1].Resolve(Text("yes"));
  Close();
  ASSERT_THAT(found_.Codes(), ElementsAre("PR011", "PR011")) << "told at the close";
  EXPECT_EQ(found_.all[0].count, 4);
  EXPECT_EQ(found_.all[0].message,
            "4 of 5 promises made here were pending when their environment was closed");
  EXPECT_EQ(found_.all[0].operation, 7);
  EXPECT_THAT(Life(0), ElementsAre(At("made here", five)));
  EXPECT_EQ(found_.all[1].count, 1);
  EXPECT_EQ(found_.all[1].operation, 0);
  EXPECT_THAT(Life(1), ElementsAre(At("made here", one)));
  EXPECT_EQ(ledger_->counts().never, 5);
  Codes();
  EXPECT_EQ(found_.all.size(), 2u) << "once";
}

TEST_F(PromiseLedgerTest, TellsWhatIsPendingInAnOpenEnvironmentWhenItIsConcluded) {
  PromiseAndDeferred made = Make();
  ASSERT_THAT(Codes(), ElementsAre("PR011"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("when the ledger was concluded"));
  made.deferred.Resolve(Text("late"));
  Close();
  EXPECT_EQ(found_.all.size(), 1u) << "nothing is told after the end";
}

TEST_F(PromiseLedgerTest, TellsWhatAnAbandonedEnvironmentLeavesBehind) {
  PromiseAndDeferred made = Make();
  environment_->Abandon();
  EXPECT_THAT(Codes(), ElementsAre("PR011"));
}

TEST_F(PromiseLedgerTest, TellsADeferredThatWasDestroyedUnsettled) {
  { const PromiseAndDeferred made = Make(); }
  const int line = __LINE__ - 1;
  environment_->Settle();
  ASSERT_THAT(Codes(), ElementsAre("PR012"));
  EXPECT_THAT(Life(), ElementsAre(At("made here", line)));
  EXPECT_EQ(ledger_->counts().dropped, 1);
}

TEST_F(PromiseLedgerTest, LeavesADeferredAloneThatWasGivenUpWithAReason) {
  PromiseAndDeferred made = Make();
  made.deferred.Drop("the user went away");
  Close();
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_EQ(ledger_->counts().given_up, 1);
  EXPECT_EQ(ledger_->counts().pending + ledger_->counts().never, 0);
}

TEST_F(PromiseLedgerTest, TellsASettlementOnAnotherThread) {
  PromiseAndDeferred made = Make();
  Settlement settlement = Settlement::kSettled;
  std::thread([&] { settlement = made.deferred.Resolve({}); }).join();
  const int line = __LINE__ - 1;
  EXPECT_EQ(settlement, Settlement::kWrongThread);
  made.deferred.Resolve(Text("here"));
  ASSERT_THAT(Codes(), ElementsAre("PR013"));
  EXPECT_EQ(Life()[1], At("settled here, on another thread", line));
  EXPECT_EQ(ledger_->counts().fulfilled, 1);
}

TEST_F(PromiseLedgerTest, LeavesADeferredAloneThatOnlyTravelsThroughAThread) {
  PromiseAndDeferred made = Make();
  std::thread([&] {
    Deferred visitor = std::exchange(made.deferred, {});
    made.deferred = std::move(visitor);
  }).join();
  made.deferred.Resolve(Text("home"));
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(PromiseLedgerTest, TellsASettlementAfterTheEnvironmentWasClosed) {
  PromiseAndDeferred made = Make();
  Close();
  EXPECT_EQ(made.deferred.Resolve(Text("late")), Settlement::kGone);
  EXPECT_THAT(Codes(), ElementsAre("PR011", "PR014"));
  EXPECT_EQ(ledger_->counts().after_close, 1);
}

TEST_F(PromiseLedgerTest, CountsSecondSettlementsOfSeveralThreads) {
  PromiseAndDeferred made = Make();
  made.deferred.Resolve(Text("yes"));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) made.deferred.Resolve({});
    });
  }
  // Meanwhile the book grows on its own thread.
  for (int i = 0; i < 100; ++i) Make().deferred.Resolve(Text("yes"));
  for (std::thread& thread : threads) thread.join();
  Codes();
  int64_t count = 0;
  for (const Finding& finding : found_.all) count += finding.count;
  EXPECT_EQ(count, 4000);
  EXPECT_EQ(ledger_->counts().settled_twice, 4000);
}

TEST_F(PromiseLedgerTest, KeepsTheBooksOfTwoEnvironmentsApart) {
  embed::EventLoop other_loop;
  embed::EnvironmentOptions options;
  options.promises = ledger_;
  options.left_over = [](const embed::Totals&) {};
  Environment other(isolate(), context(), other_loop.get(), options);
  PromiseAndDeferred ours = Make();  // both have slot 0
  PromiseAndDeferred theirs = MakePromise(other);
  const int line = __LINE__ - 1;
  ours.deferred.Resolve(Text("ours"));
  Close();
  other.Close();
  ASSERT_THAT(Codes(), ElementsAre("PR011"));
  EXPECT_THAT(Life(), ElementsAre(At("made here", line)));
}

TEST_F(PromiseLedgerTest, AddsUpEnvironmentsOnThreadsOfTheirOwn) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      const testing::EnteredIsolate isolate;
      const v8::HandleScope scope(isolate.get());
      const v8::Local<v8::Context> context = v8::Context::New(isolate.get());
      const v8::Context::Scope entered(context);
      embed::EventLoop loop;
      embed::EnvironmentOptions options;
      options.promises = ledger_;
      Environment environment(isolate.get(), context, loop.get(), options);
      for (int j = 0; j < 1000; ++j) {
        MakePromise(environment).deferred.Resolve(v8::Undefined(isolate.get()));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_EQ(ledger_->counts().fulfilled, kThreads * 1000);
  ASSERT_EQ(ledger_->routes().size(), 1u) << "one place made them, one settled them";
  EXPECT_EQ(ledger_->routes()[0].count, kThreads * 1000);
}

TEST_F(PromiseLedgerTest, ListsPromisesWithTheirPlacesTimesAndOutcomes) {
  steps_ = 3;
  PromiseAndDeferred first = Make();
  const uint_least32_t making = __LINE__ - 1;
  PromiseAndDeferred second = Make();
  steps_ = 5;
  first.deferred.Reject(Text("no"));
  const uint_least32_t settling = __LINE__ - 1;
  const std::vector<PromiseDetail> details = ledger_->details();
  ASSERT_EQ(details.size(), 2u);
  EXPECT_EQ(details[0].made.line(), making);
  EXPECT_EQ(details[0].made_at, 3);
  EXPECT_EQ(details[0].outcome, Outcome::kRejected);
  EXPECT_EQ(details[0].settled.line(), settling);
  EXPECT_EQ(details[0].ended_at, 5);
  EXPECT_EQ(details[1].outcome, std::nullopt);
  second.deferred.Resolve(Text("yes"));
}

TEST_F(PromiseLedgerTest, TakesAtMost64BytesForAPromise) {
  constexpr embed::Slot kPromises = 1'000'000;
  const auto allocated = [] {
    const struct mallinfo2 info = mallinfo2();
    return static_cast<int64_t>(info.uordblks + info.hblkhd);
  };
  if (allocated() == 0) GTEST_SKIP() << "a sanitizer's allocator does not say";
  for (const uint32_t details_up_to : {UINT32_MAX, 1000u}) {
    Begin({.details_up_to = details_up_to});
    const std::shared_ptr<embed::PromiseObserver> book = ledger_->ForEnvironment();
    const v8::Local<v8::Promise> promise = NewResolver()->GetPromise();
    const int64_t before = allocated();
    for (embed::Slot slot = 0; slot < kPromises; ++slot) {
      book->Made(slot, promise, Place::current());
    }
    const double each = static_cast<double>(allocated() - before) / kPromises;
    EXPECT_LE(each, 64) << "details up to " << details_up_to;
    EXPECT_GE(each, details_up_to == UINT32_MAX ? 8 : 0.1) << "it keeps what it says it keeps";
  }
}

TEST_F(PromiseLedgerTest, CountsExactlyAndSaysSoWhenDetailsAreASample) {
  Begin({.details_up_to = 10, .then_one_in = 100});  // 128
  std::vector<Deferred> kept;
  for (int i = 0; i < 1000; ++i) kept.push_back(Make().deferred);
  for (int i = 0; i < 300; ++i) kept[i].Resolve(Text("yes"));
  EXPECT_EQ(ledger_->details().size(), 10 + (1000 - 10) / 128 + 1u);
  kept.resize(600);
  environment_->Settle();
  Close();
  Codes();
  const LedgerCounts counts = ledger_->counts();
  EXPECT_EQ(counts.fulfilled, 300);
  EXPECT_EQ(counts.dropped, 400);
  EXPECT_EQ(counts.never, 300);
  EXPECT_THAT(found_.all.at(1).message, HasSubstr("counts are exact, the rest is a sample"));
}

}  // namespace
}  // namespace handrail
