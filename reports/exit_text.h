// How a trial's process ended, as lines of a finding's block: V8's own text, the sanitizer's kind
// and its first frames, or the last lines of output where nothing else explains the end. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/core/evidence.h"
#include "reports/layout.h"

namespace handrail {

// At most `most` lines, none for a clean exit.
std::vector<std::string> ExitLines(const TextStyle& style, const Evidence& evidence, size_t most);

}  // namespace handrail
