// Frames over a connected stream socket, each way with a deadline. Owns the descriptor. One thread
// at a time; SIGPIPE is never raised.
#pragma once

#include <chrono>

#include "harness/embed/frame.h"

namespace handrail::embed {

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline kNoDeadline = Deadline::max();

class FrameSocket {
 public:
  enum class End {
    kDone,
    kClosed,   // the other side hung up, or the socket failed
    kTimeUp,   // part of the frame may be through
    kStopped,  // `stop_fd` became readable
    kRubbish,  // what came is no frame
  };

  // `fd` is made non-blocking. `max_frame`: of what is received. `stop_fd`: of who else may end a
  // wait, not owned; -1: nobody.
  FrameSocket(int fd, size_t max_frame, int stop_fd = -1);
  ~FrameSocket();
  FrameSocket(const FrameSocket&) = delete;
  FrameSocket& operator=(const FrameSocket&) = delete;

  End Send(const Frame& frame, Deadline deadline);
  End Receive(Frame& frame, Deadline deadline);

  // Says that nothing more will be sent: the other side then sees the end.
  void HangUp();
  // Until the other side has hung up; what it still sends is thrown away.
  End WaitForHangUp(Deadline deadline);
  // Whether there is nothing to read or left over: neither the end nor anything else. Never waits.
  bool quiet() const;

 private:
  End Wait(short events, Deadline deadline) const;
  End ReadSome(Deadline deadline, std::string& bytes) const;

  const int fd_;
  const int stop_fd_;
  FrameReader reader_;
};

}  // namespace handrail::embed
