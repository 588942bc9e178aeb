#include "harness/judge/exit_findings.h"

#include <string_view>

#include "harness/core/text.h"

namespace handrail {
namespace {

struct FatalText {
  std::string_view text;  // part of V8's message
  std::string_view code;
};

// Parts of the texts of V8's API checks, which are in release builds too, and of Node's. 14.6 says
// "Deinitializing the isolate ..." where Node's platform disposes it.
constexpr FatalText kFatalTexts[] = {
    {"Escape value set twice", "HD011"},
    {"Cannot create a handle without a HandleScope", "HD012"},
    {"the isolate that is entered by a thread", "IS001"},
    {"without proper locking", "IS003"},
    {"(open_handle_scopes) == (open_handle_scopes_before)", "HD030"},
};

std::string_view CodeOf(const Exit& exit) {
  switch (exit.kind) {
    case ExitKind::kClean:
      return "";
    case ExitKind::kV8Fatal:
      for (const FatalText& known : kFatalTexts) {
        if (exit.message.find(known.text) != std::string::npos) return known.code;
      }
      return "PX002";
    case ExitKind::kSignal:
      return "PX001";
    case ExitKind::kTimeout:
      return "PX003";
    case ExitKind::kOutOfMemory:
      return "PX004";
    case ExitKind::kNonzero:
      return "PX005";
    case ExitKind::kSanitizer:
      return "PX006";
    case ExitKind::kOutputLimit:
      return "PX007";
    case ExitKind::kIncomplete:
      return "PX008";
  }
  return "PX008";
}

}  // namespace

std::vector<Finding> ExitFindings(const Exit& exit) {
  std::string_view code = CodeOf(exit);
  if (code.empty()) return {};
  Finding finding;
  finding.code = code;
  finding.detector = "exit";
  finding.message = OneLine(Describe(exit));
  for (const Frame& frame : exit.frames) {
    if (frame.file.empty()) continue;
    finding.life.push_back({"in " + OneLine(frame.function, 200), frame.file, frame.line});
    break;
  }
  return {finding};
}

}  // namespace handrail
