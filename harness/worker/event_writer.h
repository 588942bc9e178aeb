// The worker's end of the event pipe. Each event is one JSON line in one write(2), so that a line is
// whole or absent when the process dies. Any thread, also the one on which V8 just failed.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "harness/core/protocol.h"

namespace handrail {

class EventWriter {
 public:
  explicit EventWriter(int fd) : fd_(fd) {}

  void Reached(std::string file, int line);
  void Report(Finding finding);
  void LastWords(bool out_of_memory, const char* location, const char* message);
  void Note(std::string message);
  // What is no number (IsFigure) becomes a note that says so: a division by nothing measured is no
  // fault of the evidence.
  void Measured(Figure figure);
  void Claim(ClaimOutcome outcome);
  // The body came to its end; also tells how many findings were only counted.
  void Done();

  // A broken loop can make the same finding a million times: of each code and place so many are
  // written out, the rest is counted.
  static constexpr int64_t kWrittenOfEach = 3;

 private:
  void Write(const Event& event);

  int fd_;
  std::mutex mutex_;  // guards seen_ and the order of writes
  std::map<std::string, Finding> seen_;  // by code and place; count: how often so far
};

}  // namespace handrail
