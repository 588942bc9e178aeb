// Why a Node process does not exit: the detector "loop" (PX020). Node leaves when its event loop has
// no active handle and no request left. At a trial's time limit the runner sends SIGTERM; if the
// loop then still turns, what keeps it alive is listed and reported. A loop that does not turn, for
// its thread is blocked, says nothing here: that is PX003 alone.
//
// One a process, on Node's main thread; its own handle is unreferenced, so it keeps nothing alive.
// Cannot see: who made a handle, for libuv does not know.
#pragma once

#include <uv.h>

#include <functional>

#include "harness/core/finding.h"

namespace handrail {

class LoopWatch {
 public:
  using Report = std::function<void(Finding)>;

  // After `report` the process ends by the signal, as it would have without the watch.
  LoopWatch(uv_loop_t* loop, Report report);
  // The loop may no longer run then: the handle is stopped, its memory stays with the loop.
  ~LoopWatch();
  LoopWatch(const LoopWatch&) = delete;
  LoopWatch& operator=(const LoopWatch&) = delete;

 private:
  void OnTimeOver();

  Report report_;
  uv_signal_t* signal_;
};

}  // namespace handrail
