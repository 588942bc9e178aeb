#include "harness/core/exit.h"

#include <cstring>
#include <iterator>
#include <utility>

namespace handrail {
namespace {

constexpr std::pair<ExitKind, std::string_view> kKinds[] = {
    {ExitKind::kClean, "clean"},
    {ExitKind::kV8Fatal, "v8-fatal"},
    {ExitKind::kSignal, "signal"},
    {ExitKind::kSanitizer, "sanitizer"},
    {ExitKind::kTimeout, "timeout"},
    {ExitKind::kOutOfMemory, "out-of-memory"},
    {ExitKind::kOutputLimit, "output-limit"},
    {ExitKind::kNonzero, "nonzero"},
    {ExitKind::kIncomplete, "incomplete"},
};

// "SIGSEGV"; real-time signals have no name of their own.
std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

// `head`, and after a colon what is known of the cause.
std::string With(const std::string& head, const std::string& detail) {
  return detail.empty() ? head : head + ": " + detail;
}

}  // namespace

std::string_view ToString(ExitKind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  return "unknown";
}

std::optional<ExitKind> ParseExitKind(std::string_view text) {
  for (const auto& [value, name] : kKinds) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::string Describe(const Exit& exit) {
  switch (exit.kind) {
    case ExitKind::kClean:
      return "ended cleanly";
    case ExitKind::kV8Fatal:
      return With(exit.where.empty() ? "V8 fatal error" : "V8 fatal error in " + exit.where,
                  exit.message);
    case ExitKind::kSignal:
      return With("killed by " + SignalName(exit.signal), exit.message);
    case ExitKind::kSanitizer:
      return With("ended by a sanitizer", exit.message);
    case ExitKind::kTimeout:
      return With("did not end in time", exit.message);
    case ExitKind::kOutOfMemory:
      return With("out of memory", exit.message);
    case ExitKind::kOutputLimit:
      return With("printed without end", exit.message);
    case ExitKind::kNonzero:
      return With("exit status " + std::to_string(exit.code), exit.message);
    case ExitKind::kIncomplete:
      return With("exit status 0 before the trial was done", exit.message);
  }
  return "ended in an unknown way";
}

}  // namespace handrail
