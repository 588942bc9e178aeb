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
// "Deinitializing the isolate ..." where Node's platform disposes it. Then checks that only a V8 with
// its own checks compiled in makes (the instrument "checked"), where they mean just that rule.
constexpr FatalText kFatalTexts[] = {
    {"Escape value set twice", "HD011"},
    {"Cannot create a handle without a HandleScope", "HD012"},
    {"the isolate that is entered by a thread", "IS001"},
    {"without proper locking", "IS003"},
    {"IsTheHole(i::Tagged<i::Object>(*escape_slot_)", "HD011"},
    {"current->level > current->sealed_level", "HD012"},
    {"CurrentPerIsolateThreadData()->isolate_ == this", "IS002"},
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

// The innermost frame in a file of this tree, else in any file: rather the caller's line than one of
// V8's headers that it is written with.
const Frame* Place(const std::vector<Frame>& frames) {
  const Frame* place = nullptr;
  for (const Frame& frame : frames) {
    if (frame.file.empty()) continue;
    if (!frame.file.starts_with('/')) return &frame;
    if (place == nullptr) place = &frame;
  }
  return place;
}

}  // namespace

std::vector<Finding> ExitFindings(const Exit& exit) {
  std::string_view code = CodeOf(exit);
  if (code.empty()) return {};
  Finding finding;
  finding.code = code;
  finding.detector = "exit";
  finding.message = OneLine(Describe(exit));
  if (const Frame* frame = Place(exit.frames)) {
    finding.life.push_back({"in " + OneLine(frame->function, 200), frame->file, frame->line});
  }
  return {finding};
}

}  // namespace handrail
