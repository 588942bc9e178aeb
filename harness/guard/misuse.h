// What a detector of this folder has seen: a misuse of V8, with the stations of the handle's life as
// addresses in the program. Addresses become source lines only when it is told (code_place.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace handrail::guard {

struct Station {
  std::string what{};         // "made here by v8::Object::New"
  const void* at = nullptr;   // the address after a call; nullptr: not known
};

struct Misuse {
  std::string code{};      // "HD001", see harness/core/codes.h
  std::string detector{};  // "quarantine" or "ownership"
  std::string message{};   // one line
  std::vector<Station> life{};  // in order of time; the last one is the misuse itself
};

// Called on the thread that made the mistake, inside the call that it was seen at. Must not call V8.
using ReportMisuse = std::function<void(const Misuse&)>;

}  // namespace handrail::guard
