// Where and when a run happened, as far as a reader of its record needs it. Never the machine's name
// or a user's.
#pragma once

#include <string>

#include "harness/core/run_record.h"

namespace handrail {

// Where this program and its workers lie: the folder of the running binary.
std::string BinFolder();

// `command`: as it was given, quoted for a shell.
RunContext MakeContext(const std::string& command);

}  // namespace handrail
