#include "harness/runner/decide_exit.h"

#include <sys/wait.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "harness/runner/sanitizer_log.h"
#include "harness/runner/v8_text.h"

namespace handrail {
namespace {

Exit ByLimit(const Circumstances& c) {
  Exit exit;
  exit.message = c.limit;
  if (c.ended_by == EndedBy::kTimeLimit) exit.kind = ExitKind::kTimeout;
  if (c.ended_by == EndedBy::kMemoryLimit) exit.kind = ExitKind::kOutOfMemory;
  if (c.ended_by == EndedBy::kOutputLimit) exit.kind = ExitKind::kOutputLimit;
  return exit;
}

std::optional<Exit> BySanitizer(const Circumstances& c) {
  const bool status = WIFEXITED(c.wait_status) && WEXITSTATUS(c.wait_status) == kSanitizerStatus;
  if (!status && c.sanitizer_log.empty()) return std::nullopt;
  std::optional<SanitizerReport> report = ParseSanitizerLog(c.sanitizer_log);
  if (!report && !status) return std::nullopt;
  Exit exit;
  exit.kind = ExitKind::kSanitizer;
  exit.code = kSanitizerStatus;
  exit.where = report ? report->tool : "sanitizer";
  exit.message = report ? report->kind : "its report could not be read";
  if (report) exit.frames = std::move(report->frames);
  return exit;
}

// Only a process that died of it: V8's text in the output of one that went on proves nothing.
std::optional<Exit> ByV8(const Circumstances& c) {
  Exit exit;
  if (c.last_words) {
    const bool memory = c.last_words->kind == Event::Kind::kOutOfMemory;
    exit.kind = memory ? ExitKind::kOutOfMemory : ExitKind::kV8Fatal;
    exit.where = c.last_words->where;
    exit.message = c.last_words->message;
    return exit;
  }
  std::optional<V8Words> words = FindV8Words(c.output);
  if (!words) return std::nullopt;
  exit.kind = words->out_of_memory ? ExitKind::kOutOfMemory : ExitKind::kV8Fatal;
  exit.where = std::move(words->where);
  exit.message = std::move(words->message);
  return exit;
}

// A check that failed inside V8 ends in a trap instruction, which a sanitizer reports as any other
// signal. What V8 said is the better word for it; the sanitizer's stack tells who called.
Exit WithV8Words(Exit by_sanitizer, const Circumstances& c) {
  if (by_sanitizer.message != "TRAP") return by_sanitizer;
  std::optional<Exit> exit = ByV8(c);
  if (!exit) return by_sanitizer;
  exit->code = by_sanitizer.code;
  // The innermost frames are V8's way out.
  std::vector<Frame>& frames = by_sanitizer.frames;
  const auto way_out = std::find_if(frames.rbegin(), frames.rend(), [](const Frame& frame) {
    return frame.function.starts_with("V8_Fatal(") ||
           frame.function.find("DefaultDcheckHandler(") != std::string::npos;
  });
  exit->frames.assign(std::make_move_iterator(way_out.base()),
                      std::make_move_iterator(frames.end()));
  return *std::move(exit);
}

}  // namespace

Exit DecideExit(const Circumstances& c) {
  if (c.ended_by != EndedBy::kItself) return ByLimit(c);
  if (std::optional<Exit> exit = BySanitizer(c)) return WithV8Words(*std::move(exit), c);
  const bool signalled = WIFSIGNALED(c.wait_status);
  const int code = WIFEXITED(c.wait_status) ? WEXITSTATUS(c.wait_status) : 0;
  if (signalled || code != 0) {
    if (std::optional<Exit> exit = ByV8(c)) {
      exit->signal = signalled ? WTERMSIG(c.wait_status) : 0;
      exit->code = code;
      return *std::move(exit);
    }
  }
  Exit exit;
  if (signalled) {
    exit.kind = ExitKind::kSignal;
    exit.signal = WTERMSIG(c.wait_status);
  } else if (code != 0) {
    exit.kind = ExitKind::kNonzero;
    exit.code = code;
  } else if (!c.done) {
    exit.kind = ExitKind::kIncomplete;
  }
  return exit;
}

}  // namespace handrail
