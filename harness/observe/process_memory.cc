#include "harness/observe/process_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "harness/core/sample.h"

namespace handrail {

ProcessMemory::ProcessMemory()
    : statm_(open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      smaps_rollup_(open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC)),
      page_size_(sysconf(_SC_PAGESIZE)) {}

ProcessMemory::~ProcessMemory() {
  if (statm_ >= 0) close(statm_);
  if (smaps_rollup_ >= 0) close(smaps_rollup_);
}

int64_t ProcessMemory::Rss() const {
  char text[128];
  const ssize_t size = pread(statm_, text, sizeof text - 1, 0);
  if (size <= 0) return kNotMeasured;
  text[size] = '\0';
  const char* second = std::strchr(text, ' ');
  return second != nullptr ? std::strtoll(second, nullptr, 10) * page_size_ : kNotMeasured;
}

int64_t ProcessMemory::Pss() const {
  char text[2048];
  const ssize_t size = pread(smaps_rollup_, text, sizeof text - 1, 0);
  if (size <= 0) return kNotMeasured;
  text[size] = '\0';
  const char* line = std::strstr(text, "\nPss:");
  return line != nullptr ? std::strtoll(line + 5, nullptr, 10) * 1024 : kNotMeasured;
}

}  // namespace handrail
