// One trial in the process that was given to it: reads the request from its descriptor, runs the
// strategy, and sends what it has to say as it arises. See core/protocol.h for the descriptors.
#pragma once

#include "harness/engine/engine.h"

namespace handrail {

// Runs the trial on the calling thread and returns the exit status for the process. It may not
// return at all: that is what trials are for.
int RunTrialProcess(engine::Engine& engine);

// Prints the catalog of this worker as JSON. `can_fork`: a zygote works with this engine.
int PrintCatalog(const char* engine_id, bool can_fork);

// What every worker does first: no core files, first in line when memory runs out.
void PrepareWorkerProcess();

}  // namespace handrail
