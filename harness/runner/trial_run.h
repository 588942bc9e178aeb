// One trial that is running: its descriptors, its limits, and the evidence as it comes in. It does
// not know how the process was started (zygote or fresh): the supervisor tells it the process id and,
// at the end, the status. Everything it reads is bounded and taken for untrue until parsed.
//
// One thread: the supervisor's loop.
#pragma once

#include <absl/status/statusor.h>
#include <uv.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "harness/core/blackboard.h"
#include "harness/core/evidence.h"
#include "harness/core/protocol.h"
#include "harness/runner/decide_exit.h"
#include "harness/runner/event_reader.h"
#include "harness/runner/kept_output.h"

namespace handrail {

struct TrialLimits {
  int64_t time_ms = 20'000;
  int64_t memory = int64_t{2} << 30;  // bytes of RSS
  int64_t output = int64_t{8} << 20;  // bytes
};

class TrialRun {
 public:
  // Makes pipes, blackboard and request. Resource exhaustion is an error, not an abort.
  static absl::StatusOr<std::unique_ptr<TrialRun>> Prepare(const TrialRequest& request,
                                                           const TrialLimits& limits);
  ~TrialRun();

  // What the process gets, in the order of a ForkRequest's descriptors.
  std::array<int, kForkDescriptors> ChildDescriptors() const;

  // Its process runs from now on: our copies of its descriptors are closed, the clock starts.
  void Begin(uv_loop_t* loop, pid_t pid);
  pid_t pid() const { return pid_; }

  // Looks after the limits and empties the ring; to be called every few ms. A trial past a limit is
  // asked to end (SIGTERM), and ended (SIGKILL) when it does not.
  void Tick();

  // Ends the process and all of its session at once.
  void Kill() const;

  // Whether nothing was heard of it for long, although it was asked for or killed.
  bool Overdue() const;

  // Whether process `pid` comes from this trial: it is in its session or has its event pipe open.
  bool Owns(pid_t pid) const;

  // Takes what is left in pipes and ring and closes them. `sanitizer_log`: its text, empty for none.
  // `strays`: how many processes it left that still run. Ensures: nothing of its session is alive.
  Evidence End(int wait_status, const std::string& sanitizer_log, int strays);

 private:
  struct Pipe {
    int read_fd = -1;
    int write_fd = -1;
    uv_poll_t* poll = nullptr;  // owned by the loop until closed
  };
  explicit TrialRun(const TrialLimits& limits) : limits_(limits) {}
  absl::Status Open(const TrialRequest& request);
  void Watch(uv_loop_t* loop, Pipe& pipe, void (TrialRun::*drain)());
  static void Unwatch(Pipe& pipe);
  void DrainEvents();
  void DrainOutput();
  void PassedLimit(EndedBy limit, std::string words);
  void DrainRing();
  void ReadCounters();
  void NoteIfNotStarted();
  void EndStrays(int strays);

  TrialLimits limits_;
  Pipe events_;
  Pipe output_;
  int board_fd_ = -1;
  int request_fd_ = -1;
  Blackboard* board_ = nullptr;
  RingReader ring_;
  pid_t pid_ = 0;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point asked_to_end_;  // before it began: when it was asked for
  Circumstances circumstances_;
  Evidence evidence_;
  EventReader event_reader_{evidence_};
  KeptOutput kept_output_;
};

}  // namespace handrail
