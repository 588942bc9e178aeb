#include "harness/scenario/trial.h"

#include <algorithm>
#include <utility>

#ifdef HANDRAIL_GUARDED
#include "harness/scenario/guard_findings.h"
#endif

namespace handrail {

Trial::Trial(TrialRequest request, engine::Engine& engine, Blackboard& board, Report report,
             ReportReached report_reached, ReportMeasured report_measured, napi_env__* napi)
    : request_(std::move(request)),
      engine_(engine),
      board_(board),
      report_(std::move(report)),
      report_reached_(std::move(report_reached)),
      report_measured_(std::move(report_measured)),
      napi_(napi),
      random_(request_.seed),
      oracle_([this](Finding finding) { Pass(std::move(finding)); }, &operations_) {
#ifdef HANDRAIL_GUARDED
  guard_ = std::make_shared<GuardFindings>(
      [this](Finding finding) { Pass(std::move(finding)); }, &operations_, !Has("no-guard"));
#endif
}

Trial::~Trial() {
  if (ledger_ != nullptr) ledger_->Conclude();
}

const std::shared_ptr<PromiseLedger>& Trial::ledger() {
  if (ledger_ == nullptr) {
    ledger_ = std::make_shared<PromiseLedger>(
        [this](Finding finding) { Pass(std::move(finding)); }, &operations_);
  }
  return ledger_;
}

bool Trial::Has(std::string_view instrument) const {
  return std::find(request_.instruments.begin(), request_.instruments.end(), instrument) !=
         request_.instruments.end();
}

// The instrument "no-<detector>" takes a detector's hook out: how it is proven that the detector,
// and nothing else, catches what it is said to catch.
void Trial::Pass(Finding finding) {
  if (!Has("no-" + finding.detector)) report_(std::move(finding));
}

void Trial::Watch(v8::Isolate* isolate, SamplerOptions options) {
  options.pss = options.pss || request_.sample_pss;
  options.spaces = options.spaces || request_.sample_spaces;
  sampler_ = std::make_unique<HeapSampler>(isolate, options,
                                           [this](const Sample& sample) { Put(sample); });
  near_limit_ = std::make_unique<NearHeapLimit>(
      isolate, [this](Finding finding) { Pass(std::move(finding)); });
  watched_ = isolate;
  rounds_ = 0;
}

void Trial::Unwatch() {
  sampler_.reset();
  near_limit_.reset();
  watched_ = nullptr;
}

void Trial::EndOfRound(int64_t iteration) {
  engine::CollectAll(watched_);
  const int64_t warm_up = rounds_++ < kWarmUpRounds ? int64_t{kWarmUp} : 0;
  sampler_->Take(iteration, kEndOfRound | kAfterGc | warm_up);
}

void Trial::EndOfRoundWithoutIsolate(int64_t iteration, int64_t warm_up_iterations) {
  Sample sample;
  sample.iteration = iteration;
  sample.time_ns = (std::chrono::steady_clock::now() - began_).count();
  sample.flags = kEndOfRound | (iteration < warm_up_iterations ? int64_t{kWarmUp} : 0);
  sample.rss = memory_.Rss();
  Put(sample);
}

}  // namespace handrail
