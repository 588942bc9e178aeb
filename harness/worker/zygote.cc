#include "harness/worker/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

#include "harness/core/protocol.h"

namespace handrail {
namespace {

struct Received {
  ForkRequest request;
  std::array<int, kForkDescriptors> fds;  // owned by the receiver
};

void CloseAll(const std::array<int, kForkDescriptors>& fds) {
  for (const int fd : fds) close(fd);
}

// Nothing: the socket was closed or spoke nonsense, which is the same to us: the runner has gone.
std::optional<Received> Receive(int control_fd) {
  Received received{};
  iovec part = {&received.request, sizeof received.request};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kForkDescriptors)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t size;
  do {
    size = recvmsg(control_fd, &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size != sizeof received.request) return std::nullopt;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int) * kForkDescriptors)) {
    return std::nullopt;
  }
  std::memcpy(received.fds.data(), CMSG_DATA(header), sizeof(int) * kForkDescriptors);
  return received;
}

void Send(int control_fd, const ForkReport& report) {
  while (send(control_fd, &report, sizeof report, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

// The trial's process: its own session, so that the runner can end all of it at once.
void BecomeTrial(const Received& received, const sigset_t& mask, pid_t zygote) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != zygote) _exit(0);  // the zygote died before the line above took effect
  setsid();
  const int targets[kForkDescriptors] = {kEventFd, kBlackboardFd, kRequestFd, STDOUT_FILENO,
                                         STDERR_FILENO};
  // Received descriptors have higher numbers than any target, see OccupyLowDescriptors: none is
  // overwritten before it was copied.
  for (int i = 0; i < kForkDescriptors; ++i) dup2(received.fds[i], targets[i]);
  CloseAll(received.fds);
  close(kControlFd);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
}

void ReapChildren(int control_fd, std::map<pid_t, uint64_t>& children) {
  int status = 0;
  rusage usage{};
  for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    const auto it = children.find(pid);
    if (it == children.end()) continue;
    ForkReport report{};
    report.id = it->second;
    report.kind = ForkReport::kEnded;
    report.pid = pid;
    report.status = status;
    report.cpu_us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000 +
                    usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    report.max_rss = usage.ru_maxrss * 1024;
    children.erase(it);
    Send(control_fd, report);
  }
}

// The low numbers must be taken, so that a received descriptor never is one of the targets.
void OccupyLowDescriptors() {
  for (int fd = 0; fd <= kControlFd; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR | O_CLOEXEC);  // takes the lowest free one
  }
}

int BlockChildSignal(sigset_t* earlier) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, earlier);
  return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

ZygoteRole ServeZygote(int control_fd) {
  OccupyLowDescriptors();
  sigset_t earlier;
  const int signal_fd = BlockChildSignal(&earlier);
  const pid_t self = getpid();
  std::map<pid_t, uint64_t> children;
  for (;;) {
    pollfd watched[2] = {{control_fd, POLLIN, 0}, {signal_fd, POLLIN, 0}};
    if (poll(watched, 2, -1) < 0 && errno != EINTR) return ZygoteRole::kParent;
    if (watched[1].revents != 0) {
      signalfd_siginfo info;
      while (read(signal_fd, &info, sizeof info) > 0) {
      }
      ReapChildren(control_fd, children);
    }
    if (watched[0].revents == 0) continue;
    const std::optional<Received> received = Receive(control_fd);
    if (!received) return ZygoteRole::kParent;
    const pid_t pid = fork();
    if (pid == 0) {
      close(signal_fd);
      BecomeTrial(*received, earlier, self);
      return ZygoteRole::kChild;
    }
    CloseAll(received->fds);
    ForkReport report{};
    report.id = received->request.id;
    report.kind = pid > 0 ? ForkReport::kStarted : ForkReport::kFailed;
    report.pid = pid;
    report.status = pid > 0 ? 0 : errno;
    if (pid > 0) children[pid] = report.id;
    Send(control_fd, report);
  }
}

}  // namespace handrail
