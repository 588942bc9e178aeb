#include "harness/runner/fresh_process.h"

#include <utility>
#include <vector>

#include "harness/runner/spawn.h"

namespace handrail {
namespace {

struct Process {
  uv_process_t handle;
  std::function<void(int)> on_exit;
};

void Close(Process* process) {
  uv_close(reinterpret_cast<uv_handle_t*>(&process->handle),
           [](uv_handle_t* handle) { delete static_cast<Process*>(handle->data); });
}

void OnExit(uv_process_t* handle, int64_t status, int signal) {
  auto* process = static_cast<Process*>(handle->data);
  process->on_exit(signal != 0 ? signal : static_cast<int>(status) << 8);
  Close(process);
}

}  // namespace

pid_t StartFresh(uv_loop_t* loop, const Command& command,
                 const std::array<int, kForkDescriptors>& fds,
                 std::function<void(int wait_status)> on_exit) {
  std::vector<uv_stdio_container_t> stdio(kRequestFd + 1, Ignored());
  const int targets[kForkDescriptors] = {kEventFd, kBlackboardFd, kRequestFd, 1, 2};
  for (int i = 0; i < kForkDescriptors; ++i) stdio[targets[i]] = Inherited(fds[i]);
  auto* process = new Process{{}, std::move(on_exit)};
  process->handle.data = process;
  const int error = Spawn(loop, &process->handle, command, stdio, OnExit, true);
  if (error == 0) return process->handle.pid;
  process->handle.data = process;  // uv_spawn has cleared it
  Close(process);
  return error;
}

}  // namespace handrail
