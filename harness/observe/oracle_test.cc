#include "harness/observe/oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "harness/observe/v8_test.h"

namespace handrail {
namespace {

using ::handrail::testing::Findings;
using ::handrail::testing::V8Test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OracleTest : public V8Test {
 protected:
  v8::Local<v8::Promise> Fulfilled(std::string_view value) const {
    v8::Local<v8::Promise::Resolver> resolver = NewResolver();
    resolver->Resolve(context(), Text(value)).Check();
    return resolver->GetPromise();
  }
  v8::Local<v8::Promise> Rejected(std::string_view reason) const {
    v8::Local<v8::Promise::Resolver> resolver = NewResolver();
    resolver->Reject(context(), Text(reason)).Check();
    return resolver->GetPromise();
  }

  Findings found_;
  std::atomic<int64_t> operations_ = 0;
  Oracle oracle_{found_.Sink(), &operations_};
};

TEST_F(OracleTest, SaysNothingAboutWhatIsAsItMustBe) {
  oracle_.Count("calls", 10, 10);
  oracle_.Text("the answer", "yes", "yes");
  oracle_.States({1, 2, 3}, {1, 2, 3});
  oracle_.Current(isolate());
  oracle_.Is(isolate(), NewResolver()->GetPromise(), PromiseState::kPending, "");
  oracle_.Is(isolate(), Fulfilled("7"), PromiseState::kFulfilled, "7");
  oracle_.Is(isolate(), Rejected("no"), PromiseState::kRejected, "no");
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

TEST_F(OracleTest, TellsANumberThatDiffersWithPlaceAndOperation) {
  operations_ = 42;
  oracle_.Count("calls", 9, 10);
  const int line = __LINE__ - 1;
  ASSERT_THAT(found_.Codes(), ElementsAre("PX011"));
  const Finding& finding = found_.all[0];
  EXPECT_EQ(finding.detector, "oracle");
  EXPECT_EQ(finding.certainty, Certainty::kCertain);
  EXPECT_EQ(finding.message, "calls: 9, must be 10");
  EXPECT_EQ(finding.operation, 42);
  ASSERT_EQ(finding.life.size(), 1u);
  EXPECT_EQ(finding.life[0].line, line);
  EXPECT_EQ(finding.life[0].file, "harness/observe/oracle_test.cc");
}

TEST_F(OracleTest, TellsATextThatDiffersAndCutsALongOne) {
  oracle_.Text("the answer", std::string(1000, 'x'), "yes");
  ASSERT_THAT(found_.Codes(), ElementsAre("PX011"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("...', must be 'yes'"));
  EXPECT_LT(found_.all[0].message.size(), 120u);
}

TEST_F(OracleTest, TellsStatesThatWereCountedWrongly) {
  oracle_.States({10, 0, 0}, {9, 1, 0});
  ASSERT_THAT(found_.Codes(), ElementsAre("PR004"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("pending 10, fulfilled 0, rejected 0"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("pending 9, fulfilled 1, rejected 0"));
}

TEST_F(OracleTest, TellsAnotherIsolateThanTheOneThatMustBeCurrent) {
  oracle_.Current(nullptr);
  {
    const testing::EnteredIsolate other;
    oracle_.Current(isolate());
    oracle_.Current(other.get());
  }
  ASSERT_THAT(found_.Codes(), ElementsAre("IS002", "IS002"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("none must be"));
  EXPECT_THAT(found_.all[1].message, HasSubstr("another isolate"));
}

TEST_F(OracleTest, TellsThatNoIsolateIsCurrentWhereOneMustBe) {
  isolate()->Exit();
  oracle_.Current(isolate());
  isolate()->Enter();
  ASSERT_THAT(found_.Codes(), ElementsAre("IS002"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("no isolate is current"));
}

TEST_F(OracleTest, TellsAPromiseInAnotherState) {
  oracle_.Is(isolate(), NewResolver()->GetPromise(), PromiseState::kFulfilled, "7");
  oracle_.Is(isolate(), Rejected("7"), PromiseState::kFulfilled, "7");
  oracle_.Is(isolate(), Fulfilled("7"), PromiseState::kPending, "");
  EXPECT_THAT(found_.Codes(), ElementsAre("PR002", "PR002", "PR002"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("is pending, must be fulfilled"));
}

TEST_F(OracleTest, TellsAPromiseThatHoldsAnotherValue) {
  oracle_.Is(isolate(), Fulfilled("8"), PromiseState::kFulfilled, "7");
  oracle_.Is(isolate(), Rejected("no"), PromiseState::kRejected, "yes");
  EXPECT_THAT(found_.Codes(), ElementsAre("PR003", "PR003"));
  EXPECT_EQ(found_.all[0].message, "a promise holds '8', must hold '7'");
}

TEST_F(OracleTest, SurvivesAValueThatCannotBeMadeText) {
  v8::Local<v8::Promise::Resolver> resolver = NewResolver();
  v8::Local<v8::Value> hostile =
      engine::RunScript(context(), "({ toString() { throw new Error('no'); } })").ToLocalChecked();
  resolver->Resolve(context(), hostile).Check();
  oracle_.Is(isolate(), resolver->GetPromise(), PromiseState::kFulfilled, "7");
  EXPECT_THAT(found_.Codes(), ElementsAre("PR003"));
}

TEST_F(OracleTest, MakesNoHandlesInTheCallersScope) {
  v8::Local<v8::Promise> promise = Fulfilled("7");
  PromiseShadow shadow(oracle_, isolate(), "promise");
  shadow.Born(0, promise);
  shadow.Settles(0, PromiseState::kFulfilled, "7");
  const int before = v8::HandleScope::NumberOfHandles(isolate());
  oracle_.Is(isolate(), promise, PromiseState::kFulfilled, "7");
  shadow.ReadsBack(0, promise);
  shadow.Check();
  EXPECT_EQ(v8::HandleScope::NumberOfHandles(isolate()), before)
      << "the oracle must not look like the growth that is judged";
}

TEST(StateCountTest, CountsWhateverStateAHandleYields) {
  StateCount count;
  count.Add(v8::Promise::kPending);
  count.Add(v8::Promise::kFulfilled);
  count.Add(v8::Promise::kRejected);
  count.Add(static_cast<v8::Promise::PromiseState>(7));  // through a stale handle
  EXPECT_EQ(count.pending, 1);
  EXPECT_EQ(count.fulfilled, 1);
  EXPECT_EQ(count.rejected, 2);
}

}  // namespace
}  // namespace handrail
