// Where report kinds get their meaning: `--report kind=path` ends here. Any thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "harness/core/options.h"
#include "harness/core/run_record.h"

namespace handrail {

// The kinds that WriteReport knows, sorted.
std::vector<std::string> ReportKinds();

// OK, or for a kind that does not exist the nearest one and the list of all. For checking a command
// line before a run, which is too long to end in a misspelled word.
absl::Status CheckReportKind(const std::string& kind);

// Writes the report whole or not at all (reports/write_file.h).
absl::Status WriteReport(const ReportRequest& request, const RunRecord& record);

}  // namespace handrail
