// The shadow of a family of promises: what it finds, what it leaves alone, how much it looks at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "harness/observe/oracle.h"
#include "harness/observe/v8_test.h"

namespace handrail {
namespace {

using ::handrail::testing::Findings;
using ::handrail::testing::V8Test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Shadow : public V8Test {
 protected:
  // Promises 0 to n-1; their resolvers stay in the scope of the test.
  void Make(int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      resolvers_.push_back(NewResolver());
      shadow_.Born(shadow_.size(), resolvers_.back()->GetPromise());
    }
  }
  void Resolve(int64_t id, std::string_view value) {
    resolvers_[static_cast<size_t>(id)]->Resolve(context(), Text(value)).Check();
  }
  // As a correct program does it.
  void Settle(int64_t id, const std::string& value) {
    shadow_.Settles(id, PromiseState::kFulfilled, value);
    Resolve(id, value);
  }

  Findings found_;
  std::atomic<int64_t> operations_ = 0;
  Oracle oracle_{found_.Sink(), &operations_};
  PromiseShadow shadow_{oracle_, isolate(), "promise"};
  std::vector<v8::Local<v8::Promise::Resolver>> resolvers_;
};

TEST_F(Shadow, LeavesACorrectProgramAloneFromBirthToTheEnd) {
  Make(10);
  shadow_.Check();
  for (const int64_t id : {7, 2, 9, 0, 4}) {
    shadow_.ReadsBack(id, resolvers_[static_cast<size_t>(id)]);
    Settle(id, "value " + std::to_string(id));
    shadow_.Check();
  }
  shadow_.CheckAll();
  EXPECT_THAT(found_.Codes(), IsEmpty());
  EXPECT_EQ(shadow_.Expected().pending, 5);
  EXPECT_EQ(shadow_.Expected().fulfilled, 5);
}

TEST_F(Shadow, FindsAPromiseThatNobodySettled) {
  Make(3);
  Resolve(1, "by mistake");
  shadow_.Check();
  ASSERT_THAT(found_.Codes(), ElementsAre("PR001"));
  EXPECT_EQ(found_.all[0].message, "the promise #1 is fulfilled though nobody settled it");
}

TEST_F(Shadow, FindsAPromiseThatStaysPendingThoughItWasSettled) {
  Make(3);
  shadow_.Settles(2, PromiseState::kFulfilled, "7");
  shadow_.Check();
  ASSERT_THAT(found_.Codes(), ElementsAre("PR002"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("#2 is pending, it was settled"));
  ASSERT_EQ(found_.all[0].life.size(), 3u) << "made, settled, compared";
}

TEST_F(Shadow, FindsAPromiseThatWasRejectedInsteadOfResolved) {
  Make(1);
  shadow_.Settles(0, PromiseState::kFulfilled, "7");
  resolvers_[0]->Reject(context(), Text("7")).Check();
  shadow_.Check();
  EXPECT_THAT(found_.Codes(), ElementsAre("PR002"));
}

TEST_F(Shadow, FindsAPromiseThatGotTheValueOfAnother) {
  Make(2);
  shadow_.Settles(0, PromiseState::kFulfilled, "mine");
  Resolve(0, "yours");
  shadow_.Check();
  ASSERT_THAT(found_.Codes(), ElementsAre("PR003"));
  EXPECT_EQ(found_.all[0].message, "the promise #0 holds 'yours', must hold 'mine'");
}

TEST_F(Shadow, ReportsEachPromiseOnce) {
  Make(3);
  Resolve(0, "by mistake");
  Resolve(2, "by mistake");
  for (int i = 0; i < 10; ++i) shadow_.Check();
  EXPECT_THAT(found_.Codes(), ElementsAre("PR001", "PR001"));
}

TEST_F(Shadow, FindsAStaleLocalThatReadsBackAsAnotherObject) {
  v8::Local<v8::Promise::Resolver> kept;
  {
    const v8::HandleScope scope(isolate());
    kept = NewResolver();
    shadow_.Born(0, kept->GetPromise());
    shadow_.ReadsBack(0, kept);
    EXPECT_TRUE(shadow_.Holds(0, kept));
  }
  const v8::HandleScope scope(isolate());
  NewResolver();  // takes the slot
  EXPECT_FALSE(shadow_.Holds(0, kept));
  shadow_.ReadsBack(0, kept);
  ASSERT_THAT(found_.Codes(), ElementsAre("HD010"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("promise #0 is another object now"));
  EXPECT_EQ(found_.all[0].life.size(), 2u);
}

TEST_F(Shadow, TakesAResolverAndItsPromiseForTheSame) {
  Make(1);
  shadow_.ReadsBack(0, resolvers_[0]);
  shadow_.ReadsBack(0, resolvers_[0]->GetPromise());
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

TEST_F(Shadow, FindsTheHandleOfAnotherPromise) {
  Make(2);
  shadow_.ReadsBack(0, resolvers_[1]);
  EXPECT_THAT(found_.Codes(), ElementsAre("HD010"));
}

TEST_F(Shadow, FindsAnIdThatWasPassedOver) {
  Make(2);
  shadow_.Born(3, NewResolver()->GetPromise());
  EXPECT_THAT(found_.Codes(), ElementsAre("PX011"));
  EXPECT_EQ(shadow_.size(), 2);
}

TEST_F(Shadow, KnowsItsPromisesAfterACollectionMovedThem) {
  Make(100);
  engine::CollectMinor(isolate());
  engine::CollectAll(isolate());
  for (int64_t id = 0; id < 100; ++id) {
    shadow_.ReadsBack(id, resolvers_[static_cast<size_t>(id)]);
    Settle(id, std::to_string(id));
  }
  shadow_.CheckAll();
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

class LargeShadow : public Shadow, public ::testing::WithParamInterface<int64_t> {};

TEST_P(LargeShadow, FindsAWronglySettledOneWithinOneTurnOfItsWindow) {
  const int64_t n = PromiseShadow::kAllUpTo * 2;
  Make(n);
  shadow_.Check();  // forgets that they are new
  Resolve(GetParam(), "by mistake");
  const int64_t turn = n / PromiseShadow::kWindow + 1;
  for (int64_t i = 0; i < turn; ++i) shadow_.Check();
  ASSERT_THAT(found_.Codes(), ElementsAre("PR001"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("#" + std::to_string(GetParam()) + " "));
}

INSTANTIATE_TEST_SUITE_P(AnywhereInIt, LargeShadow, ::testing::Values(0, 63, 64, 300, 511));

TEST_F(Shadow, ComparesWhatChangedAtOnceHoweverManyThereAre) {
  Make(PromiseShadow::kAllUpTo * 4);
  shadow_.Check();
  shadow_.Settles(900, PromiseState::kFulfilled, "mine");
  Resolve(900, "yours");
  shadow_.Check();
  EXPECT_THAT(found_.Codes(), ElementsAre("PR003"));
}

TEST_F(Shadow, FindsEveryMistakeWithCheckAll) {
  Make(PromiseShadow::kAllUpTo * 4);
  for (int64_t id = 0; id < shadow_.size(); id += 100) Resolve(id, "by mistake");
  shadow_.CheckAll();
  EXPECT_EQ(found_.all.size(), 11u);
}

}  // namespace
}  // namespace handrail
