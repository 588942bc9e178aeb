#include "harness/runner/strays.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
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

std::vector<pid_t> Strays::Running(const std::function<bool(pid_t)>& is_ours) const {
  std::vector<pid_t> running;
  for (const pid_t pid : Children()) {
    if (before_.contains(pid) || is_ours(pid)) continue;
    if (waitpid(pid, nullptr, WNOHANG) == 0) running.push_back(pid);
  }
  return running;
}

int Strays::Sweep(const std::function<bool(pid_t)>& is_ours) const {
  constexpr int kPasses = 100;  // against one that forks as fast as it is ended
  int ended = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    const std::vector<pid_t> running = Running(is_ours);
    if (running.empty()) break;
    for (const pid_t pid : running) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);  // dying: a moment. Its children are ours then, for the next pass
    }
    ended += static_cast<int>(running.size());
  }
  return ended;
}

bool HasOpen(pid_t pid, int fd) {
  struct stat mine;
  if (fstat(fd, &mine) != 0) return false;
  std::error_code ignored;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    struct stat other;
    if (stat(entry.path().c_str(), &other) != 0) continue;
    if (other.st_dev == mine.st_dev && other.st_ino == mine.st_ino) return true;
  }
  return false;
}

}  // namespace handrail
