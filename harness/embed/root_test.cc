#include "harness/embed/root.h"

#include <thread>

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

class RootTest : public EmbedTest {
 protected:
  // Whether the object that a function gives is still there after a full collection.
  template <class Make>
  v8::Global<v8::Object> Watched(Make make) {
    const v8::HandleScope scope(isolate());
    v8::Global<v8::Object> weak(isolate(), make());
    weak.SetWeak();
    return weak;
  }
  bool Collected(const v8::Global<v8::Object>& weak) {
    engine::CollectAll(isolate());
    return weak.IsEmpty();
  }
};

TEST_F(RootTest, KeepsItsObjectAliveUntilItIsDropped) {
  Root<v8::Object> root;
  auto weak = Watched([&] {
    v8::Local<v8::Object> object = v8::Object::New(isolate());
    root = MakeRoot(environment(), object);
    return object;
  });
  EXPECT_FALSE(Collected(weak)) << "a Root holds it";
  EXPECT_TRUE(root.Drop());
  EXPECT_TRUE(Collected(weak)) << "nobody holds it any more";
}

TEST_F(RootTest, LetsGoOfItsObjectWhenItIsDestroyedOnAnotherThread) {
  Root<v8::Object> root;
  auto weak = Watched([&] {
    v8::Local<v8::Object> object = v8::Object::New(isolate());
    root = MakeRoot(environment(), object);
    return object;
  });
  std::thread([root = std::move(root)] {}).join();
  EXPECT_FALSE(Collected(weak)) << "only the isolate's thread may reset a handle";
  environment().Settle();
  EXPECT_TRUE(Collected(weak));
  EXPECT_EQ(totals().roots_dropped, 1);
}

TEST_F(RootTest, GivesItsObjectOnItsThread) {
  v8::Local<v8::Object> object = v8::Object::New(isolate());
  const Root<v8::Object> root = MakeRoot(environment(), object);
  EXPECT_EQ(root.Get().ToLocalChecked(), object);
  EXPECT_TRUE(root.holds());
}

TEST_F(RootTest, EndsWhenItIsOpened) {
  v8::Local<v8::Object> object = v8::Object::New(isolate());
  Root<v8::Object> root = MakeRoot(environment(), object);
  EXPECT_EQ(root.IntoInner().ToLocalChecked(), object);
  EXPECT_FALSE(root.holds());
  EXPECT_TRUE(root.IntoInner().IsEmpty());
  EXPECT_EQ(totals().roots_dropped, 1);
}

TEST_F(RootTest, CannotBeUsedOnAnotherThreadAndLosesNothingByIt) {
  Root<v8::Object> root = MakeRoot(environment(), v8::Object::New(isolate()));
  std::thread([&] {
    EXPECT_TRUE(root.Get().IsEmpty());
    EXPECT_TRUE(root.IntoInner().IsEmpty());
    EXPECT_FALSE(root.Clone().holds());
    EXPECT_FALSE(root.Drop());
    EXPECT_FALSE(root.Finalize());
  }).join();
  EXPECT_FALSE(root.Get().IsEmpty());
  EXPECT_EQ(totals().roots_made, 1);
}

TEST_F(RootTest, CannotBeOpenedWhileAnotherIsolateIsEnteredAndLosesNothingByIt) {
  Root<v8::Object> root = MakeRoot(environment(), v8::Object::New(isolate()));
  {
    const handrail::testing::EnteredIsolate other;
    EXPECT_TRUE(root.Get().IsEmpty());
    EXPECT_TRUE(root.IntoInner().IsEmpty());
  }
  EXPECT_TRUE(root.holds());
}

TEST_F(RootTest, IsClonedAndEachIsDroppedByItself) {
  Root<v8::Object> root = MakeRoot(environment(), v8::Object::New(isolate()));
  Root<v8::Object> clone = root.Clone();
  EXPECT_EQ(clone.Get().ToLocalChecked(), root.Get().ToLocalChecked());
  EXPECT_TRUE(root.Drop());
  EXPECT_FALSE(root.Drop()) << "dropped twice";
  EXPECT_FALSE(root.Clone().holds()) << "cloned after it was dropped";
  EXPECT_FALSE(clone.Get().IsEmpty());
  EXPECT_EQ(totals().roots_made, 2);
}

TEST_F(RootTest, GivesWhatItHoldsAwayWhenItIsMoved) {
  Root<v8::Object> root = MakeRoot(environment(), v8::Object::New(isolate()));
  Root<v8::Object> other = std::move(root);
  EXPECT_FALSE(root.holds());
  other = MakeRoot(environment(), v8::Object::New(isolate()));
  Root<v8::Object>& same = other;
  other = std::move(same);
  EXPECT_TRUE(other.holds());
  environment().Settle();
  EXPECT_EQ(totals().roots_dropped, 1) << "the one that another was moved into";
}

TEST_F(RootTest, IsMadeOfObjectsOnly) {
  EXPECT_FALSE(TryMakeRoot(environment(), Text("no object")).holds());
  EXPECT_FALSE(TryMakeRoot(environment(), {}).holds());
  EXPECT_TRUE(TryMakeRoot(environment(), v8::Object::New(isolate())).holds());
  EXPECT_FALSE(MakeRoot(environment(), v8::Local<v8::Object>()).holds());
}

TEST_F(RootTest, IsOnlyCountedAfterClose) {
  Root<v8::Object> root = MakeRoot(environment(), v8::Object::New(isolate()));
  Root<v8::Object> other = MakeRoot(environment(), v8::Object::New(isolate()));
  Close();
  EXPECT_TRUE(root.Get().IsEmpty());
  EXPECT_TRUE(other.Drop());
  std::thread([root = std::move(root)] {}).join();
  EXPECT_EQ(totals().roots_left_over, 2);
  EXPECT_EQ(totals().roots_dropped_late, 2);
  EXPECT_FALSE(MakeRoot(environment(), v8::Object::New(isolate())).holds());
}

TEST_F(RootTest, IsSharedByThreadsAndEndsWithTheLastOfThem) {
  auto shared =
      std::make_shared<const Root<v8::Object>>(MakeRoot(environment(), v8::Object::New(isolate())));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([copy = shared] { EXPECT_TRUE(copy->holds()); });
  EXPECT_FALSE(shared->Get().IsEmpty());
  shared.reset();
  for (std::thread& thread : threads) thread.join();
  environment().Settle();
  EXPECT_EQ(totals().roots_dropped, 1);
}

TEST_F(RootTest, MayEndInsideAGarbageCollection) {
  struct Owner {
    v8::Global<v8::Object> weak;
    Root<v8::Object> root;
  };
  auto* owner = new Owner;
  {
    const v8::HandleScope scope(isolate());
    owner->root = MakeRoot(environment(), v8::Object::New(isolate()));
    owner->weak.Reset(isolate(), v8::Object::New(isolate()));
    owner->weak.SetWeak(
        owner,
        [](const v8::WeakCallbackInfo<Owner>& info) {
          info.GetParameter()->weak.Reset();
          delete info.GetParameter();
        },
        v8::WeakCallbackType::kParameter);
  }
  engine::CollectAll(isolate());
  environment().Settle();
  EXPECT_EQ(totals().roots_dropped, 1);
}

}  // namespace
}  // namespace handrail::embed
