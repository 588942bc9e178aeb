#include "harness/runner/zygote_client.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "harness/runner/spawn.h"

namespace handrail {
namespace {

bool SendWithDescriptors(int socket, const ForkRequest& request,
                         const std::array<int, kForkDescriptors>& fds) {
  ForkRequest copy = request;
  iovec part = {&copy, sizeof copy};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kForkDescriptors)] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * kForkDescriptors);
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * kForkDescriptors);
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == sizeof copy;
}

}  // namespace

ZygoteClient::ZygoteClient(uv_loop_t* loop, Command command, Callbacks callbacks)
    : loop_(loop), command_(std::move(command)), callbacks_(std::move(callbacks)) {}

ZygoteClient::~ZygoteClient() { Stop(); }

bool ZygoteClient::Start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return false;
  std::vector<uv_stdio_container_t> stdio(kControlFd + 1, Ignored());
  stdio[STDERR_FILENO] = Inherited(STDERR_FILENO);
  stdio[kControlFd] = Inherited(ends[1]);
  process_ = new uv_process_t;
  process_->data = this;
  const int error = Spawn(loop_, process_, command_, stdio, OnExit, true);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(process_, nullptr)),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_process_t*>(handle); });
    return false;
  }
  socket_ = ends[0];
  fcntl(socket_, F_SETFL, O_NONBLOCK);
  poll_ = new uv_poll_t;
  poll_->data = this;
  uv_poll_init(loop_, poll_, socket_);
  uv_poll_start(poll_, UV_READABLE, [](uv_poll_t* poll, int, int) {
    static_cast<ZygoteClient*>(poll->data)->Read();
  });
  return true;
}

bool ZygoteClient::Request(const ForkRequest& request,
                           const std::array<int, kForkDescriptors>& fds) {
  if (socket_ < 0 && !Start()) return false;
  // A zygote that died a moment ago is not noticed yet: on_death will tell, of this request too.
  if (!SendWithDescriptors(socket_, request, fds)) uv_process_kill(process_, SIGKILL);
  return true;
}

void ZygoteClient::Read() {
  ForkReport report;
  while (socket_ >= 0) {
    const ssize_t size = recv(socket_, &report, sizeof report, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size != sizeof report) {  // closed: OnExit says what became of it
      if (poll_ != nullptr) uv_poll_stop(poll_);
      return;
    }
    callbacks_.on_report(report);
  }
}

void ZygoteClient::Close() {
  if (poll_ != nullptr) {
    uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(poll_, nullptr)),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
  }
  if (socket_ >= 0) close(std::exchange(socket_, -1));
  if (process_ != nullptr) {
    process_->data = nullptr;  // OnExit of this one concerns nobody any more
    process_ = nullptr;
  }
}

void ZygoteClient::Kill() {
  if (process_ != nullptr) uv_process_kill(process_, SIGKILL);
}

// Killed, not only told by the closed socket: one that hangs or was stopped would not see that.
void ZygoteClient::Stop() {
  Kill();
  Close();
}

void ZygoteClient::OnExit(uv_process_t* process, int64_t status, int signal) {
  auto* client = static_cast<ZygoteClient*>(process->data);
  uv_close(reinterpret_cast<uv_handle_t*>(process),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_process_t*>(handle); });
  if (client == nullptr) return;
  client->Read();  // reports that it sent before it died still count
  client->process_ = nullptr;
  client->Close();
  client->callbacks_.on_death(signal != 0 ? "killed by signal " + std::to_string(signal)
                                          : "ended with status " + std::to_string(status));
}

}  // namespace handrail
