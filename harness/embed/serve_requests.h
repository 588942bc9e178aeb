// The worker's side of a ProcessPool: what the program does that it starts.
//
//   int main() {
//     ... bring V8 up ...
//     return embed::ServeRequests(embed::kRequestSocket, engine);
//   }
//
// One engine, one request after the other, until the pool hangs up. There is no time limit here:
// the pool ends the process. The heap limit is kept as in executor.h.
#pragma once

#include "harness/embed/script_engine.h"

namespace handrail::embed {

// Where a worker finds its socket. The pool leaves it no other descriptor above 2.
inline constexpr int kRequestSocket = 3;

// Takes over `fd`. An exit status: 0 after the pool has hung up, 1 when it spoke rubbish.
int ServeRequests(int fd, engine::Engine& engine, const InstallNatives& natives = {});

}  // namespace handrail::embed
