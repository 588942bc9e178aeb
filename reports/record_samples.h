// A trial's samples as a table that stays small without hiding a peak. Pure; any thread.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/core/sample.h"
#include "reports/json_writer.h"

namespace handrail {

inline constexpr size_t kMaxSampleRows = 128;

// At most kMaxSampleRows of `samples`, in their order: the first, the last, and from each of equal
// stretches those with the least and the greatest used heap, handles and RSS. The pointers are into
// `samples`.
std::vector<const Sample*> ThinSamples(const std::vector<Sample>& samples);

// {"columns": [...], "rows": [[...]]}, thinned; a column that no row measured is left out, a value
// that was not measured is null.
void WriteSamples(JsonWriter& json, const std::vector<Sample>& samples);

// `table` as written above. On a fault what was read so far, and the fault in `error` after
// `place`.
std::vector<Sample> ReadSamples(const nlohmann::json& table, const std::string& place,
                                std::string* error);

}  // namespace handrail
