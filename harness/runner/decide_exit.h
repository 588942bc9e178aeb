// From the circumstances of a process's end to the one Exit that is recorded. Pure: the order in
// which the explanations are tried is all that lives here.
#pragma once

#include <optional>
#include <string>

#include "harness/core/exit.h"
#include "harness/core/protocol.h"

namespace handrail {

// ASan's own exit status, so that it is told apart from the program's.
inline constexpr int kSanitizerStatus = 66;

enum class EndedBy { kItself, kTimeLimit, kMemoryLimit, kOutputLimit };

struct Circumstances {
  int wait_status = 0;  // as waitpid gives it
  EndedBy ended_by = EndedBy::kItself;
  std::string limit;                // of a limit, in words: "2048 MiB"
  bool done = false;                // the worker said that the trial was complete
  std::optional<Event> last_words;  // V8's, by event
  std::string output;               // what it printed, as far as it was kept
  std::string sanitizer_log;        // empty: none
};

Exit DecideExit(const Circumstances& circumstances);

}  // namespace handrail
