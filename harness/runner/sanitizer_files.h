// Where sanitizers write their reports: a folder of one run's own, one file a process, taken away
// when it has been read. One thread.
#pragma once

#include <sys/types.h>

#include <string>

namespace handrail {

class SanitizerFiles {
 public:
  SanitizerFiles();   // makes the folder; without one reports go to stderr
  ~SanitizerFiles();  // removes it
  SanitizerFiles(const SanitizerFiles&) = delete;
  SanitizerFiles& operator=(const SanitizerFiles&) = delete;

  // "ASAN_OPTIONS=...", for the environment of every worker.
  std::string Options() const;

  // The report that process `pid` wrote, at most 256 KiB of it; empty: none.
  std::string Take(pid_t pid) const;

 private:
  std::string folder_;
};

}  // namespace handrail
