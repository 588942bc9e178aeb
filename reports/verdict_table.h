// The table of a run: one row a strategy, one column an engine, grouped by family and scenario. No
// line is wrapped; what is too long is shortened. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "reports/finding_text.h"
#include "reports/layout.h"
#include "reports/record_index.h"

namespace handrail {

// What became of a strategy on an engine, in a word or two; what fails a run is in capitals.
struct Cell {
  std::string text;
  Ink ink = Ink::kPlain;
};

// `brief` words fit into eight columns. When a canary was missed, correct code is "unproven".
Cell VerdictCell(const RecordIndex& index, const ResultRecord& result, bool brief);

// "V8 10.2", of "10.2.154.26-node.36".
std::string ShortVersion(std::string_view version);

// At most style.width columns wide for up to seven engines; more engines give a second table.
// Empty when there is no result.
std::string VerdictTable(const RecordIndex& index, const TextStyle& style);

}  // namespace handrail
