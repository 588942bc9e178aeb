// What the end of a process says by itself: V8's fatal errors by their text, signals, limits,
// sanitizers. Pure; any thread.
#pragma once

#include <vector>

#include "harness/core/exit.h"
#include "harness/core/finding.h"

namespace handrail {

// None for a clean end, else one with detector "exit". Where frames with a source file are known,
// the innermost of them is the end of its life.
std::vector<Finding> ExitFindings(const Exit& exit);

}  // namespace handrail
