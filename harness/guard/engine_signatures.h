// The table of what this engine's functions take and return, made by scripts/signatures.py when the worker
// is built; see signature.h.
#pragma once

#include <string_view>

namespace handrail::guard {

std::string_view EngineSignatures();

}  // namespace handrail::guard
