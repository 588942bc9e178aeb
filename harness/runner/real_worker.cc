#include "harness/runner/real_worker.h"

#include <utility>

#include "harness/runner/engine_table.h"

namespace handrail::testing {

void RealWorker::SetUp() {
  const auto rows = ReadEngineTable(HANDRAIL_BIN_DIR "/engines.json");
  ASSERT_TRUE(rows.ok()) << rows.status();
  const auto chosen = ChooseEngines(*rows, {"libnode"});
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  engines_ = {Probe(chosen->front())};
  ASSERT_TRUE(engines_[0].catalog) << engines_[0].problem;
  ASSERT_TRUE(engines_[0].catalog->can_fork) << "without a zygote these tests prove little";
  leftovers_ = std::make_unique<Leftovers>();
}

void RealWorker::TearDown() {
  if (leftovers_ == nullptr) return;  // SetUp failed
  EXPECT_EQ(leftovers_->Told(), "") << "the run left something behind";
}

PlannedTrial RealWorker::Trial(const std::string& scenario, const std::string& strategy) {
  PlannedTrial trial;
  trial.request.scenario = scenario;
  trial.request.strategy = strategy;
  return trial;
}

std::vector<Evidence> RealWorker::Run(Supervisor& supervisor, const std::vector<PlannedTrial>& plan,
                                      std::function<void()> on_tick) {
  std::vector<Evidence> all(plan.size());
  std::vector<int> ended(plan.size(), 0);
  Supervisor::Callbacks callbacks;
  callbacks.on_tick = std::move(on_tick);
  callbacks.on_end = [&](const PlannedTrial& trial, Evidence evidence) {
    const size_t index = static_cast<size_t>(&trial - plan.data());
    all[index] = std::move(evidence);
    ++ended[index];
  };
  const absl::Status status = supervisor.Run(plan, callbacks);
  EXPECT_TRUE(status.ok()) << status;
  for (size_t i = 0; i < plan.size(); ++i) {
    EXPECT_EQ(ended[i], 1) << "evidence of " << plan[i].request.strategy << " must come once";
  }
  return all;
}

std::vector<std::string> Codes(const Evidence& evidence) {
  std::vector<std::string> codes;
  for (const Finding& finding : evidence.findings) codes.push_back(finding.code);
  return codes;
}

std::string Told(const Evidence& evidence) {
  std::string told = Describe(evidence.exit) + "\n";
  if (!evidence.harness_error.empty()) told += "harness error: " + evidence.harness_error + "\n";
  for (const Finding& f : evidence.findings) told += f.code + ": " + f.message + "\n";
  for (const std::string& note : evidence.notes) told += "note: " + note + "\n";
  return told + "output: " + evidence.output.substr(0, 400);
}

}  // namespace handrail::testing
