#include "reports/record_index.h"

#include <algorithm>
#include <utility>

#include "harness/core/catalog.h"
#include "harness/core/instruments.h"
#include "harness/core/verdict.h"

namespace handrail {
namespace {

// Ids hold no such byte; a hostile one that does can only mix up its own rows.
std::string Key(const std::string& scenario, const std::string& strategy,
                const std::string& engine, const std::vector<std::string>& instruments) {
  return scenario + '\0' + strategy + '\0' + engine + '\0' + InstrumentSetName(instruments);
}

bool Contains(const std::vector<std::string>& codes, const std::string& code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

RecordIndex::RecordIndex(const RunRecord& record) : record_(record) {
  for (const TrialRecord& trial : record.trials) {
    trials_[Key(trial.scenario, trial.strategy, trial.engine, trial.instruments)]
       .push_back(&trial);
  }
  for (const ScenarioDecl& scenario : record.scenarios) scenarios_[scenario.id] = &scenario;
  std::vector<std::string> with_results;
  for (const ResultRecord& result : record.results) {
    if (!Contains(with_results, result.engine)) with_results.push_back(result.engine);
  }
  for (const EngineInfo& engine : record.context.engines) {
    bool known = Contains(with_results, engine.id) && !Contains(engines_, engine.id);
    if (known) engines_.push_back(engine.id);
  }
  for (const std::string& engine : with_results) {
    if (!Contains(engines_, engine)) engines_.push_back(engine);
  }
}

std::string_view RecordIndex::V8Version(std::string_view engine) const {
  for (const EngineInfo& info : record_.context.engines) {
    if (info.id == engine) return info.v8_version;
  }
  return "";
}

const std::vector<const TrialRecord*>& RecordIndex::TrialsOf(const ResultRecord& result) const {
  static const std::vector<const TrialRecord*> none;
  auto found = trials_.find(
      Key(result.scenario, result.strategy, result.engine, result.instruments));
  return found == trials_.end() ? none : found->second;
}

const StrategyDecl* RecordIndex::Declaration(const ResultRecord& result) const {
  auto found = scenarios_.find(result.scenario);
  return found == scenarios_.end() ? nullptr : found->second->Find(result.strategy);
}

std::string RecordIndex::Document(const ResultRecord& result) const {
  auto found = scenarios_.find(result.scenario);
  return found == scenarios_.end() ? "" : found->second->reference;
}

LifeEvent RecordIndex::Place(const ResultRecord& result) const {
  auto found = scenarios_.find(result.scenario);
  if (found == scenarios_.end()) return {};
  const StrategyDecl* strategy = found->second->Find(result.strategy);
  return {"declared here", found->second->file, strategy == nullptr ? 0 : strategy->line};
}

const TrialRecord* RecordIndex::Witness(const ResultRecord& result) const {
  const std::vector<const TrialRecord*>& trials = TrialsOf(result);
  for (const TrialRecord* trial : trials) {
    if (trial->verdict == result.verdict) return trial;
  }
  for (const TrialRecord* trial : trials) {
    if (Fails(trial->verdict)) return trial;
  }
  return trials.empty() ? nullptr : trials.front();
}

int RecordIndex::Rank(const ResultRecord& result, const TrialRecord& trial,
                      const std::string& code) const {
  const StrategyDecl* strategy = Declaration(result);
  bool accused = result.verdict == Verdict::kWrongFinding;
  int rank = code.substr(0, 2) == "PX" ? 1 : 0;
  if (strategy == nullptr) return rank;
  const int version = V8VersionNumber(V8Version(result.engine));
  // What an instrument was to find tells most: the rest is there without it, too.
  bool demanded = false;
  bool tolerated = false;
  for (const Demand* demand :
       ApplyingDemands(*strategy, result.engine, version, trial.instruments)) {
    demanded = demanded || Contains(demand->any_of, code);
    tolerated = tolerated || Contains(demand->may, code);
  }
  if (demanded && !accused) return rank - 2;
  const Expectation* expectation =
      Applying(*strategy, result.engine, version, trial.instruments);
  if (expectation == nullptr) return rank + ((demanded || tolerated) && accused ? 2 : 0);
  bool declared = Contains(expectation->any_of, code);
  bool allowed = declared || demanded || tolerated || Contains(expectation->may, code);
  if (accused) return rank + (allowed ? 2 : 0);
  return rank + (declared ? 0 : 2);
}

std::vector<std::string> RecordIndex::Codes(const ResultRecord& result) const {
  std::vector<std::pair<int, std::string>> ranked;
  for (const TrialRecord* trial : TrialsOf(result)) {
    if (trial->verdict != result.verdict) continue;
    for (const Finding& finding : trial->evidence.findings) {
      bool known = std::any_of(ranked.begin(), ranked.end(), [&finding](const auto& entry) {
        return entry.second == finding.code;
      });
      if (!known) ranked.emplace_back(Rank(result, *trial, finding.code), finding.code);
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> codes;
  codes.reserve(ranked.size());
  for (auto& entry : ranked) codes.push_back(std::move(entry.second));
  return codes;
}

const Finding* RecordIndex::Telling(const ResultRecord& result, const TrialRecord& trial) const {
  const std::vector<Finding>& findings = trial.evidence.findings;
  auto best =
      std::min_element(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) {
        return Rank(result, trial, a.code) < Rank(result, trial, b.code);
      });
  return best == findings.end() ? nullptr : &*best;
}

}  // namespace handrail
