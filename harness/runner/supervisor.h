// Runs planned trials, several at once, each in a process of its own, and hands their evidence on as
// they end. It holds no V8 and survives anything a worker does: a zygote that dies is started again
// and its trials are run again, a trial that stays is ended, a child that it leaves is found.
//
// Requires: called on one thread, one Supervisor at a time in a process (it reaps orphans).
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/evidence.h"
#include "harness/core/protocol.h"
#include "harness/runner/engine_table.h"
#include "harness/runner/trial_run.h"

namespace handrail {

struct PlannedTrial {
  TrialRequest request;
  size_t engine = 0;   // index into the engines that the supervisor was given
  size_t set = 0;      // which of the plan's sets of instruments
  bool fresh = false;  // not from a zygote, whatever the engine can do
  TrialLimits limits;
  bool limits_by_hand = false;  // the user set one: meeting it says nothing about the code
  double cost_ms = 0;  // as declared, with what starting it costs: for estimates only
};

class Supervisor {
 public:
  struct Callbacks {
    std::function<void(const PlannedTrial&)> on_start;            // may be empty
    std::function<void(const PlannedTrial&, Evidence)> on_end;    // in the order of their ends
    std::function<void()> on_tick;                                // about 50 times a second
  };

  // `engines` outlives the supervisor; each has a catalog.
  Supervisor(const std::vector<Engine>& engines, int jobs);
  ~Supervisor();

  // Returns when all have ended, or after Ctrl-C, SIGTERM or SIGHUP (Cancelled: what was under way then is
  // ended and not handed on).
  absl::Status Run(const std::vector<PlannedTrial>& plan, const Callbacks& callbacks);

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace handrail
