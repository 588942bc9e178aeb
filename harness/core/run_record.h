// The record of one run: context, every trial, every judged result. It is what reports read and
// what is written as JSON (reports/schema/run-record.schema.json). Plain data; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/evidence.h"
#include "harness/core/scenario_decl.h"
#include "harness/core/verdict.h"

namespace handrail {

inline constexpr int kSchemaVersion = 1;

struct EngineInfo {
  std::string id;          // "node-26"
  std::string v8_version;  // "14.6.202.34-node.19"
  std::string path;        // as found; repository-relative below the checkout
  std::string problem;     // not empty: it could not be used, and why
  std::vector<std::string> instruments{};  // what its worker was built with
};

struct RunContext {
  std::string handrail;  // our version
  std::string commit;    // empty: not known
  std::string host;      // kernel, processor, cores: never the machine's name
  std::string started;   // ISO 8601, UTC
  std::string command;   // as given, quoted for a shell
  std::string profile;
  std::vector<EngineInfo> engines;
  double duration_ms = 0;
  size_t planned_trials = 0;  // of which the record's trials were run
  bool interrupted = false;   // the run was cut off: what is here is what was done by then
};

// One (scenario, strategy, engine, instruments, size, seed) and what became of it.
struct TrialRecord {
  std::string scenario;
  std::string strategy;
  StrategyKind kind = StrategyKind::kCorrect;
  std::string engine;
  std::vector<std::string> instruments;
  int64_t size = 1;
  uint64_t seed = 1;
  Verdict verdict = Verdict::kSkipped;
  std::string reason;     // one line: why this verdict
  bool detected = false;  // a declared finding was made; of a race: any finding
  Evidence evidence;
  std::string repeat;  // the command that runs just this trial again
};

// All trials of one (scenario, strategy, engine, instruments) judged together.
struct ResultRecord {
  std::string scenario;
  std::string strategy;
  StrategyKind kind = StrategyKind::kCorrect;
  std::string engine;
  std::vector<std::string> instruments{};  // of a strategy that was not run: those asked for
  Verdict verdict = Verdict::kSkipped;
  std::string reason;
  int trials = 0;
  int detected = 0;   // trials in which a declared finding was made
  int triggered = 0;  // trials in which the harm came about
  std::vector<Figure> figures;  // what its trials measured: the median of each
};

struct RunRecord {
  RunContext context;
  std::vector<ScenarioDecl> scenarios;  // those that the run chose from
  std::vector<TrialRecord> trials;
  std::vector<ResultRecord> results;
  bool selftest_ran = false;
  std::string selftest_problem;  // not empty: a canary was missed, nothing is reported as clean
};

// 0 as declared, 1 something is not, 3 harness or self-test failure (also: an engine that was
// chosen cannot be used), 4 nothing ran, 130 interrupted.
int ExitCode(const RunRecord& record);

}  // namespace handrail
