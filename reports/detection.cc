#include "reports/detection.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "harness/core/instruments.h"

namespace handrail {
namespace {

using Kind = DetectionCell::Kind;

bool IsBroken(const ResultRecord& result) { return result.kind == StrategyKind::kBroken; }

// By engine as the index has them, then by set: none first, then as they were first seen.
std::vector<DetectionColumn> ColumnsOf(const RecordIndex& index) {
  std::vector<DetectionColumn> columns;
  for (const std::string& engine : index.engines()) {
    const size_t first = columns.size();
    for (const ResultRecord& result : index.record().results) {
      if (result.engine != engine || result.kind == StrategyKind::kClaim) continue;
      const bool known =
          std::any_of(columns.begin() + static_cast<std::ptrdiff_t>(first), columns.end(),
                      [&](const auto& one) { return one.instruments == result.instruments; });
      if (!known) columns.push_back({engine, result.instruments});
    }
    std::stable_partition(columns.begin() + static_cast<std::ptrdiff_t>(first), columns.end(),
                          [](const DetectionColumn& one) { return one.instruments.empty(); });
  }
  return columns;
}

size_t ColumnOf(const std::vector<DetectionColumn>& columns, const ResultRecord& result) {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const DetectionColumn& one) {
    return one.engine == result.engine && one.instruments == result.instruments;
  });
  return static_cast<size_t>(at - columns.begin());
}

// The last place that is the scenario's own code: a line of V8's headers tells nothing without its
// file.
int LineOf(const Finding& finding) {
  for (auto event = finding.life.rbegin(); event != finding.life.rend(); ++event) {
    if (event->line > 0 && event->file.starts_with("scenarios/")) return event->line;
  }
  return 0;
}

// What was found in the first trial that shows it, as the table names it.
void TellFinding(const RecordIndex& index, const ResultRecord& result, bool detected,
                 DetectionCell& cell) {
  for (const TrialRecord* trial : index.TrialsOf(result)) {
    if (trial->detected != detected) continue;
    const Finding* finding = index.Telling(result, *trial);
    if (finding == nullptr) continue;
    cell.code = finding->code;
    cell.operation = finding->operation;
    cell.line = LineOf(*finding);
    return;
  }
}

Kind KindOf(const ResultRecord& result, const DetectionCell& cell) {
  switch (result.verdict) {
    case Verdict::kSkipped:
      return Kind::kNotApplicable;
    case Verdict::kHarnessError:
      return Kind::kError;
    case Verdict::kWrongFinding:
      return Kind::kWrong;
    default:
      break;
  }
  if (cell.triggered == 0) return Kind::kInconclusive;
  if (cell.detected == cell.triggered) return Kind::kCaught;
  if (cell.detected > 0) return Kind::kSometimes;
  return result.verdict == Verdict::kKnownGap ? Kind::kGap : Kind::kMissed;
}

DetectionCell CellOf(const RecordIndex& index, const ResultRecord& result) {
  DetectionCell cell;
  for (const TrialRecord* trial : index.TrialsOf(result)) {
    // Detected without harm shows nothing, but where the trial destroyed the count of its harm.
    const bool counts = trial->evidence.triggered > 0 || trial->verdict == Verdict::kAsExpected;
    if (trial->detected && counts) ++cell.detected;
    if (trial->evidence.triggered > 0 || (trial->detected && counts)) ++cell.triggered;
  }
  cell.kind = KindOf(result, cell);
  cell.reason = result.reason;
  if (cell.kind == Kind::kCaught || cell.kind == Kind::kSometimes) {
    TellFinding(index, result, true, cell);
  } else if (cell.kind == Kind::kWrong) {
    TellFinding(index, result, false, cell);
    if (cell.code.empty()) TellFinding(index, result, true, cell);
  }
  return cell;
}

// One seed is enough.
bool IsAccused(const RecordIndex& index, const ResultRecord& result) {
  const std::vector<const TrialRecord*>& trials = index.TrialsOf(result);
  return std::any_of(trials.begin(), trials.end(), [](const TrialRecord* trial) {
    return trial->verdict == Verdict::kFalseAlarm;
  });
}

void Count(const DetectionCell& cell, DetectionColumn& column) {
  switch (cell.kind) {
    case Kind::kCaught:
      ++column.caught;
      break;
    case Kind::kSometimes:
      ++column.sometimes;
      break;
    case Kind::kMissed:
    case Kind::kGap:
    case Kind::kWrong:
      ++column.missed;
      break;
    case Kind::kInconclusive:
      ++column.inconclusive;
      break;
    case Kind::kNotApplicable:
    case Kind::kError:
      ++column.not_applicable;
      break;
  }
}

double Median(std::vector<double> values) {
  if (values.empty()) return kNoSlowDown;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void MeasureSlowDown(const RunRecord& record, std::vector<DetectionColumn>& columns) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, int64_t, uint64_t>;
  const auto key_of = [](const TrialRecord& trial) {
    return Key(trial.scenario, trial.strategy, trial.engine, trial.size, trial.seed);
  };
  std::map<Key, double> plain;
  const auto usable = [](const TrialRecord& trial) {
    return trial.kind == StrategyKind::kCorrect && trial.evidence.duration_ms > 0;
  };
  for (const TrialRecord& trial : record.trials) {
    if (usable(trial) && trial.instruments.empty()) {
      plain[key_of(trial)] = trial.evidence.duration_ms;
    }
  }
  for (DetectionColumn& column : columns) {
    std::vector<double> ratios;
    for (const TrialRecord& trial : record.trials) {
      const bool here = trial.engine == column.engine && trial.instruments == column.instruments;
      const auto same = here && usable(trial) ? plain.find(key_of(trial)) : plain.end();
      if (same != plain.end()) ratios.push_back(trial.evidence.duration_ms / same->second);
    }
    column.slow_down = Median(std::move(ratios));
  }
}

// Without guard and quarantine there is nothing to sum up.
bool HasOwnDetectors(const std::vector<DetectionColumn>& columns, const std::string& engine) {
  return std::any_of(columns.begin(), columns.end(), [&](const DetectionColumn& one) {
    return one.engine == engine && (InstrumentIsOn("guard", one.instruments) ||
                                    InstrumentIsOn("quarantine", one.instruments));
  });
}

}  // namespace

bool HasDetection(const RunRecord& record) {
  std::map<std::string_view, const std::vector<std::string>*> first;
  for (const ResultRecord& result : record.results) {
    if (result.kind == StrategyKind::kClaim) continue;
    const auto [at, fresh] = first.try_emplace(result.engine, &result.instruments);
    if (!fresh && *at->second != result.instruments) return true;
  }
  return false;
}

Detection DetectionOf(const RecordIndex& index) {
  Detection detection;
  detection.columns = ColumnsOf(index);
  std::map<std::pair<std::string_view, std::string_view>, size_t> places;
  for (const ResultRecord& result : index.record().results) {
    if (result.kind == StrategyKind::kClaim) continue;
    const size_t place = ColumnOf(detection.columns, result);
    DetectionColumn& column = detection.columns[place];
    if (!IsBroken(result)) {
      column.correct += result.verdict == Verdict::kSkipped ? 0 : 1;
      column.false_alarms += IsAccused(index, result) ? 1 : 0;
      continue;
    }
    const auto [at, fresh] =
        places.try_emplace({result.scenario, result.strategy}, detection.rows.size());
    if (fresh) {
      detection.rows.push_back({result.scenario, result.strategy, {}});
      detection.rows.back().cells.resize(detection.columns.size());
    }
    DetectionCell& cell = detection.rows[at->second].cells[place];
    cell = CellOf(index, result);
    Count(cell, column);
  }
  // Those that were run nowhere have nothing to compare; why not is told with what was not run.
  std::erase_if(detection.rows, [](const DetectionRow& row) {
    return std::all_of(row.cells.begin(), row.cells.end(), [](const DetectionCell& cell) {
      return cell.kind == Kind::kNotApplicable;
    });
  });
  MeasureSlowDown(index.record(), detection.columns);
  for (const std::string& engine : index.engines()) {
    if (HasOwnDetectors(detection.columns, engine)) {
      detection.covers.push_back(CoverOf(index, engine));
    }
  }
  return detection;
}

}  // namespace handrail
