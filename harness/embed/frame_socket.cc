#include "harness/embed/frame_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace handrail::embed {
namespace {

constexpr size_t kChunk = size_t{64} << 10;

// For poll: -1 is for ever. Rounded up, so that a deadline has passed when its time is up.
int MillisecondsUntil(Deadline deadline) {
  if (deadline == kNoDeadline) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1'000'000));
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

FrameSocket::FrameSocket(int fd, size_t max_frame, int stop_fd)
    : fd_(fd), stop_fd_(stop_fd), reader_(max_frame) {
  fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

FrameSocket::~FrameSocket() { close(fd_); }

FrameSocket::End FrameSocket::Wait(short events, Deadline deadline) const {
  for (;;) {
    pollfd watched[2] = {{fd_, events, 0}, {stop_fd_, POLLIN, 0}};
    const int milliseconds = MillisecondsUntil(deadline);
    const int ready = poll(watched, 2, milliseconds);
    if (ready < 0 && errno != EINTR) return End::kClosed;
    if (ready <= 0) {
      if (ready == 0 && std::chrono::steady_clock::now() >= deadline) return End::kTimeUp;
      continue;
    }
    return watched[1].revents != 0 ? End::kStopped : End::kDone;
  }
}

FrameSocket::End FrameSocket::Send(const Frame& frame, Deadline deadline) {
  const std::string bytes = Encode(frame);
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<size_t>(n);
    } else if (!WouldBlock()) {
      return End::kClosed;
    } else if (const End end = Wait(POLLOUT, deadline); end != End::kDone) {
      return end;
    }
  }
  return End::kDone;
}

FrameSocket::End FrameSocket::ReadSome(Deadline deadline, std::string& bytes) const {
  for (;;) {
    if (const End end = Wait(POLLIN, deadline); end != End::kDone) return end;
    bytes.resize(kChunk);
    const ssize_t n = recv(fd_, bytes.data(), bytes.size(), 0);
    if (n < 0 && WouldBlock()) continue;
    if (n <= 0) return End::kClosed;
    bytes.resize(static_cast<size_t>(n));
    return End::kDone;
  }
}

FrameSocket::End FrameSocket::Receive(Frame& frame, Deadline deadline) {
  std::string bytes;
  for (;;) {
    switch (reader_.Take(frame)) {
      case FrameReader::Status::kFrame:
        return End::kDone;
      case FrameReader::Status::kRubbish:
        return End::kRubbish;
      case FrameReader::Status::kNeedsMore:
        break;
    }
    if (const End end = ReadSome(deadline, bytes); end != End::kDone) return end;
    reader_.Add(bytes);
  }
}

void FrameSocket::HangUp() { shutdown(fd_, SHUT_WR); }

FrameSocket::End FrameSocket::WaitForHangUp(Deadline deadline) {
  std::string bytes;
  for (;;) {
    if (const End end = ReadSome(deadline, bytes); end != End::kDone) return end;
  }
}

bool FrameSocket::quiet() const {
  if (!reader_.empty()) return false;
  pollfd watched = {fd_, POLLIN, 0};
  return poll(&watched, 1, 0) == 0;
}

}  // namespace handrail::embed
