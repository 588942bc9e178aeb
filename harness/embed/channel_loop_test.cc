// A channel and its loop: what keeps the loop alive, what becomes of closures when it ends, and the
// settling of promises through a channel.
#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/channel.h"
#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChannelLoopTest : public EmbedTest {
 protected:
  std::shared_ptr<Channel> channel = Channel::Make(environment());
  Compute Value(const char* text) {
    return [this, text](Turn&) -> v8::MaybeLocal<v8::Value> { return Text(text); };
  }
};

TEST_F(ChannelLoopTest, KeepsTheLoopAliveWhileItIsReferenced) {
  EXPECT_TRUE(channel->HasRef());
  EXPECT_TRUE(loop.RunOnce());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(channel->Unref());
    EXPECT_TRUE(channel->Unref());
    EXPECT_FALSE(channel->HasRef());
    EXPECT_FALSE(loop.RunOnce());
    EXPECT_TRUE(channel->Ref());
    EXPECT_TRUE(channel->HasRef());
    EXPECT_TRUE(loop.RunOnce());
  }
}

TEST_F(ChannelLoopTest, MayBeUnreferencedFromInsideAClosure) {
  int ran = 0;
  auto send = [&](bool last) {
    EXPECT_TRUE(channel
                    ->Send([&, last](Turn&) {
                      ++ran;
                      EXPECT_TRUE(channel->Unref());
                      EXPECT_TRUE(last || channel->Ref());
                    })
                    .ok());
  };
  send(false);
  send(true);
  loop.Run();
  EXPECT_EQ(ran, 2);
}

TEST_F(ChannelLoopTest, IsReferencedOnItsOwnThreadOnly) {
  std::thread([&] {
    EXPECT_FALSE(channel->Unref());
    EXPECT_FALSE(channel->Ref());
    EXPECT_TRUE(channel->HasRef());
  }).join();
}

TEST_F(ChannelLoopTest, KeepsNothingAliveOnceItIsClosed) {
  channel->Close();
  EXPECT_FALSE(channel->HasRef());
  EXPECT_FALSE(channel->Ref());
  EXPECT_FALSE(channel->HasRef());
  EXPECT_FALSE(loop.RunOnce());
}

TEST_F(ChannelLoopTest, CountsAndReportsWhatTheEndedLoopDidNotRun) {
  channel->Unref();
  loop.Run();  // nothing keeps it alive: it ends at once
  int ran = 0;
  EXPECT_TRUE(channel->Send([&](Turn&) { ++ran; }).ok());
  Close();
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(totals().messages_lost, 1);
  EXPECT_EQ(left_over_reports, 1);
}

TEST_F(ChannelLoopTest, IsBornClosedAfterTheEnvironmentsEnd) {
  Close();
  loop.Run();
  auto late = Channel::Make(environment());
  EXPECT_EQ(late->Send([](Turn&) {}).failure(), SendFailure::kClosed);
  EXPECT_FALSE(late->HasRef());
}

TEST_F(ChannelLoopTest, IsBornClosedWhileTheEnvironmentEnds) {
  auto made = MakePromise(environment());
  std::shared_ptr<Channel> late;
  std::function<void()> make = [&] { late = Channel::Make(environment()); };
  React(made.promise, Native(&make));
  made.deferred.Drop(nullptr);
  Close();
  ASSERT_NE(late, nullptr) << "the handler of the rejected promise did not run";
  EXPECT_EQ(late->Send([](Turn&) {}).failure(), SendFailure::kClosed);
  loop.Run();  // returns: the late channel holds nothing of it
}

TEST_F(ChannelLoopTest, MayCloseTheEnvironmentFromInsideAClosureThatThrows) {
  EXPECT_TRUE(channel
                  ->Send([&](Turn& turn) {
                    Close();
                    engine::RunScript(turn.context(), "throw new Error('after')").IsEmpty();
                    throw std::runtime_error("and more");
                  })
                  .ok());
  EXPECT_TRUE(channel->Send([](Turn&) { FAIL() << "ran after Close"; }).ok());
  loop.Run();
  EXPECT_THAT(UncaughtMessages(),
              ElementsAre("channel: and more", "channel: Uncaught Error: after"));
  EXPECT_EQ(totals().messages_run, 1);
  EXPECT_EQ(totals().messages_lost, 1);
}

TEST_F(ChannelLoopTest, MayEndTheEnvironmentAndRunTheLoopFromInsideAClosure) {
  EXPECT_TRUE(channel
                  ->Send([&](Turn&) {
                    environment_.reset();
                    loop.RunOnce();  // libuv releases the wake-ups that brought us here
                  })
                  .ok());
  loop.Run();
  channel.reset();
}

TEST_F(ChannelLoopTest, MayBeClosedByWhatALostClosureHeld) {
  auto other = Channel::Make(environment());
  struct Closer {
    std::shared_ptr<Channel> channel;
    Closer(std::shared_ptr<Channel> to_close) : channel(std::move(to_close)) {}
    Closer(Closer&&) = default;
    ~Closer() {
      if (channel == nullptr) return;
      EXPECT_THAT(channel->CloseAndTakeBack(), ::testing::SizeIs(1));
    }
  };
  EXPECT_TRUE(other->Send([](Turn&) {}).ok());
  EXPECT_TRUE(channel->Send([closer = Closer(other)](Turn&) {}).ok());
  Close();
  EXPECT_EQ(totals().messages_lost, 1);
  EXPECT_EQ(totals().messages_handed_back, 1);
}

TEST_F(ChannelLoopTest, SettlesAPromiseFromAnotherThread) {
  auto made = MakePromise(environment());
  std::thread([&, deferred = std::move(made.deferred)]() mutable {
    EXPECT_EQ(channel->SettleWith(std::move(deferred), Value("sent")), std::nullopt);
    channel->Close();
  }).join();
  loop.Run();
  EXPECT_EQ(StateOf(made.promise), "fulfilled: sent");
}

TEST_F(ChannelLoopTest, RejectsAPromiseWhoseComputationThrows) {
  auto made = MakePromise(environment());
  EXPECT_TRUE(channel
                  ->TrySettleWith(std::move(made.deferred),
                                  [](Turn&) -> v8::MaybeLocal<v8::Value> {
                                    throw std::runtime_error("thrown");
                                  })
                  .ok());
  loop.RunOnce();
  EXPECT_EQ(StateOf(made.promise), "rejected: Error: thrown");
  EXPECT_THAT(uncaught, IsEmpty());
}

TEST_F(ChannelLoopTest, RejectsThePromiseOfASettlingThatCannotBeSent) {
  auto made = MakePromise(environment());
  channel->Close();
  EXPECT_EQ(channel->SettleWith(std::move(made.deferred), Value("never")), SendFailure::kClosed);
  environment().Settle();
  EXPECT_THAT(StateOf(made.promise), HasSubstr("the channel is closed"));
}

TEST_F(ChannelLoopTest, RejectsThePromiseOfASettlingWhoseWakeUpFails) {
  auto made = MakePromise(environment());
  {
    const FailingWakeUps failing;
    EXPECT_EQ(channel->SettleWith(std::move(made.deferred), Value("never")),
              SendFailure::kWakeUpFailed);
  }
  environment().Settle();
  EXPECT_THAT(StateOf(made.promise), HasSubstr("could not be woken"));
}

TEST_F(ChannelLoopTest, GivesBothBackWhereTrySettleWithCannotSend) {
  auto full = Channel::Make(environment(), {.capacity = 1});
  EXPECT_TRUE(full->Send([](Turn&) {}).ok());
  auto made = MakePromise(environment());
  auto result = full->TrySettleWith(std::move(made.deferred), Value("after all"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure(), SendFailure::kFull);
  Settling back = result.TakeBack();
  ASSERT_TRUE(back.deferred.armed());
  EXPECT_EQ(channel->SettleWith(std::move(back.deferred), std::move(back.compute)), std::nullopt);
  loop.RunOnce();
  EXPECT_EQ(StateOf(made.promise), "fulfilled: after all");
}

TEST_F(ChannelLoopTest, RejectsThePromiseOfASettlingThatIsLost) {
  auto made = MakePromise(environment());
  EXPECT_EQ(channel->SettleWith(std::move(made.deferred), Value("never")), std::nullopt);
  Close();
  EXPECT_THAT(StateOf(made.promise), HasSubstr("was destroyed"));
  EXPECT_EQ(totals().promises_dropped, 1);
  EXPECT_EQ(totals().promises_left_over, 0);
}

}  // namespace
}  // namespace handrail::embed
