// The quarantine and the ownership checks on a real V8: what they catch, and what they must leave alone.
#include "harness/guard/call_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "harness/guard/engine_signatures.h"
#include "harness/guard/trial_watch.h"
#include "harness/observe/v8_test.h"

namespace handrail::guard {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Misuse>& Reported() {
  static std::vector<Misuse> reported;
  return reported;
}
std::vector<std::string> Codes() {
  std::vector<std::string> codes;
  for (const Misuse& misuse : Reported()) codes.push_back(misuse.code);
  return codes;
}

void Watch() {
  WatchOptions options;
  options.signatures = EngineSignatures();
  options.report = [](const Misuse& misuse) { Reported().push_back(misuse); };
  const Coverage coverage = StartWatching(reinterpret_cast<const void*>(&Watch), options);
  EXPECT_GT(coverage.functions, 20);
  EXPECT_THAT(coverage.not_covered, IsEmpty());
}

class CallWatch : public handrail::testing::V8Test {
 protected:
  void SetUp() override {
    Reported().clear();
    Watch();
  }
  void TearDown() override {
    IsolateEnds(isolate());  // its end comes after ours and is not watched
    StopWatching();
  }

  v8::Local<v8::Object> NewObject() { return v8::Object::New(isolate()); }
  v8::Local<v8::Object> Stale() {
    const v8::HandleScope scope(isolate());
    v8::Local<v8::Object> object = NewObject();
    return object;
  }
  v8::Local<v8::Function> FunctionFrom(v8::FunctionCallback callback) {
    return v8::Function::New(context(), callback).ToLocalChecked();
  }
  void Call(v8::Local<v8::Function> function) {
    function->Call(context(), context()->Global(), 0, nullptr).IsEmpty();
  }
};

TEST_F(CallWatch, LeavesCorrectCodeAlone) {
  std::vector<v8::Global<v8::Object>> kept;
  for (int i = 0; i < 5000; ++i) {
    const v8::HandleScope scope(isolate());
    v8::Local<v8::Object> object = NewObject();
    object->Set(context(), Text("i"), v8::Integer::New(isolate(), i)).Check();
    kept.emplace_back(isolate(), object);
  }
  for (const auto& global : kept) {
    const v8::HandleScope scope(isolate());
    EXPECT_TRUE(global.Get(isolate())->Get(context(), Text("i")).ToLocalChecked()->IsInt32());
  }
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(CallWatch, CatchesALocalUsedAfterItsScopeWithItsLife) {
  const v8::Local<v8::Object> stale = Stale();
  stale->GetIdentityHash();
  ASSERT_THAT(Codes(), ElementsAre("HD001"));
  const Finding finding = FindingOf(Reported()[0]);
  ASSERT_GE(finding.life.size(), 3u);
  EXPECT_THAT(finding.life.front().what, ::testing::HasSubstr("made here by v8::Object::New"));
  EXPECT_EQ(finding.life.front().file, "harness/guard/call_watch_test.cc");
  EXPECT_THAT(finding.life,
              ::testing::Contains(::testing::Field(
                  &LifeEvent::what, ::testing::HasSubstr("used here as this of v8::Object::GetIdentityHash"))));
}

TEST_F(CallWatch, CatchesAStaleArgumentAndOneInAnArray) {
  v8::Local<v8::Value> stale = Stale();
  NewObject()->Set(context(), Text("stale"), stale).Check();
  const v8::Local<v8::Function> function = FunctionFrom([](const auto&) {});
  EXPECT_TRUE(function->Call(context(), context()->Global(), 1, &stale).IsEmpty())
      << "the call was not made";
  EXPECT_THAT(Codes(), ElementsAre("HD001", "HD001"));
}

TEST_F(CallWatch, EveryStaleHandleIsToldApartHoweverManyWereMadeSince) {
  std::vector<v8::Local<v8::Object>> stale;
  for (int i = 0; i < 400; ++i) stale.push_back(Stale());
  for (const auto& object : stale) object->GetIdentityHash();
  EXPECT_EQ(Reported().size(), 400u);
}

TEST_F(CallWatch, StaleHandlesAreFoundAcrossCollectionsThatMoveTheTombstone) {
  const v8::Local<v8::Object> stale = Stale();
  for (int i = 0; i < 3; ++i) engine::CollectMinor(isolate());
  engine::CollectAll(isolate());
  stale->GetIdentityHash();
  EXPECT_THAT(Codes(), ElementsAre("HD001"));
}

TEST_F(CallWatch, AnEscapedHandleIsAliveAndOneEscapedTwiceIsNot) {
  v8::Local<v8::Object> escaped;
  {
    v8::EscapableHandleScope scope(isolate());
    escaped = scope.Escape(NewObject());
  }
  NewObject();
  EXPECT_FALSE(escaped->GetConstructorName().IsEmpty());
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(CallWatch, NestedAndSealedScopesAreLeftAlone) {
  const v8::HandleScope outer(isolate());
  const v8::Local<v8::Object> object = NewObject();
  {
    const v8::SealHandleScope sealed(isolate());
    for (int i = 0; i < 10; ++i) {
      const v8::HandleScope scope(isolate());
      object->Set(context(), Text("key"), NewObject()).Check();
    }
  }
  EXPECT_EQ(object->Get(context(), Text("key")).ToLocalChecked()->IsObject(), true);
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(CallWatch, AScopeOverSeveralBlocksIsLeftAloneAndItsHandlesAreStaleAfterIt) {
  std::vector<v8::Local<v8::Object>> objects;
  {
    const v8::HandleScope scope(isolate());
    for (int i = 0; i < 5000; ++i) objects.push_back(NewObject());
    for (const auto& object : objects) object->GetIdentityHash();
    EXPECT_THAT(Codes(), IsEmpty());
  }
  objects[10]->GetIdentityHash();
  objects[4000]->GetIdentityHash();
  EXPECT_THAT(Codes(), ElementsAre("HD001", "HD001"));
}

TEST_F(CallWatch, CountsOfHandlesLeaveTheQuarantineOut) {
  const v8::HandleScope scope(isolate());
  NewObject();
  const int before = v8::HandleScope::NumberOfHandles(isolate());
  for (int i = 0; i < 500; ++i) Stale();
  EXPECT_EQ(v8::HandleScope::NumberOfHandles(isolate()), before);
}

TEST_F(CallWatch, WhatACallbackMadeIsStaleWhenItHasReturned) {
  static v8::Local<v8::Object> kept;
  Call(FunctionFrom([](const v8::FunctionCallbackInfo<v8::Value>& info) {
    kept = v8::Object::New(info.GetIsolate());
  }));
  kept->GetIdentityHash();
  ASSERT_THAT(Codes(), ElementsAre("HD001"));
}

TEST_F(CallWatch, AnArgumentKeptPastItsCallbackIsStale) {
  static v8::Local<v8::Value> kept;
  const v8::Local<v8::Function> function =
      FunctionFrom([](const v8::FunctionCallbackInfo<v8::Value>& info) { kept = info[0]; });
  v8::Local<v8::Value> argument = NewObject();
  function->Call(context(), context()->Global(), 1, &argument).ToLocalChecked();
  EXPECT_FALSE(kept->IsArray());
  EXPECT_THAT(Codes(), ElementsAre("HD003"));
}

TEST_F(CallWatch, JavaScriptThatCallsBackAndThrowsIsLeftAlone) {
  const v8::Local<v8::Function> function =
      FunctionFrom([](const v8::FunctionCallbackInfo<v8::Value>& info) {
        v8::Isolate* isolate = info.GetIsolate();
        const v8::HandleScope scope(isolate);
        if (info.Length() == 0) {
          isolate->ThrowException(v8::Exception::Error(engine::Text(isolate, "thrown")));
          return;
        }
        info.GetReturnValue().Set(info[0]);
      });
  context()->Global()->Set(context(), Text("native"), function).Check();
  const v8::TryCatch failures(isolate());
  for (int i = 0; i < 200; ++i) {
    const v8::HandleScope scope(isolate());
    v8::Local<v8::Value> answer;
    ASSERT_TRUE(engine::RunScript(context(),
                                  "(() => { let r = 0; for (let i = 0; i < 5; ++i) {"
                                  "  try { native(); } catch (e) { r += native(1); } }"
                                  "  return r; })()")
                    .ToLocal(&answer));
    EXPECT_EQ(answer->Int32Value(context()).FromJust(), 5);
  }
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(CallWatch, TheProgramGoesOnAfterAStaleSettlementAndTheRightPromiseIsUntouched) {
  v8::Local<v8::Promise::Resolver> stale;
  {
    const v8::HandleScope scope(isolate());
    stale = NewResolver();
  }
  const v8::Local<v8::Promise::Resolver> other = NewResolver();
  stale->Resolve(context(), Text("for nobody")).Check();
  EXPECT_EQ(other->GetPromise()->State(), v8::Promise::kPending);
  EXPECT_THAT(Codes(), ElementsAre("HD001"));
}

TEST_F(CallWatch, AGlobalOfAStaleLocalIsCaught) {
  const v8::Local<v8::Object> stale = Stale();
  v8::Global<v8::Object> global(isolate(), stale);
  EXPECT_THAT(Codes(), ElementsAre("HD001"));
}

TEST_F(CallWatch, CatchesAHandleOfAnotherIsolate) {
  const v8::Local<v8::Object> here = NewObject();
  {
    const handrail::testing::EnteredIsolate other;
    const v8::HandleScope scope(other.get());
    const v8::Local<v8::Context> context = v8::Context::New(other.get());
    const v8::Context::Scope in(context);
    here->IsArray();
    EXPECT_THAT(Codes(), ElementsAre("HD004"));
  }
}

TEST_F(CallWatch, GlobalsThatOutliveTheirIsolateAreToldByThePlaceThatMadeThem) {
  std::optional<handrail::testing::EnteredIsolate> other(std::in_place);
  std::vector<v8::Global<v8::Object>> kept;
  v8::Global<v8::Object> single;
  {
    const v8::HandleScope scope(other->get());
    const v8::Local<v8::Context> context = v8::Context::New(other->get());
    const v8::Context::Scope in(context);
    for (int i = 0; i < 3; ++i) kept.emplace_back(other->get(), v8::Object::New(other->get()));
    single.Reset(other->get(), v8::Object::New(other->get()));
  }
  other.reset();
  ASSERT_THAT(Codes(), ElementsAre("HD024", "HD024"));
  EXPECT_THAT(Reported()[0].message, ::testing::StartsWith("3 Globals"));
  kept.clear();  // each destructor would write into the isolate that is gone
  single.Reset();
  EXPECT_EQ(Reported().size(), 6u);
  EXPECT_EQ(Reported().back().code, "HD023");
}

TEST_F(CallWatch, CatchesAThreadThatHasNotLockedTheIsolate) {
  v8::Global<v8::Object> global(isolate(), NewObject());
  std::thread([&] { global.Reset(); }).join();
  EXPECT_THAT(Codes(), ElementsAre("HD022"));
}

TEST_F(CallWatch, CatchesACallbackThatChangesTheCurrentIsolate) {
  static v8::Isolate* other = nullptr;
  handrail::testing::EnteredIsolate owned;
  other = owned.get();
  const v8::Isolate::Scope back(isolate());
  Call(FunctionFrom([](const auto&) { other->Enter(); }));
  other->Exit();
  EXPECT_THAT(Codes(), ElementsAre("IS005"));
}

TEST_F(CallWatch, CatchesAScopeThatACallbackLeavesOpen) {
  static std::optional<v8::HandleScope> scope;
  Call(FunctionFrom([](const auto& info) { scope.emplace(info.GetIsolate()); }));
  EXPECT_THAT(Codes(), ElementsAre("HD006"));
  scope.reset();
}

TEST_F(CallWatch, CatchesScopesThatAreClosedOutOfOrder) {
  std::optional<v8::HandleScope> first, second;  // the outer one lies above, as in nested frames
  auto& upper = &first > &second ? first : second;
  auto& lower = &first > &second ? second : first;
  upper.emplace(isolate());
  lower.emplace(isolate());
  upper.reset();
  EXPECT_THAT(Codes(), ElementsAre("HD005"));
  lower.reset();
}

TEST_F(CallWatch, SeveralIsolatesInTurnAreLeftAlone) {
  for (int i = 0; i < 20; ++i) {
    const handrail::testing::EnteredIsolate other;
    const v8::HandleScope scope(other.get());
    const v8::Local<v8::Context> context = v8::Context::New(other.get());
    const v8::Context::Scope in(context);
    engine::RunScript(context, "[1,2,3].map(x => x * 2)").ToLocalChecked();
    const v8::Isolate::Scope back(isolate());
    const v8::HandleScope here(isolate());
    NewObject()->GetIdentityHash();
  }
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(CallWatch, NothingIsSeenOnceItIsStopped) {
  StopWatching();
  const v8::Local<v8::Object> stale = Stale();
  stale->IsArray();
  EXPECT_THAT(Codes(), IsEmpty());
}

}  // namespace
}  // namespace handrail::guard
