// Findings that one faulty line makes over and over: the first of its kind is passed on at once, so
// that it outlives a crash one line later; the others are only counted, and told as a number.
//
// Memory: for each kind, which is a code and up to three places. Any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/finding.h"
#include "harness/observe/oracle.h"

namespace handrail {

// A station in a life, not yet made into text.
struct Station {
  const char* what;  // a literal
  Place place;
};
LifeEvent ToLifeEvent(const Station& station);

class RepeatedFindings {
 public:
  using Report = std::function<void(Finding)>;

  explicit RepeatedFindings(Report report) : report_(std::move(report)) {}

  // `code` and `message` are literals: together with the places they tell what is the same.
  void Tell(const char* code, const char* message, const std::vector<Station>& life,
            int64_t operation);

  // One that is counted already. Passed on as it is.
  void TellCounted(Finding finding);

  // Passes on how often each came again. Nothing is passed on afterwards.
  void Conclude();

 private:
  struct Repeated {
    Finding finding;
    int64_t again = 0;
  };
  // Code, message and places, by address: a program has each of them once, or a few times.
  using Kind = std::vector<std::pair<const void*, uint_least32_t>>;

  std::mutex mutex_;
  Report report_;  // nullptr once concluded
  std::map<Kind, Repeated> kinds_;
};

}  // namespace handrail
