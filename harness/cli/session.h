// One run from options to record: asks the engines, proves the detectors on the canaries, plans, runs,
// judges. The library behind the command line: everything that `handrail run` does but printing.
// One thread.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "harness/core/options.h"
#include "harness/core/run_record.h"
#include "harness/runner/absent_engines.h"
#include "harness/runner/engine_table.h"
#include "harness/runner/plan.h"

namespace handrail {

// What a front end may want to show while a run goes on. All members are optional to override.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  virtual void OnPlanned(const Plan& /*plan*/) {}
  virtual void OnStarted(const PlannedTrial& /*trial*/) {}
  virtual void OnJudged(const TrialRecord& /*trial*/, const PlannedTrial& /*planned*/) {}
  virtual void OnTick() {}
  virtual void OnFinished() {}  // the last call: whatever was shown on the way can go
};

// The engines that were asked for, each probed, in the variants that these sets of instruments need
// (SetsOf; empty: none). Errors: InvalidArgument, no such engine; FailedPrecondition, no table of
// engines that can be read, or no worker at all is built with what a set asks for.
absl::StatusOr<std::vector<Engine>> FindEngines(
    const std::vector<std::string>& globs,
    const std::vector<std::vector<std::string>>& sets = {});

// The same with all their variants.
absl::StatusOr<std::vector<Engine>> FindVariants(const std::vector<std::string>& globs);

// Those that could be had, with the way to do it; for `doctor`.
std::vector<AbsentEngine> FindAbsentEngines();

// What `--profile matrix` means here: no instrument, and each of those that some engine has.
std::vector<std::vector<std::string>> WholeMatrix(const std::vector<Engine>& variants);

// Runs what `options` ask for. Errors are the caller's (InvalidArgument: a filter or option that
// means nothing); everything that happens while running is in the record, also an interruption.
absl::StatusOr<RunRecord> RunSession(const RunOptions& options, const std::vector<Engine>& engines,
                                     const std::string& command, SessionObserver& observer);

// The canaries alone, with each set of instruments that `run` is about. Empty: each was caught, or
// left alone, as it must be. Otherwise what went wrong; `trials` gets their records either way.
std::string RunSelftest(const std::vector<Engine>& engines, const RunOptions& run, int jobs,
                        std::vector<TrialRecord>* trials);

}  // namespace handrail
