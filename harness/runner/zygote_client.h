// The runner's end of a zygote (harness/worker/zygote.h): started when first needed, asked for a
// process for each trial, started again when it has died.
//
// One thread: the supervisor's loop. Callbacks may ask for the next trial, not destroy the client.
#pragma once

#include <uv.h>

#include <array>
#include <functional>
#include <string>

#include "harness/core/protocol.h"
#include "harness/runner/engine_table.h"

namespace handrail {

class ZygoteClient {
 public:
  struct Callbacks {
    std::function<void(const ForkReport&)> on_report;
    std::function<void(std::string why)> on_death;  // every trial under way in it is lost
  };

  ZygoteClient(uv_loop_t* loop, Command command, Callbacks callbacks);
  ~ZygoteClient();

  // Starts the zygote if there is none, and sends the request. False: it cannot be had. True: a
  // report or on_death will follow.
  bool Request(const ForkRequest& request, const std::array<int, kForkDescriptors>& fds);

  // Ends the zygote, and with it its children. No callback comes after this.
  void Stop();

  // Ends a zygote that hangs; on_death follows.
  void Kill();

  pid_t pid() const { return process_ != nullptr ? process_->pid : 0; }

 private:
  bool Start();
  void Read();
  void Close();
  static void OnExit(uv_process_t* process, int64_t status, int signal);

  uv_loop_t* loop_;
  Command command_;
  Callbacks callbacks_;
  int socket_ = -1;
  uv_poll_t* poll_ = nullptr;
  uv_process_t* process_ = nullptr;
};

}  // namespace handrail
