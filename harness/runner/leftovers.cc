#include "harness/runner/leftovers.h"

#include <dirent.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace handrail::testing {
namespace {

constexpr auto kMoment = std::chrono::seconds(3);
constexpr const char* kVariable = "HANDRAIL_TEST_MARK";

std::string Contents(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

size_t CountDescriptors() {
  size_t count = 0;
  std::error_code ignored;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    ++count;
  }
  return count;
}

std::string NewMark() {
  static std::atomic<int> counter{0};
  return std::to_string(getpid()) + "-" + std::to_string(counter++);
}

}  // namespace

std::set<pid_t> Children() {
  std::set<pid_t> children;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    std::istringstream list(Contents(task.path() / "children"));
    for (pid_t pid; list >> pid;) children.insert(pid);
  }
  return children;
}

std::string CommandOf(pid_t pid) {
  std::string line = Contents("/proc/" + std::to_string(pid) + "/cmdline");
  for (char& c : line) c = c == '\0' ? ' ' : c;
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

Leftovers::Leftovers() : mark_(NewMark()), children_(Children()) {
  setenv(kVariable, mark_.c_str(), 1);
  descriptors_ = CountDescriptors();
}

std::vector<pid_t> Leftovers::Alive() const {
  std::string wanted = kVariable;
  wanted += '=';
  wanted += mark_ + '\0';
  std::vector<pid_t> alive;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0 || pid == getpid()) continue;
    if (Contents(entry.path() / "environ").find(wanted) != std::string::npos) alive.push_back(pid);
  }
  return alive;
}

std::string Leftovers::Told() const {
  const auto until = std::chrono::steady_clock::now() + kMoment;
  for (;;) {
    std::string told;
    for (const pid_t pid : Alive()) {
      told += "alive: " + std::to_string(pid) + " " + CommandOf(pid) + "\n";
    }
    for (const pid_t pid : Children()) {
      if (!children_.contains(pid)) told += "a child, not reaped: " + std::to_string(pid) + "\n";
    }
    const size_t now = CountDescriptors();
    if (now > descriptors_) {
      told += std::to_string(now - descriptors_) + " more descriptor(s) open than before\n";
    }
    if (told.empty() || std::chrono::steady_clock::now() > until) return told;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace handrail::testing
