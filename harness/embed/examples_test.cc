// The examples of README.md, run. Each block there is code from here (ctest readme/embed).
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "harness/embed/box.h"
#include "harness/embed/channel.h"
#include "harness/embed/deferred.h"
#include "harness/embed/embed_test.h"
#include "harness/embed/root.h"
#include "harness/embed/task.h"

namespace handrail::embed {
namespace {

// The closure-holding counter of the RFC neon_rfc_threadsafe_handles.
struct Counter {
  Root<v8::Function> callback;
  int count = 0;

  void Increment(v8::Local<v8::Context> context) {
    v8::Local<v8::Value> number = v8::Integer::New(context->GetIsolate(), ++count);
    v8::Local<v8::Function> function;
    if (!callback.Get().ToLocal(&function)) return;
    function->Call(context, context->Global(), 1, &number)
        .IsEmpty();  // what it throws stays pending
  }
  void Finalize(Turn&) { callback.Finalize(); }
};

class ExamplesTest : public EmbedTest {
 protected:
  ExamplesTest() { Eval("var seen = []"); }
  v8::Local<v8::Function> Function(std::string_view source) {
    return Object(source).As<v8::Function>();
  }
  Environment& environment = *environment_;
  v8::Local<v8::Function> function = Function("value => { seen.push(value); }");
};

TEST_F(ExamplesTest, SettlesAPromiseFromAThread) {
  std::shared_ptr<Channel> channel = Channel::Make(environment);

  auto [deferred, promise] = MakePromise(environment);
  std::thread worker([channel, deferred = std::move(deferred)]() mutable {
    int answer = 6 * 7;  // as long as it takes, without V8
    channel->SettleWith(std::move(deferred), [answer](Turn& turn) -> v8::MaybeLocal<v8::Value> {
      return v8::Integer::New(turn.isolate(), answer);
    });
  });

  worker.join();
  channel->Close();
  loop.Run();
  EXPECT_EQ(StateOf(promise), "fulfilled: 42");
}

TEST_F(ExamplesTest, KeepsTheLoopAliveOnlyWhileSomethingIsOut) {
  bool answered = false;

  std::shared_ptr<Channel> channel = Channel::Make(environment);
  channel->Unref();  // nobody waits for anything: the loop may end

  channel->Ref();  // a question is out: the loop lives until the answer is in
  std::thread worker([channel, &answered] {
    auto sent = channel->Send([channel, &answered](Turn&) {
      answered = true;
      channel->Unref();  // also from inside a closure
    });
    if (!sent.ok()) {  // closed, full, no wake-up: the closure comes back whole
      Closure closure = sent.TakeBack();
    }
  });
  loop.Run();

  worker.join();
  EXPECT_TRUE(answered);
}

TEST_F(ExamplesTest, GivesBackWhatABoundedChannelHasNoRoomFor) {
  Closure closure = [](Turn&) {};

  std::shared_ptr<Channel> channel = Channel::Make(environment, {.capacity = 2});
  while (channel->waiting() < 2) ASSERT_TRUE(channel->TrySend([](Turn&) {}).ok());
  auto sent = channel->TrySend(std::move(closure));  // Send would wait for room
  if (!sent.ok() && sent.failure() == SendFailure::kFull) closure = sent.TakeBack();

  EXPECT_TRUE(static_cast<bool>(closure));
  std::vector<Closure> rest = channel->CloseAndTakeBack();  // in order, none has run
  EXPECT_EQ(rest.size(), 2u);
}

TEST_F(ExamplesTest, CallsAFunctionThatWasHeldByAThread) {
  std::shared_ptr<Channel> channel = Channel::Make(environment);

  Root<v8::Function> callback = MakeRoot(environment, function);
  std::thread worker([channel, callback = std::move(callback)]() mutable {
    auto sent = channel->Send([callback = std::move(callback)](Turn& turn) mutable {
      v8::Local<v8::Value> argument = v8::Integer::New(turn.isolate(), 1);
      v8::Local<v8::Function> function;
      if (!callback.IntoInner().ToLocal(&function)) return;
      function->Call(turn.context(), turn.context()->Global(), 1, &argument).IsEmpty();
    });
  });  // not sent: closure and Root end on this thread, the handle is reset on the isolate's

  worker.join();
  channel->Close();
  loop.Run();
  EXPECT_EQ(Eval("seen.join()"), "1");
  EXPECT_EQ(totals().roots_dropped, 1);
}

TEST_F(ExamplesTest, SharesARootBetweenThreads) {
  std::shared_ptr<Channel> channel = Channel::Make(environment);

  auto shared = std::make_shared<const Root<v8::Function>>(MakeRoot(environment, function));
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([channel, shared, i] {
      static_cast<void>(channel->Send([shared, i](Turn& turn) {
        v8::Local<v8::Value> argument = v8::Integer::New(turn.isolate(), i);
        v8::Local<v8::Function> function;
        if (!shared->Get().ToLocal(&function)) return;
        function->Call(turn.context(), turn.context()->Global(), 1, &argument).IsEmpty();
      }));
    });
  }
  shared.reset();  // the last owner ends the Root, wherever that is

  for (std::thread& worker : workers) worker.join();
  channel->Close();
  loop.Run();
  EXPECT_EQ(Eval("seen.sort().join()"), "0,1,2");
  environment.Settle();
  EXPECT_EQ(totals().roots_dropped, 1);
}

TEST_F(ExamplesTest, HoldsANativeObjectInAJavaScriptOne) {
  v8::Local<v8::Object> box;
  if (!MakeBox(environment, Counter{MakeRoot(environment, function)}).ToLocal(&box)) return;
  if (auto* counter = Unbox<Counter>(environment, box)) counter->Increment(context());

  EXPECT_EQ(Eval("seen.join()"), "1");
}

TEST_F(ExamplesTest, ReadsOnLibuvsPoolAndSettlesAPromise) {
  Task task(environment, [] { return std::string("read from a disk"); });
  TaskHandle handle = task.Handle();  // handle.Cancel(), as long as it has not begun
  v8::Local<v8::Promise> promise =
      task.Promise([](Turn& turn, std::string text) -> v8::MaybeLocal<v8::Value> {
        return engine::Text(turn.isolate(), text);
      });
  loop.Run();

  EXPECT_EQ(StateOf(promise), "fulfilled: read from a disk");
  EXPECT_FALSE(handle.Cancel());
}

TEST_F(ExamplesTest, EndsInTheOrderThatLosesNothing) {
  std::shared_ptr<Channel> channel = Channel::Make(environment);
  Root<v8::Function> root = MakeRoot(environment, function);
  auto [deferred, promise] = MakePromise(environment);

  channel->Close();     // takes no more, runs what it has
  loop.Run();           // until nothing keeps it alive
  environment.Close();  // tells by EnvironmentOptions::left_over what is still held somewhere
  const Totals totals = environment.totals();
  std::thread([root = std::move(root), deferred = std::move(deferred)] {}).join();  // still safe

  EXPECT_EQ(totals.roots_left_over, 1);
  EXPECT_EQ(totals.promises_left_over, 1);
  EXPECT_EQ(left_over_reports, 1);
}

}  // namespace
}  // namespace handrail::embed
