// Starts a program of a Command with the descriptors that are listed for it and no others.
#pragma once

#include <uv.h>

#include <vector>

#include "harness/runner/engine_table.h"

namespace handrail {

// Descriptor containers, in the order of their numbers in the new process.
uv_stdio_container_t Ignored();
uv_stdio_container_t Inherited(int fd);

// 0, or a libuv error; then `process` must still be closed. `own_session`: it leads a session, so
// that everything it starts can be ended with it.
int Spawn(uv_loop_t* loop, uv_process_t* process, const Command& command,
          std::vector<uv_stdio_container_t>& stdio, uv_exit_cb on_exit, bool own_session = false);

}  // namespace handrail
