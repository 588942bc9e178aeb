// The detection table as a member of the JSON record. Pure; any thread.
#pragma once

#include "harness/core/run_record.h"
#include "reports/json_writer.h"

namespace handrail {

// Writes the member "detection"; nothing for a run over one set of instruments.
void WriteDetection(JsonWriter& json, const RunRecord& record);

}  // namespace handrail
