#include "harness/runner/strays.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace handrail {
namespace {

std::set<pid_t> Children() {
  std::set<pid_t> children;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    std::ifstream list(task.path() / "children");
    for (pid_t pid; list >> pid;) children.insert(pid);
  }
  return children;
}

}  // namespace

Strays::Strays() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  before_ = Children();
}

int Strays::Sweep(const std::function<bool(pid_t)>& is_ours) {
  int ended = 0;
  for (const pid_t pid : Children()) {
    if (before_.contains(pid) || is_ours(pid)) continue;
    // A zombie is only reaped: it ended by itself.
    siginfo_t info = {};
    const bool zombie =
        waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
    if (!zombie) {
      kill(pid, SIGKILL);
      ++ended;
    }
    waitpid(pid, nullptr, 0);  // it is dead or dying: a moment
  }
  return ended;
}

}  // namespace handrail
