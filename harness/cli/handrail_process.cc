#include "harness/cli/handrail_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

#include "reports/record_json.h"

namespace handrail::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLongest = std::chrono::minutes(2);

struct Ends {
  int ours;
  int its;
};

Ends MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return {-1, -1};
  return {fds[0], fds[1]};
}

Ends MakeTerminal() {
  const int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ours < 0 || grantpt(ours) != 0 || unlockpt(ours) != 0) return {-1, -1};
  return {ours, open(ptsname(ours), O_RDWR | O_NOCTTY | O_CLOEXEC)};
}

Words Environment(const HandrailOptions& options) {
  Words all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::string name = variable.substr(0, variable.find('='));
    const bool ours = name == "NO_COLOR" || name == "CI" || name == "TERM";
    if (!ours && !options.environment.contains(name)) all.push_back(variable);
  }
  for (const auto& [name, value] : options.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> Pointers(Words& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// In the child: from here on only what is safe after a fork.
[[noreturn]] void Become(const HandrailOptions& options, int out, int err, char** argv,
                         char** environment) {
  setpgid(0, 0);
  if (options.largest_file > 0) {
    signal(SIGXFSZ, SIG_IGN);  // the write then fails, as on a full disk
    const rlimit limit = {options.largest_file, options.largest_file};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execve(options.binary.c_str(), argv, environment);
  _exit(126);
}

void Append(int& fd, std::string& text) {
  char part[64 << 10];
  const ssize_t size = read(fd, part, sizeof part);
  if (size > 0) {
    text.append(part, static_cast<size_t>(size));
  } else if (size == 0 || errno != EINTR) {  // a terminal gives EIO when its other side is closed
    close(fd);
    fd = -1;
  }
}

}  // namespace

std::string Outcome::Told() const {
  return "status " + std::to_string(status) + "\n--- stdout\n" + out.substr(0, 4000) +
         "\n--- stderr\n" + err.substr(0, 4000);
}

HandrailProcess::HandrailProcess(const Words& arguments, const HandrailOptions& options) {
  const Ends out = options.terminal ? MakeTerminal() : MakePipe();
  const Ends err = options.terminal ? Ends{-1, out.its} : MakePipe();
  EXPECT_GE(out.its, 0) << std::strerror(errno);
  Words argv = {options.binary.string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Words environment = Environment(options);
  std::vector<char*> argv_pointers = Pointers(argv);
  std::vector<char*> environment_pointers = Pointers(environment);
  pid_ = fork();
  if (pid_ == 0) {
    Become(options, out.its, err.its, argv_pointers.data(), environment_pointers.data());
  }
  setpgid(pid_, pid_);
  close(out.its);
  if (!options.terminal) close(err.its);
  out_fd_ = out.ours;
  err_fd_ = err.ours;
}

HandrailProcess::~HandrailProcess() {
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (out_fd_ >= 0) close(out_fd_);
  if (err_fd_ >= 0) close(err_fd_);
}

bool HandrailProcess::ReadSome(int wait_ms) {
  if (out_fd_ < 0 && err_fd_ < 0) return false;
  pollfd watched[2] = {{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}};  // -1 is passed over
  if (poll(watched, 2, wait_ms) <= 0) return true;
  if (watched[0].revents != 0) Append(out_fd_, outcome_.out);
  if (watched[1].revents != 0) Append(err_fd_, outcome_.err);
  return true;
}

bool HandrailProcess::WaitUntil(const std::function<bool(const Outcome&)>& holds) {
  const auto until = Clock::now() + kLongest;
  while (!holds(outcome_)) {
    if (!ReadSome(20) || Clock::now() > until) return false;
  }
  return true;
}

Outcome HandrailProcess::Wait() {
  const auto until = Clock::now() + kLongest;
  while (ReadSome(1000)) {
    if (Clock::now() < until) continue;
    ADD_FAILURE() << "handrail did not end in time: " << outcome_.Told();
    kill(-pid_, SIGKILL);
    break;
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  outcome_.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return outcome_;
}

Outcome Handrail(const Words& arguments, const HandrailOptions& options) {
  return HandrailProcess(arguments, options).Wait();
}

TemporaryFolder::TemporaryFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "handrail-test-XXXXXX").string();
  EXPECT_NE(mkdtemp(path.data()), nullptr) << std::strerror(errno);
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

RunRecord ReadRecord(const std::string& path) {
  std::string error;
  std::optional<RunRecord> record = ParseRecord(ReadFile(path), &error);
  EXPECT_TRUE(record.has_value()) << path << " is no record: " << error;
  return record ? *std::move(record) : RunRecord();
}

}  // namespace handrail::testing
