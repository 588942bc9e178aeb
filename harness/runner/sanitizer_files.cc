#include "harness/runner/sanitizer_files.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "harness/runner/decide_exit.h"

namespace handrail {
namespace {

constexpr size_t kMost = 256 << 10;

}  // namespace

SanitizerFiles::SanitizerFiles() {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "handrail-XXXXXX").string();
  if (!error && mkdtemp(path.data()) != nullptr) folder_ = path;
}

SanitizerFiles::~SanitizerFiles() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

// V8 reserves address space that ASan's shadow does not know; its own heap is not instrumented, so
// leaks cannot be judged. Aborts are V8's, and told apart by its text.
std::string SanitizerFiles::Options() const {
  const std::string log = folder_.empty() ? "" : ":log_path=" + folder_ + "/sanitizer";
  return "ASAN_OPTIONS=exitcode=" + std::to_string(kSanitizerStatus) + log +
         ":detect_leaks=0:handle_abort=0:allocator_may_return_null=1"
         ":detect_stack_use_after_return=0";
}

std::string SanitizerFiles::Take(pid_t pid) const {
  if (folder_.empty()) return "";
  const std::string path = folder_ + "/sanitizer." + std::to_string(pid);
  std::ifstream in(path);
  if (!in) return "";
  std::string text(kMost, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return text;
}

}  // namespace handrail
