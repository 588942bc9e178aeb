#include "harness/core/blackboard.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace handrail {
namespace {

using ::testing::HasSubstr;

class BlackboardTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fd_ = CreateBlackboard();
    ASSERT_GE(fd_, 0) << std::strerror(errno);
    board_ = MapBlackboard(fd_);
    ASSERT_NE(board_, nullptr) << std::strerror(errno);
  }
  void TearDown() override {
    UnmapBlackboard(board_);
    close(fd_);
  }

  bool Write(int64_t iteration) {
    Sample sample;
    sample.iteration = iteration;
    return WriteSample(*board_, sample);
  }
  // What a fresh call of Drain adds.
  size_t Drain() {
    size_t before = samples_.size();
    reader_.Drain(*board_, samples_);
    return samples_.size() - before;
  }

  int fd_ = -1;
  Blackboard* board_ = nullptr;
  RingReader reader_;
  std::vector<Sample> samples_;
};

using RingReaderTest = BlackboardTest;

TEST_F(BlackboardTest, BeginsEmptyAndIsClosedOnExec) {
  EXPECT_EQ(board_->reached, 0);
  EXPECT_EQ(board_->triggered, 0);
  EXPECT_EQ(board_->operations, 0);
  EXPECT_EQ(board_->dropped, 0);
  EXPECT_EQ(Drain(), 0u);
  EXPECT_EQ(reader_.problem(), "");
  EXPECT_NE(fcntl(fd_, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(BlackboardTest, SharesCountersBetweenTwoMappings) {
  Blackboard* other = MapBlackboard(fd_);
  ASSERT_NE(other, nullptr);
  other->reached.fetch_add(2);
  other->triggered.fetch_add(1);
  EXPECT_EQ(board_->reached, 2);
  EXPECT_EQ(board_->triggered, 1);
  UnmapBlackboard(other);
}

TEST_F(BlackboardTest, CannotBeCutShortUnderTheRunner) {
  EXPECT_NE(ftruncate(fd_, 0), 0);
  EXPECT_EQ(errno, EPERM);
}

TEST_F(BlackboardTest, IsNotMappedFromAFileThatIsTooSmall) {
  int small = memfd_create("small", MFD_CLOEXEC);
  ASSERT_EQ(ftruncate(small, sizeof(Blackboard) - 1), 0);
  EXPECT_EQ(MapBlackboard(small), nullptr);
  EXPECT_EQ(errno, EINVAL);
  close(small);
  EXPECT_EQ(MapBlackboard(-1), nullptr);
  EXPECT_EQ(errno, EBADF);
}

TEST_F(RingReaderTest, GivesSamplesInOrderOverManyLaps) {
  for (int64_t i = 0; i < static_cast<int64_t>(3 * kRingCapacity); ++i) {
    ASSERT_TRUE(Write(i));
    if (i % 1000 == 0) Drain();
  }
  Drain();
  EXPECT_EQ(reader_.problem(), "");
  ASSERT_EQ(samples_.size(), 3 * kRingCapacity);
  for (size_t i = 0; i < samples_.size(); ++i) ASSERT_EQ(samples_[i].iteration, int64_t(i));
  EXPECT_EQ(samples_[0].rss, kNotMeasured);
}

TEST_F(RingReaderTest, FullRingDropsWhatIsNewAndCountsIt) {
  for (uint64_t i = 0; i < kRingCapacity; ++i) ASSERT_TRUE(Write(i));
  EXPECT_FALSE(Write(7));
  EXPECT_FALSE(Write(8));
  EXPECT_EQ(board_->dropped, 2);
  EXPECT_EQ(Drain(), kRingCapacity);
  EXPECT_EQ(samples_.back().iteration, int64_t(kRingCapacity) - 1);
  EXPECT_TRUE(Write(9));
  EXPECT_EQ(Drain(), 1u);
  EXPECT_EQ(reader_.problem(), "");
}

TEST_F(RingReaderTest, RefusesAWrittenCountBehindWhatWasRead) {
  Write(1);
  Write(2);
  Drain();
  board_->written = 1;
  EXPECT_EQ(Drain(), 0u);
  EXPECT_THAT(reader_.problem(), HasSubstr("claims 1 samples after 2 were read"));
}

TEST_F(RingReaderTest, RefusesAHugeWrittenCount) {
  board_->written = UINT64_MAX;
  EXPECT_EQ(Drain(), 0u);
  EXPECT_THAT(reader_.problem(), HasSubstr("claims 18446744073709551615 samples"));
}

TEST_F(RingReaderTest, SurvivesAScribbledHeader) {
  Write(1);
  std::memset(static_cast<void*>(board_), 0xA5, offsetof(Blackboard, ring));
  EXPECT_EQ(Drain(), 0u);
  EXPECT_THAT(reader_.problem(), HasSubstr("magic"));
}

TEST_F(RingReaderTest, KeepsWhatCameBeforeABadChecksum) {
  for (int i = 0; i < 5; ++i) Write(i);
  board_->ring[3].sample.heap_used ^= 1;
  EXPECT_EQ(Drain(), 3u);
  EXPECT_EQ(reader_.problem(), "sample 3 has a wrong checksum");
}

TEST_F(RingReaderTest, DoesNotTakeASlotOfAnEarlierLapForANewOne) {
  for (uint64_t i = 0; i < kRingCapacity; ++i) Write(i);
  Drain();
  board_->written += 1;  // announced, but the slot still holds sample 0
  EXPECT_EQ(Drain(), 0u);
  EXPECT_THAT(reader_.problem(), HasSubstr("wrong checksum"));
}

TEST_F(RingReaderTest, DoesNotTakeZerosForASample) {
  board_->written = 1;
  EXPECT_EQ(Drain(), 0u);
  EXPECT_THAT(reader_.problem(), HasSubstr("wrong checksum"));
}

TEST_F(RingReaderTest, FollowsItsOwnPositionNotTheSharedOne) {
  Write(1);
  board_->read = 1000;
  EXPECT_EQ(Drain(), 1u);
  EXPECT_EQ(reader_.problem(), "");
}

TEST_F(RingReaderTest, StaysSilentAfterAProblem) {
  board_->written = UINT64_MAX;
  Drain();
  std::string problem = reader_.problem();
  board_->written = 0;
  Write(1);
  EXPECT_EQ(Drain(), 0u);
  EXPECT_EQ(reader_.problem(), problem);
}

}  // namespace
}  // namespace handrail
