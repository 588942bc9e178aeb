// The bounded form of a channel: what is full, who waits for room, and who is told.
#include <gmock/gmock.h>

#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/channel.h"
#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

using ::testing::ElementsAre;

class BoundedChannelTest : public EmbedTest {
 protected:
  std::shared_ptr<Channel> Make(size_t capacity) {
    return Channel::Make(environment(), {.capacity = capacity});
  }
  Closure Note(int number) {
    return [this, number](Turn&) { ran.push_back(number); };
  }
  std::vector<int> ran;
};

TEST_F(BoundedChannelTest, GivesTheClosureBackWhenItIsFull) {
  auto channel = Make(2);
  EXPECT_TRUE(channel->TrySend(Note(1)).ok());
  EXPECT_TRUE(channel->Send(Note(2)).ok());
  auto full = channel->TrySend(Note(3));
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.failure(), SendFailure::kFull);
  EXPECT_TRUE(static_cast<bool>(full.TakeBack()));
  loop.RunOnce();
  EXPECT_TRUE(channel->TrySend(Note(4)).ok());
  loop.RunOnce();
  EXPECT_THAT(ran, ElementsAre(1, 2, 4));
}

TEST_F(BoundedChannelTest, DoesNotWaitForItselfWhenItIsFull) {
  auto channel = Make(1);
  EXPECT_TRUE(channel->Send(Note(1)).ok());
  auto result = channel->Send(Note(2));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure(), SendFailure::kWouldDeadlock);
}

TEST_F(BoundedChannelTest, LetsSendersWaitForRoomAndNeverHoldsMoreThanItsCapacity) {
  constexpr int kSenders = 4;
  constexpr int kEach = 200;
  auto channel = Make(3);
  std::atomic<int> left = kSenders;
  std::vector<std::thread> senders;
  int count = 0;
  for (int s = 0; s < kSenders; ++s) {
    senders.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_TRUE(channel
                        ->Send([&](Turn&) {
                          ++count;
                          EXPECT_LE(channel->waiting(), 3u);
                        })
                        .ok());
      }
      if (--left == 0) channel->Close();
    });
  }
  loop.Run();
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(count, kSenders * kEach);
}

// Sends until it is refused, and tells why.
std::thread SendUntilRefused(Channel& channel, std::optional<SendFailure>* failure, bool* whole) {
  return std::thread([=, &channel] {
    for (;;) {
      auto result = channel.Send([](Turn&) {});
      if (result.ok()) continue;
      *failure = result.failure();
      *whole = static_cast<bool>(result.TakeBack());
      return;
    }
  });
}

TEST_F(BoundedChannelTest, GivesAWaitingSenderItsClosureBackWhenItIsClosed) {
  auto channel = Make(1);
  std::optional<SendFailure> failure;
  bool whole = false;
  std::thread sender = SendUntilRefused(*channel, &failure, &whole);
  while (channel->waiting() == 0) std::this_thread::yield();
  channel->Close();
  sender.join();
  EXPECT_EQ(failure, SendFailure::kClosed);
  EXPECT_TRUE(whole);
}

TEST_F(BoundedChannelTest, GivesAWaitingSenderItsClosureBackWhenTheEnvironmentEnds) {
  auto channel = Make(1);
  std::optional<SendFailure> failure;
  bool whole = false;
  std::thread sender = SendUntilRefused(*channel, &failure, &whole);
  while (channel->waiting() == 0) std::this_thread::yield();
  Close();
  sender.join();
  EXPECT_EQ(failure, SendFailure::kClosed);
  EXPECT_TRUE(whole);
  EXPECT_EQ(totals().messages_lost, 1);
}

}  // namespace
}  // namespace handrail::embed
