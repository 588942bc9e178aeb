#include "harness/embed/frame.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <random>
#include <thread>

#include "harness/embed/frame_socket.h"

namespace handrail::embed {
namespace {

using namespace std::chrono_literals;  // NOLINT: for tests
using Status = FrameReader::Status;

const Frame kSample = {FrameKind::kRequest, 0x0123456789abcdef, {"", "söme", std::string(3, '\0')}};

TEST(Frame, ComesBackAsItWas) {
  for (const Frame& frame :
       {kSample, Frame{FrameKind::kHello, 0, {}},
        Frame{FrameKind::kReply, UINT64_MAX, std::vector<std::string>(kMaxFields, "x")},
        Frame{FrameKind::kLoad, 1, {std::string(1 << 20, 'p')}}}) {
    FrameReader reader(kMaxFrame);
    reader.Add(Encode(frame));
    Frame read;
    ASSERT_EQ(reader.Take(read), Status::kFrame);
    EXPECT_EQ(read, frame);
    EXPECT_EQ(reader.Take(read), Status::kNeedsMore);
  }
}

TEST(Frame, ComesInPiecesAndSeveralAtOnce) {
  const std::string bytes = Encode(kSample) + Encode(kSample);
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameReader reader(kMaxFrame);
    int frames = 0;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      reader.Add(std::string_view(bytes).substr(at, piece));
      Frame read;
      while (reader.Take(read) == Status::kFrame) {
        EXPECT_EQ(read, kSample);
        ++frames;
      }
    }
    EXPECT_EQ(frames, 2) << "in pieces of " << piece;
  }
}

TEST(Frame, LengthBeyondTheBoundIsRubbishBeforeTheRestArrives) {
  const std::string bytes = Encode(kSample);
  FrameReader exact(bytes.size() - 4);
  exact.Add(bytes);
  Frame read;
  EXPECT_EQ(exact.Take(read), Status::kFrame);
  FrameReader reader(bytes.size() - 5);
  reader.Add(std::string_view(bytes).substr(0, 4));
  EXPECT_EQ(reader.Take(read), Status::kRubbish);
  reader.Add(bytes);
  EXPECT_EQ(reader.Take(read), Status::kRubbish) << "for good";
}

TEST(Frame, EveryOtherLengthInsideItIsRubbish) {
  const std::string bytes = Encode(kSample);
  Frame read;
  for (const size_t at : {size_t{4}, size_t{13}, size_t{14}, size_t{18}}) {  // kind, count, lengths
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string changed = bytes;
      if (changed[at] == value) continue;
      changed[at] = value;
      FrameReader reader(kMaxFrame);
      reader.Add(changed);
      EXPECT_EQ(reader.Take(read), Status::kRubbish) << "byte " << at << " = " << int{value};
    }
  }
  std::string longer = bytes;
  ++longer[0];
  FrameReader reader(kMaxFrame);
  reader.Add(longer + "x");
  EXPECT_EQ(reader.Take(read), Status::kRubbish) << "bytes after the last field";
}

TEST(Frame, RandomBytesNeverMakeMoreThanTheyAre) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = Encode(kSample) + Encode(kSample);
    for (int changes = random() % 4; changes >= 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    FrameReader reader(4096);
    Frame read;
    for (size_t at = 0; at < bytes.size();) {
      const size_t piece = 1 + random() % bytes.size();
      reader.Add(std::string_view(bytes).substr(at, piece));
      at += piece;
      while (reader.Take(read) == Status::kFrame) {
        size_t size = 0;
        for (const std::string& field : read.fields) size += field.size();
        ASSERT_LE(size, bytes.size());
      }
    }
  }
}

// Two ends of one connection.
class FrameSocketTest : public ::testing::Test {
 protected:
  FrameSocketTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds_), 0); }
  static Deadline In(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
  }
  int fds_[2];
};

TEST_F(FrameSocketTest, CarriesWhatNoBufferHolds) {
  FrameSocket here(fds_[0], kMaxFrame);
  FrameSocket there(fds_[1], kMaxFrame);
  const Frame big = {FrameKind::kReply, 1, {std::string(4 << 20, 'b')}};
  std::thread sender([&] { EXPECT_EQ(here.Send(big, kNoDeadline), FrameSocket::End::kDone); });
  Frame read;
  EXPECT_EQ(there.Receive(read, kNoDeadline), FrameSocket::End::kDone);
  sender.join();
  EXPECT_EQ(read, big);
}

TEST_F(FrameSocketTest, OtherSideThatNeitherReadsNorWritesRunsIntoTheDeadline) {
  FrameSocket here(fds_[0], kMaxFrame);
  FrameSocket there(fds_[1], kMaxFrame);
  Frame frame = {FrameKind::kReply, 1, {std::string(4 << 20, 'b')}};
  EXPECT_EQ(here.Receive(frame, In(10ms)), FrameSocket::End::kTimeUp);
  EXPECT_EQ(here.Send(frame, In(10ms)), FrameSocket::End::kTimeUp);
}

TEST_F(FrameSocketTest, OtherSideThatIsGoneIsSeen) {
  FrameSocket here(fds_[0], kMaxFrame);
  EXPECT_TRUE(here.quiet());
  { FrameSocket there(fds_[1], kMaxFrame); }
  EXPECT_FALSE(here.quiet());
  Frame frame;
  EXPECT_EQ(here.Receive(frame, kNoDeadline), FrameSocket::End::kClosed);
  EXPECT_EQ(here.Send(kSample, kNoDeadline), FrameSocket::End::kClosed);
  EXPECT_EQ(here.WaitForHangUp(kNoDeadline), FrameSocket::End::kClosed);
}

TEST_F(FrameSocketTest, StopDescriptorEndsAWait) {
  int stop[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, stop), 0);
  FrameSocket here(fds_[0], kMaxFrame, stop[0]);
  FrameSocket there(fds_[1], kMaxFrame);
  std::thread stopping([&] { EXPECT_EQ(send(stop[1], "s", 1, 0), 1); });
  Frame frame;
  EXPECT_EQ(here.Receive(frame, kNoDeadline), FrameSocket::End::kStopped);
  stopping.join();
}

}  // namespace
}  // namespace handrail::embed
