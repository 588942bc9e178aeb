// One finding as a person reads it on a terminal: what it is, where, the life of the thing, the V8
// rule behind it, how to mend it and how to see it again. At most 30 lines, no raw addresses, and
// nothing from outside can reach the terminal but as printable text. Pure; any thread.
//
//   error[HD001]: Local used after its HandleScope closed (seen 12 times)
//     --> scenarios/escape/resolver_map.cc:58   strategy local-in-map, engine node-26, seed 7
//      41 | scope opened here
//      58 | used here: the slot now holds another object
//     why:   a Local lives only as long as the HandleScope that was open when it was made
//     fix:   keep a v8::Global
//     again: build/bin/handrail replay escape/resolver-map/local-in-map --engine node-26 --seed 7
#pragma once

#include <cstddef>
#include <string>

#include "harness/core/codes.h"
#include "harness/core/finding.h"
#include "harness/core/run_record.h"
#include "reports/layout.h"

namespace handrail {

inline constexpr size_t kMaxFindingLines = 30;

// `declared` is where the strategy stands, for when nothing better is known; its file may be empty.
// `info` may be nullptr: then the finding's own message is its title, and there is no why and fix.
// Each line ends with a line break.
std::string FindingText(const Finding& finding, const TrialRecord& trial, const LifeEvent& declared,
                        const CodeInfo* info, const TextStyle& style);

// The same block for a trial in which nothing was found: what it did instead, and how it ended.
std::string TrialText(const TrialRecord& trial, const LifeEvent& declared, const TextStyle& style);

}  // namespace handrail
