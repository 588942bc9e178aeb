#include "harness/runner/trial_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "harness/core/text.h"
#include "harness/runner/strays.h"

namespace handrail {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostSamples = 20'000;
constexpr auto kGrace = std::chrono::milliseconds(200);  // between SIGTERM and SIGKILL
// So often is read at one look: who writes faster than we read must not keep the loop here.
constexpr int kReadsAtOnce = 64;
// A process that was killed, or asked for, and of which nothing is heard for so long: its zygote
// hangs.
constexpr auto kOverdue = std::chrono::seconds(5);

absl::Status Failed(const char* what) {
  return absl::ResourceExhaustedError(std::string(what) + ": " + std::strerror(errno));
}

// The request as a file that nobody can change any more.
int WriteRequest(const std::string& json) {
  const int fd = memfd_create("handrail-request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -1;
  const bool written = write(fd, json.data(), json.size()) == static_cast<ssize_t>(json.size());
  if (!written || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

void CloseFd(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

int64_t RssOf(pid_t pid) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/statm", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return kNotMeasured;
  char text[128] = {};
  const ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  const char* second = size > 0 ? std::strchr(text, ' ') : nullptr;
  if (second == nullptr) return kNotMeasured;
  return std::strtoll(second, nullptr, 10) * sysconf(_SC_PAGESIZE);
}

int64_t Milliseconds(Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrialRun>> TrialRun::Prepare(const TrialRequest& request,
                                                            const TrialLimits& limits) {
  std::unique_ptr<TrialRun> run(new TrialRun(limits));
  if (absl::Status status = run->Open(request); !status.ok()) return status;
  return run;
}

absl::Status TrialRun::Open(const TrialRequest& request) {
  for (Pipe* pipe : {&events_, &output_}) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return Failed("pipe");
    pipe->read_fd = ends[0];
    pipe->write_fd = ends[1];
    fcntl(pipe->read_fd, F_SETFL, O_NONBLOCK);
  }
  board_fd_ = CreateBlackboard();
  if (board_fd_ < 0) return Failed("blackboard");
  board_ = MapBlackboard(board_fd_);
  if (board_ == nullptr) return Failed("blackboard");
  request_fd_ = WriteRequest(ToJson(request));
  if (request_fd_ < 0) return Failed("request");
  asked_to_end_ = Clock::now();
  return absl::OkStatus();
}

TrialRun::~TrialRun() {
  for (Pipe* pipe : {&events_, &output_}) {
    Unwatch(*pipe);
    CloseFd(pipe->read_fd);
    CloseFd(pipe->write_fd);
  }
  CloseFd(board_fd_);
  CloseFd(request_fd_);
  UnmapBlackboard(board_);
}

std::array<int, kForkDescriptors> TrialRun::ChildDescriptors() const {
  return {events_.write_fd, board_fd_, request_fd_, output_.write_fd, output_.write_fd};
}

void TrialRun::Watch(uv_loop_t* loop, Pipe& pipe, void (TrialRun::*drain)()) {
  struct Target {
    TrialRun* run;
    void (TrialRun::*drain)();
  };
  pipe.poll = new uv_poll_t;
  pipe.poll->data = new Target{this, drain};
  uv_poll_init(loop, pipe.poll, pipe.read_fd);
  uv_poll_start(pipe.poll, UV_READABLE | UV_DISCONNECT, [](uv_poll_t* poll, int, int events) {
    auto* target = static_cast<Target*>(poll->data);
    (target->run->*target->drain)();
    if ((events & UV_DISCONNECT) != 0) uv_poll_stop(poll);  // End drains the rest
  });
}

void TrialRun::Unwatch(Pipe& pipe) {
  if (pipe.poll == nullptr) return;
  uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(pipe.poll, nullptr)),
           [](uv_handle_t* handle) {
             ::operator delete(handle->data);  // a Target, trivially destructible
             delete reinterpret_cast<uv_poll_t*>(handle);
           });
}

void TrialRun::Begin(uv_loop_t* loop, pid_t pid) {
  pid_ = pid;
  began_ = Clock::now();
  CloseFd(events_.write_fd);
  CloseFd(output_.write_fd);
  CloseFd(board_fd_);
  CloseFd(request_fd_);
  Watch(loop, events_, &TrialRun::DrainEvents);
  Watch(loop, output_, &TrialRun::DrainOutput);
}

void TrialRun::DrainEvents() {
  char part[16 << 10];
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const ssize_t size = read(events_.read_fd, part, sizeof part);
    if (size <= 0) return;
    // Read on past the limit, so that it is not blocked while it is being ended.
    event_reader_.Take({part, static_cast<size_t>(size)});
    if (event_reader_.too_much()) PassedLimit(EndedBy::kOutputLimit, "4 MiB of events");
  }
}

void TrialRun::DrainOutput() {
  char part[64 << 10];
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const ssize_t size = read(output_.read_fd, part, sizeof part);
    if (size <= 0) return;
    kept_output_.Take({part, static_cast<size_t>(size)});
    if (kept_output_.bytes() > limits_.output) {
      PassedLimit(EndedBy::kOutputLimit, std::to_string(limits_.output >> 20) + " MiB of output");
    }
  }
}

void TrialRun::PassedLimit(EndedBy limit, std::string words) {
  if (circumstances_.ended_by != EndedBy::kItself) return;
  circumstances_.ended_by = limit;
  circumstances_.limit = std::move(words);
  asked_to_end_ = Clock::now();
  if (limit != EndedBy::kTimeLimit) return Kill();  // each moment makes these worse
  kill(pid_, SIGTERM);
}

void TrialRun::Kill() const {
  if (pid_ <= 1) return;  // not begun; 0 and -1 would mean other processes than the trial's
  kill(-pid_, SIGKILL);  // its session, when it leads one
  kill(pid_, SIGKILL);
}

bool TrialRun::Overdue() const {
  const bool ending = pid_ == 0 || circumstances_.ended_by != EndedBy::kItself;
  return ending && Clock::now() - asked_to_end_ > kOverdue;
}

bool TrialRun::Owns(pid_t pid) const {
  if (pid_ != 0 && getsid(pid) == pid_) return true;
  return HasOpen(pid, events_.read_fd);  // also of one whose start was not reported yet
}

void TrialRun::Tick() {
  if (pid_ == 0) return;
  const Clock::time_point now = Clock::now();
  DrainRing();
  const int64_t rss = RssOf(pid_);
  evidence_.peak_rss = std::max(evidence_.peak_rss, rss);
  if (circumstances_.ended_by != EndedBy::kItself) {
    if (now - asked_to_end_ > kGrace) Kill();
  } else if (rss > limits_.memory) {
    PassedLimit(EndedBy::kMemoryLimit,
                "the runner's limit of " + std::to_string(limits_.memory >> 20) + " MiB");
  } else if (Milliseconds(now - began_) > limits_.time_ms) {
    PassedLimit(EndedBy::kTimeLimit, std::to_string(limits_.time_ms) + " ms");
  }
}

// What the trial started and did not end holds our pipes and the machine's memory. A sanitizer's
// symbolizer may still be on its way out; it is not the trial's doing. Nor is anything that a trial
// had no time to end because we ended it.
void TrialRun::EndStrays(int strays) {
  if ((pid_ <= 1 || kill(-pid_, SIGKILL) != 0) && strays == 0) return;
  const bool by_itself = circumstances_.ended_by == EndedBy::kItself;
  if (!by_itself || !circumstances_.sanitizer_log.empty()) return;
  Finding finding;
  finding.code = "PX009";
  finding.detector = "runner";
  finding.message = "processes that it started were still running after its end; they were ended";
  Fold(evidence_.findings, std::move(finding));
}

// They lie beside the ring, in memory that the trial can write to.
void TrialRun::ReadCounters() {
  const int64_t counters[] = {board_->reached.load(), board_->triggered.load(),
                              board_->operations.load(), board_->dropped.load()};
  int64_t* const places[] = {&evidence_.reached, &evidence_.triggered, &evidence_.operations,
                             &evidence_.samples_dropped};
  for (int i = 0; i < 4; ++i) {
    if (counters[i] < 0) event_reader_.Unreadable("a counter of the blackboard is negative");
    *places[i] = std::max<int64_t>(0, counters[i]);
  }
  // The event came by the pipe, which the trial could not take back.
  if (evidence_.faulty_line.line > 0) evidence_.reached = std::max<int64_t>(1, evidence_.reached);
}

// A worker that could not even begin says so with a status of its own: nothing is known of the code.
void TrialRun::NoteIfNotStarted() {
  const bool told = event_reader_.done() || evidence_.faulty_line.line > 0;
  if (evidence_.exit.kind != ExitKind::kNonzero || told ||
      evidence_.exit.code != kWorkerCannotStart) {
    return;
  }
  evidence_.harness_error = "the worker could not begin: " + OneLine(evidence_.output);
}

void TrialRun::DrainRing() {
  std::vector<Sample>& samples = evidence_.samples;
  if (samples.size() >= kMostSamples) return;  // the ring fills, and the trial counts what it drops
  ring_.Drain(*board_, samples);
  if (samples.size() < kMostSamples) return;
  evidence_.notes.push_back("more than " + std::to_string(kMostSamples) +
                            " samples: the later ones were dropped");
}

Evidence TrialRun::End(int wait_status, const std::string& sanitizer_log, int strays) {
  evidence_.duration_ms =
      std::chrono::duration<double, std::milli>(Clock::now() - began_).count();
  circumstances_.wait_status = wait_status;
  circumstances_.sanitizer_log = sanitizer_log;
  EndStrays(strays);
  DrainEvents();
  DrainOutput();
  DrainRing();
  if (!ring_.problem().empty()) event_reader_.Unreadable(ring_.problem());
  ReadCounters();
  evidence_.output = kept_output_.Text();
  circumstances_.done = event_reader_.done();
  circumstances_.last_words = event_reader_.last_words();
  circumstances_.output = evidence_.output;
  evidence_.exit = DecideExit(circumstances_);
  NoteIfNotStarted();
  for (Pipe* pipe : {&events_, &output_}) {
    Unwatch(*pipe);
    CloseFd(pipe->read_fd);
  }
  return std::move(evidence_);
}

}  // namespace handrail
