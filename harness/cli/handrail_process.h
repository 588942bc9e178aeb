// For tests: runs the built handrail as a user would, on pipes or on a terminal, and sends it
// signals. Each process is waited for at most two minutes. One thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/core/run_record.h"

namespace handrail::testing {

using Words = std::vector<std::string>;

struct HandrailOptions {
  std::filesystem::path binary = std::filesystem::path(HANDRAIL_BIN_DIR) / "handrail";
  std::map<std::string, std::string> environment;  // besides ours, without NO_COLOR, CI and TERM
  bool terminal = false;    // stdout and stderr are one terminal, which is told in `out`
  size_t largest_file = 0;  // bytes that it may write into one file; 0: no limit
};

struct Outcome {
  int status = -1;  // exit status; 128 + signal when it was killed
  std::string out;
  std::string err;

  // Everything, for the message of a failing test.
  std::string Told() const;
};

class HandrailProcess {
 public:
  HandrailProcess(const Words& arguments, const HandrailOptions& options);
  ~HandrailProcess();  // kills what still runs
  HandrailProcess(const HandrailProcess&) = delete;
  HandrailProcess& operator=(const HandrailProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Reads on until `holds` is true or the process has closed its output. False: it never was.
  bool WaitUntil(const std::function<bool(const Outcome&)>& holds);
  Outcome Wait();

 private:
  bool ReadSome(int wait_ms);

  pid_t pid_ = 0;
  int out_fd_ = -1;
  int err_fd_ = -1;
  Outcome outcome_;
};

// Starts, waits, tells.
Outcome Handrail(const Words& arguments, const HandrailOptions& options = {});

// A folder of a test, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string ReadFile(const std::string& path);

// Parses a record that handrail wrote; a test failure when it is none.
RunRecord ReadRecord(const std::string& path);

}  // namespace handrail::testing
