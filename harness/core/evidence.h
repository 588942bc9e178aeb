// What comes back from one trial, whatever became of its process. Collected by the runner, read by
// the judge. Everything in it came from a process that may be lying: it is data, never believed to
// be well-formed text or in order. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/exit.h"
#include "harness/core/figure.h"
#include "harness/core/finding.h"
#include "harness/core/sample.h"

namespace handrail {

struct Evidence {
  Exit exit;
  std::vector<Finding> findings;  // in the order in which they were seen
  std::vector<Sample> samples;
  int64_t samples_dropped = 0;  // the ring was full and the runner was busy
  LifeEvent faulty_line;        // where; its line 0: never reached, or not told
  int64_t reached = 0;          // how often it ran
  int64_t triggered = 0;        // how often the harm really came about
  int64_t operations = 0;       // what the scenario counted as steps
  std::vector<Figure> figures;  // what it measured, in the order in which it was told
  std::optional<ClaimOutcome> claim;  // of a trial that measures what a document asserts
  std::vector<std::string> notes;  // what else is worth a line: strays ended, evidence unreadable
  std::string output;              // head and tail of stdout and stderr, cut at the limit
  double duration_ms = 0;
  double cpu_ms = 0;
  int64_t peak_rss = kNotMeasured;
  // Not empty: the trial could not be run at all, and this is why. Nothing else is meaningful then.
  std::string harness_error;
};

}  // namespace handrail
