// Which detector catches what: every broken strategy against every engine and set of instruments of
// one run, as data. Made from a record, read by the table, the JSON record and Markdown. Pure; any
// thread.
//
// A cell counts what was *declared* and found: harm that something else happened to see is not
// caught by the instrument that was to see it. Slow-down compares each trial of correct code with
// the same trial without instruments, in the same run; its process's start is in both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/record_index.h"

namespace handrail {

struct DetectionCell {
  enum class Kind {
    kCaught,     // in every trial that did harm
    kSometimes,  // in some of them
    kMissed,
    kGap,            // missed, and declared so
    kWrong,          // found, but not for a declared reason
    kInconclusive,   // no trial did harm
    kNotApplicable,  // not run, and why
    kError,          // the harness failed
  };
  Kind kind = Kind::kNotApplicable;
  std::string code;        // of the most telling finding; empty: none
  int line = 0;            // the last place in its life that is the scenario's own; 0: not known
  int64_t operation = -1;  // operations until it was seen; -1: not known
  int detected = 0;        // trials
  int triggered = 0;       // trials that did harm, or in which it was detected
  std::string reason;      // of what was not run
};

struct DetectionRow {
  std::string scenario;
  std::string strategy;
  std::vector<DetectionCell> cells;  // one for each column
};

inline constexpr double kNoSlowDown = -1;  // nothing to compare with

struct DetectionColumn {
  std::string engine;
  std::vector<std::string> instruments;
  int caught = 0;  // broken strategies
  int sometimes = 0;
  int missed = 0;  // with wrong findings and gaps
  int inconclusive = 0;
  int not_applicable = 0;
  int correct = 0;  // correct strategies that were judged
  int false_alarms = 0;
  double slow_down = kNoSlowDown;  // median over trials of correct code

  int Conclusive() const { return caught + sometimes + missed; }
};

// Over all sets of instruments of one engine: the trials of strategies that misuse a Local, a
// Global or a promise (they declare HD or PR codes) and did harm; each (strategy, size, seed) once.
struct DetectionCover {
  std::string engine;
  int harmful = 0;
  int caught = 0;  // by at least one of kCoverDetectors
  std::vector<std::pair<std::string, int>> by_detector;  // any detector, the most frequent first
  std::vector<std::string> uncaught;                     // strategies, in the record's order
};

// The guard, the quarantine with its ownership checks, the promise ledger, and growth by count and
// by trend: those that need no oracle and no crash.
inline constexpr std::string_view kCoverDetectors[] = {"guard",          "quarantine", "ownership",
                                                       "promise-ledger", "counts",     "trend"};

struct Detection {
  std::vector<DetectionColumn> columns;  // by engine, sets in the order in which they were run
  std::vector<DetectionRow> rows;      // broken strategies that were run somewhere
  std::vector<DetectionCover> covers;  // one for each engine that ran with guard or quarantine
};

// Whether the record is of a run over more than one set of instruments: there is a table to show.
bool HasDetection(const RunRecord& record);

Detection DetectionOf(const RecordIndex& index);
DetectionCover CoverOf(const RecordIndex& index, const std::string& engine);

}  // namespace handrail
