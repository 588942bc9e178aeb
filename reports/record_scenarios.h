// The declarations of the scenarios a run chose from, as members of the run record. The record has
// its own form of them, apart from a worker's catalog: its version changes for other reasons. Pure;
// any thread.
#pragma once

#include "harness/core/json_reader.h"
#include "harness/core/scenario_decl.h"
#include "reports/json_writer.h"

namespace handrail {

void WriteScenario(JsonWriter& json, const ScenarioDecl& scenario);

// Faults are kept by `json`, with their place.
ScenarioDecl ReadScenario(const JsonReader& json);

}  // namespace handrail
