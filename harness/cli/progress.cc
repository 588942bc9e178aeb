#include "harness/cli/progress.h"

#include <algorithm>
#include <cstdio>

#include "harness/core/instruments.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kBetweenRewrites = std::chrono::milliseconds(100);
constexpr auto kBetweenLines = std::chrono::seconds(10);
constexpr size_t kWidth = 99;

}  // namespace

void Progress::OnPlanned(const Plan& plan) {
  total_ = plan.trials.size();
  cost_ms_ = plan.cost_ms;
  began_ = Clock::now();
  last_shown_ = began_;
  std::fprintf(stderr, "handrail: %zu trials\n", total_);
}

void Progress::OnStarted(const PlannedTrial& trial) {
  current_ = trial.request.scenario + "/" + trial.request.strategy;
}

void Progress::OnJudged(const TrialRecord& trial, const PlannedTrial& planned) {
  ++done_;
  done_cost_ms_ += planned.cost_ms;
  if (!Fails(trial.verdict)) return;
  ++failed_;
  ClearLine();
  std::fprintf(stderr, "%s: %s/%s on %s, seed %llu: %s\n",
               std::string(ToString(trial.verdict)).c_str(), OneLine(trial.scenario, 80).c_str(),
               OneLine(trial.strategy, 80).c_str(), 
               OneLine(trial.engine + WithInstruments(trial.instruments), 80).c_str(),
               static_cast<unsigned long long>(trial.seed), OneLine(trial.reason, 200).c_str());
}

void Progress::OnTick() {
  const Clock::time_point now = Clock::now();
  if (now - last_shown_ < (rewrite_ ? Clock::duration(kBetweenRewrites) : kBetweenLines)) return;
  last_shown_ = now;
  Show();
}

// By declared costs: trials differ by a factor of a thousand, so their number tells little.
std::string Progress::TimeLeft() const {
  if (done_cost_ms_ <= 0 || done_ < 5) return "";
  const double spent = std::chrono::duration<double>(Clock::now() - began_).count();
  const double share = std::min(1.0, done_cost_ms_ / std::max(cost_ms_, 1.0));
  const double left = spent * (1 - share) / std::max(share, 0.001);
  return ", about " + std::to_string(static_cast<int>(left) + 1) + " s left";
}

std::string Progress::Line() const {
  std::string line = "[" + std::to_string(done_) + "/" + std::to_string(total_) + "] " +
                     std::to_string(failed_) + " failed" + TimeLeft() + "  " + current_;
  return OneLine(line, kWidth);
}

void Progress::Show() {
  if (total_ == 0) return;
  if (!rewrite_) {
    std::fprintf(stderr, "%s\n", Line().c_str());
    return;
  }
  std::fprintf(stderr, "\r\033[K%s", Line().c_str());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::ClearLine() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace handrail
