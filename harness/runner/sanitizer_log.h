// Reads the report of a sanitizer: its kind, the first stack. Pure; the text comes from a process
// that may write anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/exit.h"

namespace handrail {

struct SanitizerReport {
  std::string tool;           // "AddressSanitizer"
  std::string kind;           // "heap-use-after-free", "SEGV"
  std::vector<Frame> frames;  // innermost first, at most kMostFrames

  static constexpr size_t kMostFrames = 24;
};

// Nothing when the text holds no report.
std::optional<SanitizerReport> ParseSanitizerLog(std::string_view text);

}  // namespace handrail
