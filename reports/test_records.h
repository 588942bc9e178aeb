// Small run records that tests of reports are made from.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/codes.h"
#include "harness/core/run_record.h"

namespace handrail {

// Adds a result and one trial with the same verdict; change them where they are returned from.
struct Added {
  TrialRecord& trial;
  ResultRecord& result;
};
Added Add(RunRecord& record, const std::string& id, const std::string& engine, StrategyKind kind,
          Verdict verdict);

// "HD010" as the oracle gives it, with a life of four stations.
Finding StaleLocal();

// A record with two engines in its context and nothing run.
RunRecord EmptyRecord();
// One result of every verdict and kind, samples, an unusable engine: everything a report can show.
RunRecord MixedRecord();
// Every text that may come from outside is an attack on the terminal or on JSON.
RunRecord HostileRecord();

// A fixed table of codes, so that golden files do not change with the catalog's wording.
const CodeInfo* FindTestCode(std::string_view code);

}  // namespace handrail
