// The run record as JSON text and back: the one machine-readable form of a run, whose shape is
// reports/schema/run-record.schema.json. Pure; any thread.
//
// What is given up on the way: of each trial's samples at most kMaxSampleRows stay (peaks do, see
// record_samples.h), of its output kMaxOutputBytes (head and tail), and text becomes valid UTF-8
// without control characters. Writing what was read gives the same text again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/run_record.h"

namespace handrail {

inline constexpr size_t kMaxOutputBytes = size_t{16} << 10;

// Ends with a line break. "summary" counts results by verdict, "detection" is the table of a run
// over several sets of instruments; both are for readers, never read back.
std::string RecordToJson(const RunRecord& record);

// Nothing, and in `error` what is wrong and where ("line 3, column 9", "trials[3].exit.kind"), when
// the text is no record, was cut off, or has another schema version. Unknown members are passed
// over. Never throws.
std::optional<RunRecord> ParseRecord(std::string_view json, std::string* error);

}  // namespace handrail
