#include "harness/embed/channel.h"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChannelTest : public EmbedTest {
 protected:
  std::shared_ptr<Channel> Make(size_t capacity = 0) {
    return Channel::Make(environment(), {.capacity = capacity});
  }
  // A closure that notes `number` when it runs.
  Closure Note(int number) {
    return [this, number](Turn&) { ran.push_back(number); };
  }
  std::vector<int> ran;
};

TEST_F(ChannelTest, RunsWhatOtherThreadsSend) {
  auto channel = Make();
  std::thread([&] {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(channel->Send(Note(i)).ok());
    channel->Close();
  }).join();
  EXPECT_EQ(channel->waiting(), 3u);
  loop.Run();
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
  EXPECT_EQ(totals().messages_run, 3);
}

TEST_F(ChannelTest, KeepsTheOrderOfEachSender) {
  constexpr int kSenders = 4;
  constexpr int kEach = 500;
  auto channel = Make();
  std::vector<std::vector<int>> seen(kSenders);
  std::vector<std::thread> senders;
  std::atomic<int> left = kSenders;
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&, s] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_TRUE(channel->Send([&, s, i](Turn&) { seen[s].push_back(i); }).ok());
      }
      if (--left == 0) channel->Close();
    });
  }
  loop.Run();
  for (std::thread& sender : senders) sender.join();
  for (const std::vector<int>& one : seen) {
    ASSERT_EQ(one.size(), static_cast<size_t>(kEach));
    for (int i = 0; i < kEach; ++i) ASSERT_EQ(one[i], i);
  }
}

TEST_F(ChannelTest, GivesTheClosureBackAfterItWasClosed) {
  auto channel = Make();
  channel->Close();
  auto result = channel->Send(Note(1));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure(), SendFailure::kClosed);
  EXPECT_TRUE(environment().Run(result.TakeBack())) << "it is whole";
  EXPECT_THAT(ran, ElementsAre(1));
  EXPECT_EQ(totals().messages_accepted, 0);
}

TEST_F(ChannelTest, RunsWhatItAcceptedBeforeItWasClosed) {
  auto channel = Make();
  EXPECT_TRUE(channel->Send(Note(1)).ok());
  channel->Close();
  loop.Run();
  EXPECT_THAT(ran, ElementsAre(1));
}

TEST_F(ChannelTest, TellsTheSenderWhenTheLoopCannotBeWoken) {
  auto channel = Make();
  {
    const FailingWakeUps failing;
    auto result = channel->Send(Note(1));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.failure(), SendFailure::kWakeUpFailed);
    EXPECT_TRUE(static_cast<bool>(result.TakeBack()));
  }
  EXPECT_EQ(totals().messages_accepted, 0);
  EXPECT_TRUE(channel->Send(Note(2)).ok()) << "one failure does not end it";
  loop.RunOnce();
  EXPECT_THAT(ran, ElementsAre(2));
}

TEST_F(ChannelTest, LetsGoOfTheLoopWhenItIsClosedHereThoughWakeUpsFail) {
  auto channel = Make();
  const FailingWakeUps failing;
  channel->Close();
  EXPECT_FALSE(loop.RunOnce()) << "nothing keeps the loop alive any more";
}

TEST_F(ChannelTest, ReportsWhatAClosureThrowsAndRunsTheNextOne) {
  auto channel = Make();
  EXPECT_TRUE(channel
                  ->Send([](Turn& turn) {
                    engine::RunScript(turn.context(), "throw new Error('from js')").IsEmpty();
                  })
                  .ok());
  EXPECT_TRUE(channel->Send([](Turn&) { throw std::runtime_error("from c++"); }).ok());
  EXPECT_TRUE(channel->Send([](Turn&) { throw 42; }).ok());
  EXPECT_TRUE(channel->Send(Note(1)).ok());
  channel->Close();
  loop.Run();
  EXPECT_THAT(ran, ElementsAre(1));
  EXPECT_THAT(UncaughtMessages(),
              ElementsAre("channel: Uncaught Error: from js", "channel: from c++",
                          "channel: a C++ exception that is no std::exception"));
  EXPECT_THAT(uncaught[0].stack, ::testing::HasSubstr("from js"));
  EXPECT_EQ(totals().uncaught, 3);
}

TEST_F(ChannelTest, RunsMicrotasksAfterEachClosure) {
  auto channel = Make();
  Eval("var order = []");
  for (const char* name : {"a", "b"}) {
    EXPECT_TRUE(channel
                    ->Send([name](Turn& turn) {
                      const std::string text = name;
                      engine::RunScript(turn.context(), "order.push('" + text +
                                                            "'); Promise.resolve().then(() => "
                                                            "order.push('after " +
                                                            text + "'))")
                          .ToLocalChecked();
                    })
                    .ok());
  }
  loop.RunOnce();
  EXPECT_EQ(Eval("order.join()"), "a,after a,b,after b");
}

TEST_F(ChannelTest, TakesMoreFromInsideAClosure) {
  auto channel = Make();
  EXPECT_TRUE(channel
                  ->Send([&](Turn&) {
                    EXPECT_TRUE(channel->Send(Note(2)).ok());
                    ran.push_back(1);
                    channel->Close();
                  })
                  .ok());
  loop.Run();
  EXPECT_THAT(ran, ElementsAre(1, 2));
}

// libuv does not want it, but it must not silence the channel for ever.
TEST_F(ChannelTest, RunsWhatCameWhileAClosureRanTheLoop) {
  auto channel = Make();
  EXPECT_TRUE(channel
                  ->Send([&](Turn&) {
                    EXPECT_TRUE(channel->Send(Note(2)).ok());
                    loop.RunOnce();
                    ran.push_back(1);
                  })
                  .ok());
  EXPECT_TRUE(channel->Send(Note(3)).ok());
  loop.RunOnce();
  EXPECT_THAT(ran, ElementsAre(1, 3, 2));
  EXPECT_TRUE(channel->Send(Note(4)).ok());
  loop.RunOnce();
  EXPECT_THAT(ran, ElementsAre(1, 3, 2, 4));
}

TEST_F(ChannelTest, HandsBackInOrderWhatHasNotRun) {
  auto channel = Make();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(channel->Send(Note(i)).ok());
  std::vector<Closure> rest = channel->CloseAndTakeBack();
  EXPECT_THAT(channel->CloseAndTakeBack(), IsEmpty());
  loop.Run();
  EXPECT_THAT(ran, IsEmpty());
  for (Closure& closure : rest) environment().Run(std::move(closure));
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
  EXPECT_EQ(totals().messages_handed_back, 3);
}

TEST_F(ChannelTest, HandsBackTheRestAfterSomeHaveRun) {
  auto channel = Make();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(channel->Send(Note(i)).ok());
  loop.RunOnce();
  EXPECT_TRUE(channel->Send(Note(3)).ok());
  EXPECT_THAT(channel->CloseAndTakeBack(), ::testing::SizeIs(1));
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
}

TEST_F(ChannelTest, HandsBackTheRestFromInsideAClosure) {
  auto channel = Make();
  std::vector<Closure> rest;
  EXPECT_TRUE(channel->Send([&](Turn&) { rest = channel->CloseAndTakeBack(); }).ok());
  EXPECT_TRUE(channel->Send(Note(1)).ok());
  loop.Run();
  EXPECT_EQ(rest.size(), 1u);
  EXPECT_THAT(ran, IsEmpty());
  EXPECT_EQ(totals().messages_run + totals().messages_handed_back, totals().messages_accepted);
}

TEST_F(ChannelTest, HandsNothingBackOnAnotherThread) {
  auto channel = Make();
  EXPECT_TRUE(channel->Send(Note(1)).ok());
  std::thread([&] { EXPECT_THAT(channel->CloseAndTakeBack(), IsEmpty()); }).join();
  channel->Close();
  loop.Run();
  EXPECT_THAT(ran, ElementsAre(1));
}

TEST_F(ChannelTest, EndsWithItsLastOwnerOnAnotherThread) {
  auto channel = Make();
  EXPECT_TRUE(channel->Send(Note(1)).ok());
  std::thread([channel = std::move(channel)] {}).join();
  loop.Run();  // returns: nothing keeps the loop alive
  EXPECT_THAT(ran, ElementsAre(1));
}

TEST_F(ChannelTest, EndsWithItsLastOwnerWhichIsAClosureOfItsOwn) {
  auto channel = Make();
  Channel& self = *channel;
  EXPECT_TRUE(self.Send([channel = std::move(channel), this](Turn&) { ran.push_back(1); }).ok());
  loop.Run();
  EXPECT_THAT(ran, ElementsAre(1));
}

TEST_F(ChannelTest, LosesAfterABatchWasRunJustWhatDidNotRun) {
  auto channel = Channel::Make(environment());
  int ran = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(channel->Send([&](Turn&) { ++ran; }).ok());
  loop.RunOnce();
  EXPECT_TRUE(channel->Send([&](Turn&) { ++ran; }).ok());
  Close();
  EXPECT_EQ(ran, 3);
  EXPECT_EQ(totals().messages_lost, 1);
}

}  // namespace
}  // namespace handrail::embed
