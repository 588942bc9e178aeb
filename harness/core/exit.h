// How a trial's process ended, kept apart from what was found in it: a program can print the right
// answer and then crash, and both are worth knowing. Plain data; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace handrail {

enum class ExitKind {
  kClean,        // exit status 0 and the worker said that the trial was complete
  kV8Fatal,      // V8 gave a fatal error: Exit::where and Exit::message hold its text
  kSignal,       // killed by a signal that no one of the others explains
  kSanitizer,    // a sanitizer's report ended it: message is its kind, frames its stack
  kTimeout,      // the runner ended it at its time limit
  kOutOfMemory,  // V8's heap limit or the runner's memory limit
  kOutputLimit,  // the runner ended it because it printed without end
  kNonzero,      // any other exit status
  kIncomplete,   // exit status 0, but the trial never came to its end
};

struct Frame {
  std::string function{};
  std::string file{};  // repository-relative where the debug information is; empty: unknown
  int line = 0;        // 1-based; 0: unknown
};

struct Exit {
  ExitKind kind = ExitKind::kClean;
  int code = 0;           // exit status, of kNonzero and kSanitizer
  int signal = 0;         // signal number, of every kind that ended by one; 0: none
  std::string where{};    // V8's location, as "v8::HandleScope::CreateHandle()"
  std::string message{};  // one line: V8's text, the sanitizer's kind, the limit that was passed
  std::vector<Frame> frames{};
};

// "v8-fatal", the word that is used in records and on the command line.
std::string_view ToString(ExitKind kind);
std::optional<ExitKind> ParseExitKind(std::string_view text);

// One line for a person: "killed by SIGSEGV", "V8 fatal error in v8::HandleScope::CreateHandle()".
std::string Describe(const Exit& exit);

}  // namespace handrail
