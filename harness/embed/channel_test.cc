#include "harness/embed/channel.h"

#include <thread>

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

class ChannelTest : public EmbedTest {};

TEST_F(ChannelTest, RunsWhatOtherThreadsSend) {
  auto channel = Channel::Make(environment());
  int ran = 0;
  std::thread([&] {
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(channel->Send([&, i](Turn&) { EXPECT_EQ(ran++, i); }).ok());
    }
    channel->Close();
  }).join();
  loop.Run();
  EXPECT_EQ(ran, 10);
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
