#include "reports/test_detection.h"

#include <string>
#include <utility>
#include <vector>

#include "reports/test_records.h"

namespace handrail {
namespace {

using Instruments = std::vector<std::string>;

const std::string kFile = "scenarios/escape/promises.cc";

Finding Seen(const std::string& code, const std::string& detector, int line, int64_t operation) {
  Finding finding;
  finding.code = code;
  finding.detector = detector;
  finding.message = "seen by the " + detector;
  if (line > 0) finding.life = {{"used here", kFile, line}};
  finding.operation = operation;
  return finding;
}

// One cell of the matrix, with as many trials as `harm` and `seen` have elements.
struct Spec {
  std::string strategy;
  std::string engine;
  Instruments instruments;
  Verdict verdict = Verdict::kAsExpected;
  std::vector<Finding> findings{};
  int trials = 1;
  int triggered = 1;  // the first so many
  int detected = 1;   // the first so many
};

void AddCell(RunRecord& record, const Spec& spec) {
  ResultRecord result;
  result.scenario = "escape/promises";
  result.strategy = spec.strategy;
  result.kind = StrategyKind::kBroken;
  result.engine = spec.engine;
  result.instruments = spec.instruments;
  result.verdict = spec.verdict;
  result.trials = spec.trials;
  for (int i = 0; i < spec.trials; ++i) {
    TrialRecord trial;
    trial.scenario = result.scenario;
    trial.strategy = spec.strategy;
    trial.kind = StrategyKind::kBroken;
    trial.engine = spec.engine;
    trial.instruments = spec.instruments;
    trial.seed = static_cast<uint64_t>(i + 1);
    trial.verdict = spec.verdict;
    trial.detected = i < spec.detected;
    trial.evidence.reached = 1;
    trial.evidence.triggered = i < spec.triggered ? 1 : 0;
    const bool found = trial.detected || spec.verdict == Verdict::kWrongFinding;
    if (found) trial.evidence.findings = spec.findings;
    record.trials.push_back(std::move(trial));
  }
  record.results.push_back(std::move(result));
}

void AddCorrect(RunRecord& record, const std::string& engine, const Instruments& instruments,
                std::vector<double> durations, bool accused) {
  ResultRecord result;
  result.scenario = "escape/promises";
  result.strategy = "global-in-map";
  result.engine = engine;
  result.instruments = instruments;
  result.verdict = accused ? Verdict::kUnstable : Verdict::kAsExpected;
  for (size_t i = 0; i < durations.size(); ++i) {
    TrialRecord trial;
    trial.scenario = result.scenario;
    trial.strategy = result.strategy;
    trial.engine = engine;
    trial.instruments = instruments;
    trial.seed = i + 1;
    trial.verdict = accused && i == 0 ? Verdict::kFalseAlarm : Verdict::kAsExpected;
    trial.evidence.duration_ms = durations[i];
    record.trials.push_back(std::move(trial));
  }
  record.results.push_back(std::move(result));
}

void AddSkipped(RunRecord& record, const std::string& strategy, const std::string& engine,
                const Instruments& instruments, const std::string& why) {
  AddCell(record, {strategy, engine, instruments, Verdict::kSkipped, {}, 0, 0, 0});
  record.results.back().reason = why;
}

StrategyDecl Declared(const std::string& id, StrategyKind kind, const std::string& code,
                      const std::string& with_quarantine) {
  StrategyDecl strategy;
  strategy.id = id;
  strategy.kind = kind;
  if (!code.empty()) strategy.expectations.push_back({{}, {code}, {}, ""});
  if (!with_quarantine.empty()) {
    strategy.demands.push_back({"quarantine", {with_quarantine}, {}, {}});
  }
  return strategy;
}

void Declare(RunRecord& record) {
  ScenarioDecl& scenario = record.scenarios.emplace_back();
  scenario.id = "escape/promises";
  scenario.file = kFile;
  scenario.strategies = {Declared("global-in-map", StrategyKind::kCorrect, "", ""),
                         Declared("local-in-map", StrategyKind::kBroken, "HD010", "HD001"),
                         Declared("local-in-coroutine", StrategyKind::kBroken, "HD010", ""),
                         Declared("two-threads", StrategyKind::kBroken, "PX001", "")};
}

}  // namespace

RunRecord MatrixRecord() {
  RunRecord record = EmptyRecord();
  Declare(record);
  const Finding outcome = Seen("HD010", "oracle", 82, 12'345);
  const Finding stale = Seen("HD001", "quarantine", 58, 3);
  AddCorrect(record, "libnode", {}, {10, 20, 30}, false);
  AddCorrect(record, "libnode", {"quarantine"}, {20, 30, 90}, false);
  AddCorrect(record, "libnode", {"asan"}, {40, 80, 120}, false);
  AddCorrect(record, "node-26", {}, {100, 100}, false);
  AddCorrect(record, "node-26", {"guard"}, {100, 150}, true);
  AddCorrect(record, "node-26", {"quarantine"}, {200, 200}, false);

  AddCell(record, {"local-in-map", "libnode", {}, Verdict::kAsExpected, {outcome}, 3, 3, 3});
  AddCell(
      record,
      {"local-in-map", "libnode", {"quarantine"}, Verdict::kAsExpected, {outcome, stale}, 3, 3, 3});
  AddCell(record, {"local-in-map", "libnode", {"asan"}, Verdict::kUnstable, {outcome}, 3, 3, 2});
  AddCell(record, {"local-in-map", "node-26", {}, Verdict::kAsExpected, {outcome}, 2, 2, 2});
  AddSkipped(record, "local-in-map", "node-26", {"guard"}, "its worker has no such strategy");
  AddCell(record, {"local-in-map", "node-26", {"quarantine"}, Verdict::kMissed, {}, 2, 2, 0});

  AddCell(record, {"local-in-coroutine", "libnode", {}, Verdict::kKnownGap, {}, 2, 2, 0});
  AddCell(record,
          {"local-in-coroutine", "libnode", {"quarantine"}, Verdict::kInconclusive, {}, 2, 0, 0});
  AddCell(record, {"local-in-coroutine",
                   "libnode",
                   {"asan"},
                   Verdict::kWrongFinding,
                   {Seen("PX006", "exit", 0, -1)},
                   2,
                   2,
                   0});
  AddCell(record, {"two-threads",
                   "libnode",
                   {},
                   Verdict::kAsExpected,
                   {Seen("PX001", "exit", 0, -1)},
                   10,
                   8,
                   6});
  AddCell(record, {"two-threads", "node-26", {}, Verdict::kHarnessError, {}, 1, 0, 0});
  return record;
}

}  // namespace handrail
