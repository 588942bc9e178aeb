#include "reports/write_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "reports/test_support.h"

namespace handrail {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A folder of the test's own, removed with everything in it.
class WriteFile : public testing::Test {
 protected:
  WriteFile() {
    std::string pattern = testing::TempDir() + "/handrail_write_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~WriteFile() override { fs::remove_all(folder_); }

  std::string In(const std::string& name) const { return folder_ + "/" + name; }
  size_t Entries(const std::string& folder) const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
  // The message of a failure to write, which must name the path.
  std::string Fault(const std::string& path, const std::string& content = "new") {
    absl::Status status = WriteFileAtomically(path, content);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    return std::string(status.message());
  }

  std::string folder_;
};

TEST_F(WriteFile, WritesANewFileAndReplacesAnEarlierOne) {
  std::string path = In("run.json");
  ASSERT_TRUE(WriteFileAtomically(path, "first").ok());
  EXPECT_EQ(ReadWhole(path), "first");
  ASSERT_TRUE(WriteFileAtomically(path, std::string(3'000'000, 'x')).ok());
  EXPECT_EQ(ReadWhole(path).size(), 3'000'000u);
  ASSERT_TRUE(WriteFileAtomically(path, "").ok());
  EXPECT_EQ(ReadWhole(path), "");
  EXPECT_EQ(Entries(folder_), 1u) << "a temporary file was left behind";
}

TEST_F(WriteFile, MakesMissingFolders) {
  ASSERT_TRUE(WriteFileAtomically(In("a/b/c/run.json"), "text").ok());
  EXPECT_EQ(ReadWhole(In("a/b/c/run.json")), "text");
}

TEST_F(WriteFile, TakesANameAsLongAsTheFileSystemDoes) {
  EXPECT_TRUE(WriteFileAtomically(In(std::string(255, 'n')), "text").ok());
  EXPECT_THAT(Fault(In(std::string(256, 'n'))), HasSubstr("shorter path"));
}

TEST_F(WriteFile, KeepsThePermissionsOfAnEarlierFile) {
  std::string path = In("run.json");
  ASSERT_TRUE(WriteFileAtomically(path, "first").ok());
  chmod(path.c_str(), 0640);
  ASSERT_TRUE(WriteFileAtomically(path, "second").ok());
  EXPECT_EQ(static_cast<unsigned>(fs::status(path).permissions()), 0640u);
}

TEST_F(WriteFile, WritesThroughASymbolicLink) {
  ASSERT_TRUE(WriteFileAtomically(In("real.json"), "first").ok());
  fs::create_symlink("real.json", In("link.json"));
  ASSERT_TRUE(WriteFileAtomically(In("link.json"), "second").ok());
  EXPECT_TRUE(fs::is_symlink(In("link.json")));
  EXPECT_EQ(ReadWhole(In("real.json")), "second");
}

TEST_F(WriteFile, RefusesAFolderAndSaysSo) {
  EXPECT_THAT(Fault(folder_), HasSubstr("it is a folder"));
  EXPECT_THAT(Fault(folder_ + "/"), HasSubstr("name a file in that folder"));
  EXPECT_FALSE(WriteFileAtomically("", "text").ok());
}

TEST_F(WriteFile, RefusesAPathBelowAFile) {
  ASSERT_TRUE(WriteFileAtomically(In("file"), "text").ok());
  EXPECT_THAT(Fault(In("file/run.json")), HasSubstr("a part of the path is a file"));
  EXPECT_EQ(ReadWhole(In("file")), "text");
}

TEST_F(WriteFile, ReportsAFullDeviceAndLeavesItADevice) {
  if (!fs::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THAT(Fault("/dev/full"), HasSubstr("make room"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_TRUE(WriteFileAtomically("/dev/null", "text").ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

// In a process of its own: limits and signals would stay with the other tests.
[[noreturn]] void WriteWithSmallFiles(const std::string& path) {
  rlimit limit{4096, 4096};
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  absl::Status status = WriteFileAtomically(path, std::string(100'000, 'x'));
  bool told = std::string(status.message()).find("limit on file size") != std::string::npos;
  _exit(!status.ok() && told ? 42 : 1);
}

TEST_F(WriteFile, KeepsTheEarlierFileWhenWritingStopsHalfway) {
  std::string path = In("run.json");
  ASSERT_TRUE(WriteFileAtomically(path, "first").ok());
  EXPECT_EXIT(WriteWithSmallFiles(path), testing::ExitedWithCode(42), "");
  EXPECT_EQ(ReadWhole(path), "first");
  EXPECT_EQ(Entries(folder_), 1u) << "a temporary file was left behind";
}

// As an unprivileged user, since permissions do not bind root.
[[noreturn]] void WriteWithoutPermission(const std::string& path) {
  if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(77);
  absl::Status status = WriteFileAtomically(path, "new");
  _exit(absl::IsPermissionDenied(status) ? 42 : 1);
}

TEST_F(WriteFile, KeepsTheEarlierFileWhenTheFolderMayNotBeWritten) {
  std::string path = In("run.json");
  ASSERT_TRUE(WriteFileAtomically(path, "first").ok());
  fs::permissions(folder_, static_cast<fs::perms>(0555));
  EXPECT_EXIT(WriteWithoutPermission(path), testing::ExitedWithCode(42), "");
  EXPECT_EQ(ReadWhole(path), "first");
  fs::permissions(folder_, static_cast<fs::perms>(0755));
}

}  // namespace
}  // namespace handrail
