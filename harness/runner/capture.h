// Runs a short program to its end and takes what it prints: how an engine is asked for its catalog.
// Blocks the calling thread. Trials are run by supervisor.h, not by this.
#pragma once

#include <string>

namespace handrail {

struct Command;

struct Captured {
  int status = -1;      // exit status; 128 + signal when it was killed
  std::string out;      // stdout, at most 16 MiB
  std::string err;      // stderr, at most 1 MiB
  std::string problem;  // not empty: it could not be run, or took longer than the limit
};

Captured RunAndCapture(const Command& command, int limit_ms);

}  // namespace handrail
