// Processes that a trial started, that left its session, and that the kernel has handed to us
// because their parent died. They are found and ended here; nothing is left behind after a run.
#pragma once

#include <sys/types.h>

#include <functional>
#include <set>
#include <vector>

namespace handrail {

class Strays {
 public:
  // From here on, orphans among our descendants become our children (PR_SET_CHILD_SUBREAPER).
  // Children that exist already are left alone for ever.
  Strays();

  // Children that `is_ours` does not know and that still run. Those that have ended are reaped.
  std::vector<pid_t> Running(const std::function<bool(pid_t)>& is_ours) const;

  // Ends and reaps them, and what becomes our child by that. Returns how many were ended.
  int Sweep(const std::function<bool(pid_t)>& is_ours) const;

 private:
  std::set<pid_t> before_;  // children of this process that are none of our business
};

// Whether process `pid` has the file open that our descriptor `fd` is.
bool HasOpen(pid_t pid, int fd);

}  // namespace handrail
