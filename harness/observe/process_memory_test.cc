#include "harness/observe/process_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <filesystem>
#include <iterator>

namespace handrail {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

TEST(ProcessMemoryTest, SeesMemoryThatIsTouchedAndGivenBack) {
  const ProcessMemory memory;
  const int64_t rss = memory.Rss();
  const int64_t pss = memory.Pss();
  ASSERT_GT(rss, 0);
  ASSERT_GT(pss, 0);
  constexpr size_t kSize = 64 * kMiB;
  void* touched = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(touched, MAP_FAILED);
  EXPECT_LT(memory.Rss() - rss, 8 * kMiB) << "what is only reserved does not count";
  std::memset(touched, 1, kSize);
  EXPECT_GT(memory.Rss() - rss, 48 * kMiB);
  EXPECT_GT(memory.Pss() - pss, 48 * kMiB);
  munmap(touched, kSize);
  EXPECT_LT(memory.Rss() - rss, 32 * kMiB);
}

TEST(ProcessMemoryTest, ClosesItsFiles) {
  const auto open = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = open();
  for (int i = 0; i < 10; ++i) ProcessMemory().Rss();
  EXPECT_EQ(open(), before);
}

}  // namespace
}  // namespace handrail
