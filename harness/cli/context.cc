#include "harness/cli/context.h"

#include <sys/utsname.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>

namespace handrail {
namespace {

std::string FirstLine(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string ProcessorName() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "processor not known";
}

std::string Host() {
  utsname name = {};
  uname(&name);
  return std::string(name.sysname) + " " + name.release + " " + name.machine + ", " +
         ProcessorName() + ", " + std::to_string(std::thread::hardware_concurrency()) +
         " processors";
}

// Of the checkout that the binary was built in, when it lies in one.
std::string Commit() {
  for (std::filesystem::path folder = BinFolder(); folder.has_relative_path();
       folder = folder.parent_path()) {
    const std::filesystem::path git = folder / ".git";
    const std::string head = FirstLine(git / "HEAD");
    if (head.empty()) continue;
    constexpr std::string_view kReference = "ref: ";
    return head.starts_with(kReference) ? FirstLine(git / head.substr(kReference.size())) : head;
  }
  return "";
}

std::string NowUtc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

std::string BinFolder() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string("build/bin") : self.parent_path().string();
}

RunContext MakeContext(const std::string& command) {
  RunContext context;
  context.handrail = HANDRAIL_VERSION;
  context.commit = Commit();
  context.host = Host();
  context.started = NowUtc();
  context.command = command;
  return context;
}

}  // namespace handrail
