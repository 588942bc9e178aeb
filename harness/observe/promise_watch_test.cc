#include "harness/observe/promise_watch.h"

#include <gmock/gmock.h>

#include "harness/embed/deferred.h"
#include "harness/embed/embed_test.h"
#include "harness/observe/promise_ledger.h"

namespace handrail {
namespace {

using ::handrail::embed::MakePromise;
using ::handrail::embed::PromiseAndDeferred;
using ::handrail::testing::Findings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PromiseWatchTest : public embed::EmbedTest {
 protected:
  PromiseWatchTest() {
    embed::EnvironmentOptions options;
    options.promises = ledger_;
    Open(options);
  }
  ~PromiseWatchTest() override { ledger_->Unwatch(isolate()); }

  void Watch(WatchOptions options = {}) { ledger_->Watch(isolate(), options); }
  PromiseAndDeferred Make(Place here = Place::current()) {
    return MakePromise(environment(), here);
  }
  // Runs JavaScript that knows the promise as `p`.
  void Script(v8::Local<v8::Promise> promise, const char* source) {
    context()->Global()->Set(context(), Text("p"), promise).Check();
    ASSERT_FALSE(engine::RunScript(context(), source).IsEmpty()) << source;
  }
  v8::Local<v8::Function> Nothing() {
    return v8::Function::New(context(), [](const v8::FunctionCallbackInfo<v8::Value>&) {})
        .ToLocalChecked();
  }
  void Checkpoint() { isolate()->PerformMicrotaskCheckpoint(); }
  std::vector<std::string> CodesAtTheEnd() {
    Close();
    ledger_->Unwatch(isolate());
    ledger_->Conclude();
    return found_.Codes();
  }
  WatchCounts counts() const { return ledger_->watch_counts(); }

  Findings found_;
  std::shared_ptr<PromiseLedger> ledger_ = std::make_shared<PromiseLedger>(found_.Sink());
};

TEST_F(PromiseWatchTest, TellsARejectionThatNobodyHandles) {
  Watch();
  const int made_line = __LINE__ + 1;
  PromiseAndDeferred made = Make();
  made.deferred.Reject(Text("no"));
  const int rejected_line = __LINE__ - 1;
  Checkpoint();
  ASSERT_THAT(CodesAtTheEnd(), ElementsAre("PR015"));
  const Finding& finding = found_.all[0];
  EXPECT_EQ(finding.detector, "promise-ledger");
  EXPECT_THAT(finding.message, HasSubstr("1 promises made here were rejected and had no handler"));
  ASSERT_EQ(finding.life.size(), 2u);
  EXPECT_EQ(finding.life[0].line, made_line);
  EXPECT_EQ(finding.life[1].line, rejected_line);
}

TEST_F(PromiseWatchTest, LeavesARejectionAloneThatHasAHandler) {
  Watch();
  for (int i = 0; i < 3; ++i) {
    PromiseAndDeferred made = Make();
    Script(made.promise, "p.catch(() => {})");
    made.deferred.Reject(Text("no"));
    Checkpoint();
  }
  PromiseAndDeferred meant = Make();
  meant.promise->MarkAsHandled();
  meant.deferred.Reject(Text("no"));
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
  EXPECT_EQ(counts().rejected_unhandled, 0);
}

TEST_F(PromiseWatchTest, CountsAHandlerThatComesLateAndAccusesNobody) {
  Watch();
  PromiseAndDeferred made = Make();
  made.deferred.Reject(Text("no"));
  Script(made.promise, "p.catch(() => {})");
  Checkpoint();
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
  EXPECT_EQ(counts().rejected_unhandled, 1);
  EXPECT_EQ(counts().handled_later, 1);
}

TEST_F(PromiseWatchTest, TellsAHandlerThatComesLateWhereItIsAskedFor) {
  Watch({.handled_later = true});
  PromiseAndDeferred made = Make();
  made.deferred.Reject(Text("no"));
  Script(made.promise, "p.catch(() => {})");
  EXPECT_THAT(CodesAtTheEnd(), ElementsAre("PR016"));
}

TEST_F(PromiseWatchTest, TellsADroppedDeferredWhoseErrorReachesNobody) {
  Watch();
  { const PromiseAndDeferred made = Make(); }
  environment_->Settle();
  EXPECT_THAT(CodesAtTheEnd(), ::testing::UnorderedElementsAre("PR012", "PR015"));
}

TEST_F(PromiseWatchTest, TellsARejectionThatWasTakenOverFromAnotherPromise) {
  Watch();
  PromiseAndDeferred made = Make();
  v8::Local<v8::Promise::Resolver> other = NewResolver();
  made.deferred.Resolve(other->GetPromise());
  Checkpoint();  // it follows from here on
  other->Reject(context(), Text("no")).Check();
  Checkpoint();
  EXPECT_EQ(StateOf(made.promise), "rejected: no");
  EXPECT_THAT(CodesAtTheEnd(), ElementsAre("PR015"));
}

// What JavaScript rejects all by itself is counted, but no line of native code is to blame.
TEST_F(PromiseWatchTest, DoesNotBlameNativeCodeForRejectionsOfJavaScript) {
  Watch();
  PromiseAndDeferred made = Make();
  Script(made.promise, "Promise.reject(1); p.catch(() => {})");
  made.deferred.Reject(Text("no"));  // handled, right after one that is not
  Checkpoint();
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
  EXPECT_EQ(counts().rejected_unhandled, 1);
}

TEST_F(PromiseWatchTest, TellsARejectionOfADerivedPromiseWithHooks) {
  Watch({.reactions = true});
  PromiseAndDeferred made = Make();
  Script(made.promise, "p.then(() => 1)");
  made.deferred.Reject(Text("no"));
  Checkpoint();
  ASSERT_THAT(CodesAtTheEnd(), ElementsAre("PR015"));
  EXPECT_THAT(found_.all[0].message, HasSubstr("derive from those made here"));
}

TEST_F(PromiseWatchTest, KeepsNoPromiseAliveAndStillTellsItsRejection) {
  Watch();
  v8::Global<v8::Promise> weak;
  {
    const v8::HandleScope scope(isolate());
    PromiseAndDeferred made = Make();
    made.deferred.Reject(Text("no"));
    weak.Reset(isolate(), made.promise);
    weak.SetWeak();
  }
  engine::CollectAll(isolate());
  EXPECT_TRUE(weak.IsEmpty());
  EXPECT_THAT(CodesAtTheEnd(), ElementsAre("PR015"));
}

TEST_F(PromiseWatchTest, CountsReactionsOfThenChains) {
  Watch({.reactions = true});
  PromiseAndDeferred made = Make();
  Script(made.promise, "p.then(x => x).then(x => x); p.finally(() => {})");
  EXPECT_EQ(counts().reactions, 3);
  EXPECT_EQ(counts().reactions_run, 0);
  made.deferred.Resolve(Text("yes"));
  EXPECT_EQ(counts().reactions_run, 0) << "settling only queues them";
  Checkpoint();
  EXPECT_GE(counts().reactions_run, 3);  // finally adds some of its own
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
  EXPECT_EQ(counts().reactions_run, counts().reactions);
}

TEST_F(PromiseWatchTest, CountsReactionsOfAwait) {
  Watch({.reactions = true});
  PromiseAndDeferred made = Make();
  Script(made.promise, "var got; (async () => { got = await p; got += await p; })()");
  made.deferred.Resolve(Text("yes"));
  Checkpoint();
  const v8::Local<v8::Value> got = engine::RunScript(context(), "got").ToLocalChecked();
  EXPECT_EQ(engine::ToText(isolate(), got), "yesyes");
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
  EXPECT_EQ(counts().reactions, 2);
  EXPECT_EQ(counts().reactions_run, 2);
}

TEST_F(PromiseWatchTest, TellsReactionsThatNoCheckpointRan) {
  Watch({.reactions = true});
  const int line = __LINE__ + 1;
  PromiseAndDeferred made = Make();
  Script(made.promise, "p.then(() => 1); (async () => { await p; })()");
  made.deferred.Resolve(Text("yes"));
  ledger_->Unwatch(isolate());
  ledger_->Conclude();
  ASSERT_THAT(found_.Codes(), ElementsAre("PR017"));
  EXPECT_EQ(found_.all[0].count, 2);
  EXPECT_THAT(found_.all[0].message, HasSubstr("0 had run and 2 were due and had not"));
  EXPECT_EQ(found_.all[0].life.at(0).line, line);
}

void Terminate(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetIsolate()->TerminateExecution();
}

TEST_F(PromiseWatchTest, TellsReactionsThatATerminationThrewAway) {
  Watch({.reactions = true});
  const v8::Local<v8::Function> terminate =
      v8::Function::New(context(), Terminate).ToLocalChecked();
  context()->Global()->Set(context(), Text("terminate"), terminate).Check();
  PromiseAndDeferred made = Make();
  Script(made.promise,
         "p.then(() => {}); p.then(() => { terminate(); for (;;) {} }); p.then(() => {}); 1");
  made.deferred.Resolve(Text("yes"));
  Checkpoint();
  isolate()->CancelTerminateExecution();
  Checkpoint();
  ASSERT_THAT(CodesAtTheEnd(), ElementsAre("PR017"));
  EXPECT_EQ(found_.all[0].count, 1) << "the third; the second had begun";
  EXPECT_EQ(counts().reactions_run, 2);
}

TEST_F(PromiseWatchTest, DoesNotCountReactionsAsLostThatWaitForAPendingPromise) {
  Watch({.reactions = true});
  PromiseAndDeferred made = Make();
  Script(made.promise, "p.then(() => new Promise(() => {})).then(() => 1); 1");
  made.deferred.Resolve(Text("yes"));
  Checkpoint();
  PromiseAndDeferred pending = Make();
  Script(pending.promise, "p.then(() => 1); 1");
  ledger_->Unwatch(isolate());
  EXPECT_EQ(counts().reactions_lost, 0);
  pending.deferred.Drop("the end");
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
}

// Collected promises make room, whatever has run of them; what was lost of them is still told.
TEST_F(PromiseWatchTest, SweepsWhatWasCollectedAndForgetsNoLoss) {
  Watch({.reactions = true});
  for (int i = 0; i < 10'000; ++i) {
    const v8::HandleScope scope(isolate());
    PromiseAndDeferred made = Make();
    const v8::Local<v8::Promise> first = made.promise->Then(context(), Nothing()).ToLocalChecked();
    first->Then(context(), Nothing()).ToLocalChecked();
    made.deferred.Resolve(Text("yes"));
    if (i % 10 == 0) Checkpoint();
    if (i % 1000 == 0) engine::CollectAll(isolate());
  }
  Checkpoint();
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
  EXPECT_EQ(counts().reactions, 20'000);
  EXPECT_EQ(counts().reactions_run, 20'000);
}

TEST_F(PromiseWatchTest, SaysThatItKnowsASampleWhenThereAreTooMany) {
  Watch({.at_most = 10});
  std::vector<v8::Local<v8::Promise>> kept;
  for (int i = 0; i < 25; ++i) {
    PromiseAndDeferred made = Make();
    made.deferred.Reject(Text("no"));
    kept.push_back(made.promise);
  }
  ASSERT_THAT(CodesAtTheEnd(), ElementsAre("PR015"));
  EXPECT_EQ(found_.all[0].count, 10);
  EXPECT_THAT(found_.all[0].message, HasSubstr("of a sample"));
  EXPECT_EQ(counts().rejected_unhandled, 25) << "counts are exact";
}

TEST_F(PromiseWatchTest, KeepsTwoIsolatesApart) {
  Watch();
  {
    const testing::EnteredIsolate other;
    const v8::HandleScope scope(other.get());
    const v8::Local<v8::Context> context = v8::Context::New(other.get());
    const v8::Context::Scope entered(context);
    embed::EventLoop loop;
    const auto ledger = std::make_shared<PromiseLedger>([](const Finding&) {});
    ledger->Watch(other.get());
    embed::EnvironmentOptions options;
    options.promises = ledger;
    embed::Environment environment(other.get(), context, loop.get(), options);
    MakePromise(environment).deferred.Reject(v8::Undefined(other.get()));
    EXPECT_EQ(ledger->watch_counts().rejected_unhandled, 1);
    environment.Close();
    ledger->Unwatch(other.get());
  }
  EXPECT_EQ(counts().rejected_unhandled, 0);
  EXPECT_THAT(CodesAtTheEnd(), IsEmpty());
}

TEST_F(PromiseWatchTest, ForgetsAnIsolateThatNobodyUnwatched) {
  Watch({.reactions = true});
  PromiseAndDeferred made = Make();
  made.deferred.Reject(Text("no"));
  Close();
  ledger_->Conclude();
  EXPECT_THAT(found_.Codes(), IsEmpty()) << "nothing about it is certain";
  NewResolver()->Reject(context(), Text("no")).Check();
  EXPECT_EQ(counts().rejected_unhandled, 1) << "its callbacks lead nowhere";
  isolate()->SetPromiseRejectCallback(nullptr);
  isolate()->SetPromiseHook(nullptr);
}

}  // namespace
}  // namespace handrail
