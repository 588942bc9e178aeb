// One thing that a detector saw: a stable code, who saw it, how certain that is, and the life of
// the thing concerned. A finding is a value; it never ends a program. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handrail {

enum class Certainty {
  kCertain,      // the detector cannot be wrong about it
  kStatistical,  // a trend over samples, with its significance in the message
};

// A station in the life of a handle, promise or isolate: "made here", "settled here", "used here".
struct LifeEvent {
  std::string what{};
  std::string file{};  // repository-relative
  int line = 0;        // 1-based; 0: unknown
};

struct Finding {
  std::string code{};      // see codes.h: "HD010"
  std::string detector{};  // "oracle", "promise-ledger", "exit", "counts", "trend", ...
  Certainty certainty = Certainty::kCertain;
  std::string message{};  // one line, no addresses
  std::vector<LifeEvent> life{};
  int64_t operation = -1;  // operations of the trial until it was seen; -1: not known
  int64_t count = 1;       // how often, folded by the first occurrence's text
};

std::string_view ToString(Certainty certainty);

// Adds `finding` to `findings`; one with the same code, detector and last place is only counted.
void Fold(std::vector<Finding>& findings, Finding finding);

}  // namespace handrail
