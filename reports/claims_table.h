// The table of claims: what documents assert, and what came of it on each engine, with the figures.
// For each claim its one line with upheld, refuted or not run under each engine; below it where it
// comes from and where it is tried, then for each engine what its trials measured (the medians), or
// the reason where they measured nothing or came to no outcome. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/run_record.h"
#include "reports/layout.h"
#include "reports/record_index.h"

namespace handrail {

// Whether this result is a claim's: one that never fails a run.
bool IsClaim(const ResultRecord& result);

// "upheld", "refuted", "unclear" for what came to no outcome, "not run".
std::string_view ClaimWord(Verdict verdict);

// At most style.width columns wide; engines that do not fit beside a claim follow in a second
// table. Empty when there is no claim.
std::string ClaimsTable(const RecordIndex& index, const TextStyle& style);

}  // namespace handrail
