// What one run is asked to do. The command line is one way to fill this in; tests are another.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace handrail {

// kMatrix: every strategy, its first size and some seeds, with each of several sets of instruments.
enum class Profile { kQuick, kDefault, kFull, kMatrix };

struct ReportRequest {
  std::string kind;  // "json"
  std::string path;
};

struct RunOptions {
  std::vector<std::string> filters;  // globs over family/scenario/strategy; empty: everything
  std::vector<std::string> engines;  // globs over engine ids; empty: all that were found
  std::vector<uint64_t> seeds;       // empty: as the profile says
  std::vector<int64_t> sizes;        // empty: as the profile says
  std::vector<std::string> instruments;
  // Sets of instruments, each run by itself with `instruments` besides; empty: these alone.
  std::vector<std::vector<std::string>> matrix;
  int jobs = 0;  // 0: one for each processor
  Profile profile = Profile::kDefault;
  std::vector<ReportRequest> reports;
  bool selftest = true;
  int64_t time_limit_ms = 0;                     // 0: the strategy's or the default
  int64_t memory_limit = int64_t{2} << 30;       // bytes of RSS of one trial
  int64_t output_limit = int64_t{8} << 20;       // bytes printed by one trial
  bool sample_pss = false;
  bool sample_spaces = false;
};

}  // namespace handrail
