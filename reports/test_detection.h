// A record of a run over several sets of instruments, made up for the tests of detection.
#pragma once

#include "harness/core/run_record.h"

namespace handrail {

// libnode with none, quarantine and asan, node-26 with none, guard and quarantine. A strategy for
// each kind of cell; correct code is twice as slow under the quarantine, and accused once by the
// guard.
RunRecord MatrixRecord();

}  // namespace handrail
