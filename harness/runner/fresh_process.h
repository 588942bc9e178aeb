// A trial's process that is started from nothing: where an engine cannot fork, or a strategy wants a
// process of its own. The other way is zygote_client.h. One thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <array>
#include <functional>

#include "harness/core/protocol.h"
#include "harness/runner/engine_table.h"

namespace handrail {

// Starts `command` with the descriptors of a ForkRequest, leading a session of its own. Its id, or a
// negative libuv error. `on_exit` gets a status as waitpid gives it, on the loop, once.
pid_t StartFresh(uv_loop_t* loop, const Command& command,
                 const std::array<int, kForkDescriptors>& fds,
                 std::function<void(int wait_status)> on_exit);

}  // namespace handrail
