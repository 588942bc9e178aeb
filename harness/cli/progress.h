// What is shown while a run goes on: on a terminal one line that is written over (done / total,
// failures, time left), elsewhere a plain line now and then. Failures are told as they happen.
// Written to stderr, so that the report on stdout can be piped. One thread.
#pragma once

#include <chrono>
#include <string>

#include "harness/cli/session.h"

namespace handrail {

class Progress final : public SessionObserver {
 public:
  // `rewrite`: stderr is a terminal on which a line may be written over.
  explicit Progress(bool rewrite) : rewrite_(rewrite) {}
  ~Progress() override { ClearLine(); }

  void OnPlanned(const Plan& plan) override;
  void OnStarted(const PlannedTrial& trial) override;
  void OnJudged(const TrialRecord& trial, const PlannedTrial& planned) override;
  void OnTick() override;
  void OnFinished() override { ClearLine(); }

 private:
  std::string Line() const;
  std::string TimeLeft() const;
  void Show();
  void ClearLine();

  const bool rewrite_;
  size_t total_ = 0;
  size_t done_ = 0;
  size_t failed_ = 0;
  double cost_ms_ = 0;       // of the whole plan, as declared
  double done_cost_ms_ = 0;  // of what is done
  std::string current_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point last_shown_;
};

}  // namespace handrail
