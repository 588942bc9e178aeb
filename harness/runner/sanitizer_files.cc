#include "harness/runner/sanitizer_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "harness/runner/decide_exit.h"

namespace handrail {
namespace {

constexpr size_t kMost = 256 << 10;

}  // namespace

SanitizerFiles::SanitizerFiles() {
  std::error_code error;
  std::filesystem::path place = std::filesystem::temp_directory_path(error);
  if (error) place = "/tmp";  // TMPDIR leads nowhere
  std::string path = (place / "handrail-XXXXXX").string();
  if (mkdtemp(path.data()) != nullptr) folder_ = path;
}

SanitizerFiles::~SanitizerFiles() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

// V8 reserves address space that ASan's shadow does not know; its own heap is not instrumented, so
// leaks cannot be judged. Aborts are V8's, and told apart by its text; so are the traps in which checks
// inside V8 end, but these come without a stack of their own.
std::string SanitizerFiles::Options() const {
  const std::string log = folder_.empty() ? "" : ":log_path=" + folder_ + "/sanitizer";
  return "ASAN_OPTIONS=exitcode=" + std::to_string(kSanitizerStatus) + log +
         ":detect_leaks=0:handle_abort=0:handle_sigtrap=1:allocator_may_return_null=1"
         ":detect_stack_use_after_return=0";
}

std::string SanitizerFiles::Take(pid_t pid) const {
  if (folder_.empty()) return "";
  const std::string path = folder_ + "/sanitizer." + std::to_string(pid);
  // The trial knows this path: what lies there may be a pipe without a writer, or a link.
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return "";
  std::string text;
  struct stat status = {};
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    text.resize(kMost);
    text.resize(static_cast<size_t>(std::max<ssize_t>(0, read(fd, text.data(), text.size()))));
  }
  close(fd);
  unlink(path.c_str());
  return text;
}

}  // namespace handrail
