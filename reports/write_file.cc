#include "reports/write_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

namespace fs = std::filesystem;

std::string Mend(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "make room on that disk or name a path on another";
    case EFBIG:
      return "raise the limit on file size (ulimit -f) or name a path without one";
    case EACCES:
    case EPERM:
    case EROFS:
      return "name a path that may be written, or change its folder's permissions";
    case EISDIR:
      return "name a file in that folder instead";
    case ENOTDIR:
    case EEXIST:
      return "a part of the path is a file: name a path below a folder";
    case ENAMETOOLONG:
      return "name a shorter path";
    default:
      return "name another path";
  }
}

absl::Status Failed(const std::string& path, std::string_view action, int error) {
  std::string message = "cannot write " + OneLine(path) + ": " + std::string(action) + ": " +
                        std::generic_category().message(error) + "; " + Mend(error);
  return absl::Status(absl::ErrnoToStatusCode(error), message);
}

// 0 or errno.
int WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

// A file that is removed again unless it was renamed. Its name does not grow with the report's,
// which may already be as long as the file system allows.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& folder) {
    static std::atomic<unsigned> counter{0};
    for (int tries = 0; tries < 100 && fd_ < 0; ++tries) {
      std::string name =
          ".handrail-" + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".tmp";
      path_ = (folder / name).string();
      fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd_ < 0 && errno != EEXIST) break;
    }
    error_ = fd_ < 0 ? errno : 0;
    exists_ = fd_ >= 0;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) close(fd_);
    if (exists_) unlink(path_.c_str());
  }

  int error() const { return error_; }

  // 0 or errno. close(2) counts: a network file system reports a full disk only there.
  int Fill(std::string_view content) {
    int error = WriteAll(fd_, content);
    if (error == 0 && fsync(fd_) != 0) error = errno;
    if (close(fd_) != 0 && error == 0) error = errno;
    fd_ = -1;
    return error;
  }

  int RenameTo(const std::string& target) {
    struct stat earlier;
    if (stat(target.c_str(), &earlier) == 0) chmod(path_.c_str(), earlier.st_mode & 07777);
    if (rename(path_.c_str(), target.c_str()) != 0) return errno;
    exists_ = false;
    return 0;
  }

 private:
  std::string path_;
  int fd_ = -1;
  int error_ = 0;
  bool exists_ = false;
};

// A rename over /dev/null would replace the device for everyone.
absl::Status WriteStraight(const std::string& path, std::string_view content) {
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return Failed(path, "opening it", errno);
  int error = WriteAll(fd, content);
  if (close(fd) != 0 && error == 0) error = errno;
  return error == 0 ? absl::OkStatus() : Failed(path, "writing", error);
}

// The rename is on disk only when its folder is. Best effort: some file systems refuse.
void SyncFolder(const fs::path& folder) {
  int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path, std::string_view content) {
  if (path.empty()) return absl::InvalidArgumentError("cannot write a report: its path is empty");
  if (path.back() == '/') return Failed(path, "it is a folder", EISDIR);
  std::error_code error;
  fs::path target = path;
  fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) return Failed(path, "it is a folder", EISDIR);
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) return WriteStraight(path, content);
    fs::path real = fs::canonical(target, error);
    if (!error) target = real;
  }
  fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  error.clear();
  fs::create_directories(folder, error);
  if (error) return Failed(path, "making its folder", error.value());

  TemporaryFile temporary(folder);
  if (temporary.error() != 0) return Failed(path, "making a file beside it", temporary.error());
  if (int code = temporary.Fill(content); code != 0) return Failed(path, "writing", code);
  if (int code = temporary.RenameTo(target.string()); code != 0) {
    return Failed(path, "putting it in its place", code);
  }
  SyncFolder(folder);
  return absl::OkStatus();
}

}  // namespace handrail
