// The table of what was found: sites with counts. Internal to the guard.
#pragma once

#include <cstdint>

#include "harness/guard/off_stack_report.h"

namespace handrail::guard {

// Counts one more Local off the stack at `address`, which the call that returns to `caller` has put
// there, and tells of a new site as the mode says. Any thread.
void Found(uintptr_t address, void* caller, Mode mode);

}  // namespace handrail::guard
