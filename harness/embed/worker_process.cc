#include "harness/embed/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/embed/serve_requests.h"

namespace handrail::embed {
namespace {

using End = FrameSocket::End;
using Clock = std::chrono::steady_clock;

// What a reply has beside its text: header, lengths, the note that the plugin did not load.
constexpr size_t kSlack = 1024;

// 0 or an errno. `fd` is the worker's end, which it finds as kRequestSocket.
int Spawn(const std::vector<std::string>& argv, int fd, pid_t* pid) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, fd, kRequestSocket);
  posix_spawn_file_actions_addclosefrom_np(&files, kRequestSocket + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int error = posix_spawn(pid, words[0], &files, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

// What a worker may say of a request; the other outcomes are the pool's own.
bool IsOutcome(const std::string& field) {
  if (field.size() != 1) return false;
  const auto outcome = static_cast<Outcome>(field[0]);
  return outcome == Outcome::kResult || outcome == Outcome::kThrew ||
         outcome == Outcome::kHeapLimit;
}

}  // namespace

int SpawnWorker(const std::vector<std::string>& argv, pid_t* pid, int* fd) {
  if (argv.empty()) return EINVAL;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  const int error = Spawn(argv, ends[1], pid);
  close(ends[1]);
  if (error != 0) close(ends[0]);
  *fd = ends[0];
  return error;
}

std::unique_ptr<WorkerProcess> WorkerProcess::Start(const WorkerCommand& command,
                                                    const ExecutorOptions& options, int stop_fd,
                                                    Reply& failure) {
  pid_t pid = 0;
  int fd = -1;
  const int error = SpawnWorker(command.argv, &pid, &fd);
  if (error != 0) {
    failure = {Outcome::kWorkerLost,
               std::string("a worker cannot be started: ") + std::strerror(error)};
    return nullptr;
  }
  std::unique_ptr<WorkerProcess> worker(new WorkerProcess(pid, fd, options, stop_fd));
  if (!worker->Load(command, failure)) worker.reset();
  return worker;
}

WorkerProcess::WorkerProcess(pid_t pid, int fd, const ExecutorOptions& options, int stop_fd)
    : pid_(pid), options_(options), socket_(fd, options.max_text + kSlack, stop_fd) {}

WorkerProcess::~WorkerProcess() {
  // Not reaped yet, so the number is still its own.
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool WorkerProcess::Load(const WorkerCommand& command, Reply& failure) {
  Frame frame;
  const Deadline start = Clock::now() + command.start_limit;
  if (const End end = Expect(FrameKind::kHello, start, frame); end != End::kDone) {
    failure = end == End::kTimeUp ? Reply{Outcome::kWorkerLost, "a worker did not come up in time"}
                                  : Lost(end);
    return false;
  }
  const Deadline deadline = TimeLimit();
  End end = socket_.Send({FrameKind::kLoad,
                          0,
                          {options_.plugin, std::to_string(options_.heap_limit_mb),
                           std::to_string(options_.max_text)}},
                         deadline);
  if (end == End::kDone) end = Expect(FrameKind::kReady, deadline, frame);
  if (end == End::kDone) return true;
  failure = Lost(end);
  failure.text = "the plugin did not load: " + failure.text;
  return false;
}

Reply WorkerProcess::Ask(const Request& request) {
  const uint64_t id = ++asked_;
  const Deadline deadline = TimeLimit();
  Frame reply;
  End end = socket_.Send(
      {FrameKind::kRequest, id, {request.source, request.function, request.argument}}, deadline);
  if (end == End::kDone) end = Expect(FrameKind::kReply, deadline, reply);
  if (end == End::kDone &&
      (reply.id != id || reply.fields.size() != 3 || !IsOutcome(reply.fields[0]))) {
    end = End::kRubbish;
  }
  usable_ = end == End::kDone && reply.fields[2].empty();
  if (end != End::kDone) return Lost(end);
  return {static_cast<Outcome>(reply.fields[0][0]), std::move(reply.fields[1])};
}

void WorkerProcess::Leave(std::chrono::milliseconds limit) {
  usable_ = false;
  socket_.HangUp();
  socket_.WaitForHangUp(Clock::now() + limit);  // the kernel hangs up for it when it has gone
}

FrameSocket::End WorkerProcess::Expect(FrameKind kind, Deadline deadline, Frame& frame) {
  const End end = socket_.Receive(frame, deadline);
  return end == End::kDone && frame.kind != kind ? End::kRubbish : end;
}

Reply WorkerProcess::Lost(End end) const {
  switch (end) {
    case End::kTimeUp:
      return {Outcome::kTimeLimit,
              "killed after " + std::to_string(options_.time_limit.count()) + " ms"};
    case End::kStopped:
      return {Outcome::kStopped, "shut down while it ran"};
    case End::kRubbish:
      return {Outcome::kWorkerLost, "its worker spoke rubbish and was killed"};
    case End::kClosed:
    case End::kDone:
      break;
  }
  return {Outcome::kWorkerLost, "its worker died or hung up"};
}

Deadline WorkerProcess::TimeLimit() const {
  return options_.time_limit.count() > 0 ? Clock::now() + options_.time_limit : kNoDeadline;
}

}  // namespace handrail::embed
