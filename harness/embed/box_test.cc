#include "harness/embed/box.h"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

#include "harness/embed/channel.h"
#include "harness/embed/embed_test.h"
#include "harness/embed/root.h"

namespace handrail::embed {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A boxed object that notes its end, and does `finalize` before.
struct Noted {
  std::vector<std::string>* notes = nullptr;
  std::function<void(Turn&)> finalize{};

  Noted(std::vector<std::string>* notes, std::function<void(Turn&)> finalize = {})
      : notes(notes), finalize(std::move(finalize)) {}
  Noted(Noted&& other) noexcept
      : notes(std::exchange(other.notes, nullptr)), finalize(std::move(other.finalize)) {}
  ~Noted() {
    if (notes != nullptr) notes->push_back("destroyed");
  }
  void Finalize(Turn& turn) {
    notes->push_back("finalized");
    if (finalize) finalize(turn);
  }
};

// The RFC's example: a counter that holds the closure it calls.
struct Counter {
  Root<v8::Function> callback;
  int count = 0;

  void Increment(v8::Local<v8::Context> context) {
    ++count;
    v8::Local<v8::Value> number = v8::Integer::New(context->GetIsolate(), count);
    v8::Local<v8::Function> function;
    if (!callback.Get().ToLocal(&function)) return;
    function->Call(context, context->Global(), 1, &number).IsEmpty();
  }
  void Finalize(Turn&) { callback.Finalize(); }
};

class BoxTest : public EmbedTest {
 protected:
  ~BoxTest() override { environment_.reset(); }  // boxes note their end, in `notes`

  // A box that nobody holds.
  template <class T>
  void MakeAndLose(T value) {
    const v8::HandleScope scope(isolate());
    MakeBox(environment(), std::move(value)).ToLocalChecked();
  }
  void CollectAndSettle() {
    engine::CollectAll(isolate());
    environment().Settle();
  }
  v8::Local<v8::Function> Function(std::string_view source) {
    return Object(source).As<v8::Function>();
  }
  std::vector<std::string> notes;
};

TEST_F(BoxTest, HoldsACounterThatHoldsAClosure) {
  Eval("var seen = []");
  v8::Local<v8::Object> box =
      MakeBox(environment(), Counter{MakeRoot(environment(), Function("n => seen.push(n)"))})
          .ToLocalChecked();
  for (int i = 0; i < 3; ++i) Unbox<Counter>(environment(), box)->Increment(context());
  EXPECT_EQ(Eval("seen.join()"), "1,2,3");
  EXPECT_EQ(Unbox<Counter>(environment(), box)->count, 3);
}

TEST_F(BoxTest, DropsTheClosureWithTheCounter) {
  {
    const v8::HandleScope scope(isolate());
    MakeAndLose(Counter{MakeRoot(environment(), Function("n => n"))});
  }
  CollectAndSettle();
  EXPECT_EQ(totals().boxes_finalized, 1);
  EXPECT_EQ(totals().roots_dropped, 1);
}

TEST_F(BoxTest, MayBeCalledAgainFromInsideItsOwnCallback) {
  v8::Local<v8::Object> box;
  std::function<void()> again = [&] {
    Counter* counter = Unbox<Counter>(environment(), box);
    if (counter->count < 3) counter->Increment(context());
  };
  box = MakeBox(environment(), Counter{MakeRoot(environment(), Native(&again))}).ToLocalChecked();
  Unbox<Counter>(environment(), box)->Increment(context());
  EXPECT_EQ(Unbox<Counter>(environment(), box)->count, 3);
}

TEST_F(BoxTest, IsFinalizedOutsideTheGarbageCollectionWhereJavaScriptMayRun) {
  MakeAndLose(Noted(&notes, [&](Turn&) { notes.push_back("js gives " + Eval("6 * 7")); }));
  engine::CollectAll(isolate());
  EXPECT_THAT(notes, IsEmpty());
  environment().Settle();
  EXPECT_THAT(notes, ElementsAre("finalized", "js gives 42", "destroyed"));
}

TEST_F(BoxTest, IsKeptAsLongAsItsObject) {
  v8::Local<v8::Object> box = MakeBox(environment(), Noted(&notes)).ToLocalChecked();
  CollectAndSettle();
  EXPECT_NE(Unbox<Noted>(environment(), box), nullptr);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(BoxTest, IsFinalizedAtCloseWhileItsObjectLives) {
  v8::Local<v8::Object> box = MakeBox(environment(), Noted(&notes)).ToLocalChecked();
  Close();
  EXPECT_THAT(notes, ElementsAre("finalized", "destroyed"));
  EXPECT_EQ(Unbox<Noted>(environment(), box), nullptr);
  EXPECT_TRUE(MakeBox(environment(), Noted(&notes)).IsEmpty());
  engine::CollectAll(isolate());
}

TEST_F(BoxTest, IsFinalizedOnceWhenItIsCollectedRightBeforeClose) {
  MakeAndLose(Noted(&notes));
  engine::CollectAll(isolate());
  Close();
  EXPECT_THAT(notes, ElementsAre("finalized", "destroyed"));
  EXPECT_EQ(totals().boxes_finalized, 1);
}

TEST_F(BoxTest, ReportsWhatAFinalizerThrowsAndStillEndsTheBox) {
  MakeAndLose(Noted(&notes, [&](Turn& turn) {
    engine::RunScript(turn.context(), "throw new Error('from js')").IsEmpty();
  }));
  MakeAndLose(Noted(&notes, [](Turn&) { throw std::runtime_error("from c++"); }));
  CollectAndSettle();
  EXPECT_THAT(notes,
              ::testing::UnorderedElementsAre("finalized", "destroyed", "finalized", "destroyed"));
  EXPECT_THAT(UncaughtMessages(), ::testing::UnorderedElementsAre(
                                      "finalizer: Uncaught Error: from js", "finalizer: from c++"));
}

TEST_F(BoxTest, MayMakeBoxesInAFinalizerButNotAtTheEnd) {
  int made = 0;
  std::function<void(Turn&)> make = [&](Turn&) {
    made += MakeBox(environment(), Noted(&notes)).IsEmpty() ? 0 : 1;
  };
  MakeAndLose(Noted(&notes, make));
  CollectAndSettle();
  EXPECT_EQ(made, 1);
  MakeAndLose(Noted(&notes, make));
  Close();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(totals().boxes_made, totals().boxes_finalized);
}

TEST_F(BoxTest, MayCloseTheEnvironmentInAFinalizer) {
  MakeAndLose(Noted(&notes, [&](Turn&) { Close(); }));
  MakeAndLose(Noted(&notes, [&](Turn&) { Close(); }));
  MakeAndLose(Noted(&notes));
  CollectAndSettle();
  EXPECT_EQ(totals().boxes_finalized, 3);
  EXPECT_THAT(notes, ::testing::SizeIs(6));
}

TEST_F(BoxTest, FindsTheChannelsClosedWhenItIsFinalizedAtTheEnd) {
  std::optional<SendFailure> failure;
  std::shared_ptr<Channel> channel;
  MakeAndLose(Noted(&notes, [&](Turn&) { failure = channel->Send([](Turn&) {}).failure(); }));
  channel = Channel::Make(environment());
  Close();
  EXPECT_EQ(failure, SendFailure::kClosed);
  EXPECT_EQ(totals().messages_lost, 0);
}

TEST_F(BoxTest, GivesNothingOfAnotherType) {
  v8::Local<v8::Object> box = MakeBox(environment(), Noted(&notes)).ToLocalChecked();
  EXPECT_EQ(Unbox<Counter>(environment(), box), nullptr);
  EXPECT_EQ(Unbox<Noted>(environment(), Text("no object")), nullptr);
  EXPECT_EQ(Unbox<Noted>(environment(), v8::Object::New(isolate())), nullptr);
  EXPECT_EQ(Unbox<Noted>(environment(), {}), nullptr);
}

TEST_F(BoxTest, IsNotFooledByAForeignObjectWithAFieldLikeItsOwn) {
  v8::Local<v8::Object> box = MakeBox(environment(), Noted(&notes)).ToLocalChecked();
  v8::Local<v8::ObjectTemplate> shape = v8::ObjectTemplate::New(isolate());
  shape->SetInternalFieldCount(1);
  v8::Local<v8::Object> foreign = shape->NewInstance(context()).ToLocalChecked();
  foreign->SetInternalField(0, v8::Integer::New(isolate(), 0));
  EXPECT_EQ(Unbox<Noted>(environment(), foreign), nullptr);
  EXPECT_NE(Unbox<Noted>(environment(), box), nullptr);
}

TEST_F(BoxTest, IsNotOpenedOnAnotherThread) {
  v8::Local<v8::Object> box = MakeBox(environment(), Noted(&notes)).ToLocalChecked();
  std::thread([&] { EXPECT_EQ(Unbox<Noted>(environment(), box), nullptr); }).join();
}

// A cycle through both heaps, which no collector sees: kept until the environment ends.
TEST_F(BoxTest, IsNeverCollectedWhenItHoldsARootOfWhatLeadsBackToIt) {
  {
    const v8::HandleScope scope(isolate());
    v8::Local<v8::Function> callback = Function("() => callback.box");
    v8::Local<v8::Object> box =
        MakeBox(environment(), Counter{MakeRoot(environment(), callback)}).ToLocalChecked();
    callback->Set(context(), Text("box"), box).Check();
  }
  CollectAndSettle();
  EXPECT_EQ(totals().boxes_finalized, 0);
  Close();
  EXPECT_EQ(totals().boxes_finalized, 1);
  EXPECT_EQ(totals().roots_left_over, 0);
}

}  // namespace
}  // namespace handrail::embed
