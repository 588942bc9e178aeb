// One worker of a ProcessPool as the pool sees it: a process, the socket to it, and what it can be
// trusted with, which is nothing. Whatever it does but answer in time makes it unusable; destroying
// it kills it. Knows no V8.
//
// The process gets /dev/null as its input, our output and error, its socket as descriptor
// kRequestSocket, and no other: what this program has open is none of its business.
//
// Threads: one at a time, and the one that started it outlives it, for a worker may have asked the
// kernel to die with that thread (PR_SET_PDEATHSIG).
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/embed/executor.h"
#include "harness/embed/frame_socket.h"

namespace handrail::embed {

// How a worker is started: a program that calls ServeRequests (serve_requests.h).
struct WorkerCommand {
  std::vector<std::string> argv{};                // argv[0]: its path
  std::chrono::milliseconds start_limit{30'000};  // from start to its first word
  std::chrono::milliseconds end_limit{2'000};     // from the end of its work to its exit
};

// Starts `argv` with the descriptors told above. 0 or an errno; then `pid` must be reaped and `fd`,
// our end of its socket, closed.
int SpawnWorker(const std::vector<std::string>& argv, pid_t* pid, int* fd);

class WorkerProcess {
 public:
  // Starts it and has it load the plugin. nullptr: `failure` says why, as a reply.
  static std::unique_ptr<WorkerProcess> Start(const WorkerCommand& command,
                                              const ExecutorOptions& options, int stop_fd,
                                              Reply& failure);
  // Kills it, if it is still there, and reaps it.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  Reply Ask(const Request& request);

  // Lets it end in order, or kills it when that takes too long.
  void Leave(std::chrono::milliseconds limit);

  // False: it has died, spoken out of turn, or come to an end that a reply told of.
  bool usable() const { return usable_ && socket_.quiet(); }

 private:
  WorkerProcess(pid_t pid, int fd, const ExecutorOptions& options, int stop_fd);

  bool Load(const WorkerCommand& command, Reply& failure);
  FrameSocket::End Expect(FrameKind kind, Deadline deadline, Frame& frame);
  Reply Lost(FrameSocket::End end) const;
  Deadline TimeLimit() const;

  const pid_t pid_;
  const ExecutorOptions& options_;
  FrameSocket socket_;
  uint64_t asked_ = 0;
  bool usable_ = true;
};

}  // namespace handrail::embed
