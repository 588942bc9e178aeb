// Memory of this process as the kernel counts it, from files kept open between looks. One thread.
#pragma once

#include <cstdint>

namespace handrail {

class ProcessMemory {
 public:
  ProcessMemory();
  ~ProcessMemory();
  ProcessMemory(const ProcessMemory&) = delete;
  ProcessMemory& operator=(const ProcessMemory&) = delete;

  int64_t Rss() const;  // bytes; kNotMeasured when /proc cannot be read; about 1 microsecond
  int64_t Pss() const;  // bytes; the kernel walks all mappings for it: tens of microseconds

 private:
  int statm_;
  int smaps_rollup_;
  int64_t page_size_;
};

}  // namespace handrail
