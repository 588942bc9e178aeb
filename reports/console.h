// The closing report of a run for a terminal: a table of every strategy on every engine, what went
// wrong, known gaps, engines that could not be used, claims, and the counts as the last thing that
// is read. Nothing from outside reaches the terminal but as printable text. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/codes.h"
#include "harness/core/run_record.h"

namespace handrail {

struct ConsoleOptions {
  bool colour = false;               // the caller knows about terminals, NO_COLOR and CI
  int width = 100;                   // taken between 80 and 100
  std::vector<std::string> written;  // paths of the reports that were written
  const CodeInfo* (*find_code)(std::string_view) = FindCode;
};

// Ends with a line break.
std::string ConsoleReport(const RunRecord& record, const ConsoleOptions& options);

}  // namespace handrail
