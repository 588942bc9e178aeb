// The detection table for people: which set of instruments catches which broken strategy, on which
// engine; below it each column's share, false alarms and slow-down, and the share that guard,
// quarantine, ledger and trend cover together. On a terminal columns that do not fit follow in a
// second table, engine by engine. Pure; any thread.
//
//                                     libnode                            node-26
//                                     V8 10.2                            V8 14.6
//                                     none             quarantine        none quarantine
//   escape
//     multiple-promises
//       local-in-map                  HD010 :82 @10    HD001 :82 @3      HD010 :82 @10    HD001 ...
#pragma once

#include <string>

#include "reports/detection.h"
#include "reports/layout.h"

namespace handrail {

// At most style.width columns wide. Empty when there is no broken strategy.
std::string DetectionTable(const Detection& detection, const RecordIndex& index,
                           const TextStyle& style);

// The same as tables of Markdown, whose width does not matter.
std::string DetectionMarkdown(const Detection& detection, const RecordIndex& index);

}  // namespace handrail
