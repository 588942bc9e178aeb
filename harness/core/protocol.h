// What runner and worker say to each other. A worker gets one TrialRequest and four descriptors at
// fixed numbers; it answers with events, one JSON object a line, each written by a single write(2),
// so that a line is whole or absent when the process dies. The runner trusts none of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/figure.h"
#include "harness/core/finding.h"

namespace handrail {

// Changes with the meaning of anything in this file, in blackboard.h or in the catalog's JSON.
inline constexpr int kProtocolVersion = 4;

// Descriptors of a trial's process, below 10 so that they are easy to see in a listing.
inline constexpr int kEventFd = 3;       // events, worker to runner: a pipe
inline constexpr int kBlackboardFd = 4;  // shared memory: see blackboard.h
inline constexpr int kRequestFd = 5;     // the TrialRequest as JSON: a sealed memory file
inline constexpr int kControlFd = 6;     // of a zygote: SOCK_SEQPACKET to the runner

// Status of a worker that could not even begin, told apart from anything that a trial does.
inline constexpr int kWorkerCannotStart = 125;
// Status after the strategy's C++ code threw: not a crash, and not V8's doing.
inline constexpr int kStrategyThrew = 124;

struct TrialRequest {
  std::string scenario;
  std::string strategy;
  uint64_t seed = 1;
  int64_t size = 1;
  std::vector<std::string> instruments;
  bool sample_pss = false;
  bool sample_spaces = false;
};

struct Event {
  enum class Kind { kReached, kFinding, kV8Fatal, kOutOfMemory, kNote, kFigure, kClaim, kDone };
  Kind kind = Kind::kNote;
  LifeEvent place;      // of kReached: the faulty line, told when it is reached first
  Finding finding;      // of kFinding
  Figure figure;        // of kFigure
  ClaimOutcome claim;   // of kClaim
  std::string where;    // of kV8Fatal, kOutOfMemory: V8's location
  std::string message;  // of kV8Fatal, kOutOfMemory, kNote
};

// A pipe takes a write of up to this many bytes (PIPE_BUF) whole or not at all.
inline constexpr size_t kMaxEventLine = 4096;

// A zygote's control socket carries these, one a packet. With a ForkRequest come five descriptors
// (SCM_RIGHTS), in this order: events, blackboard, request, stdout, stderr.
inline constexpr int kForkDescriptors = 5;
struct ForkRequest {
  uint64_t id;  // the runner's own, comes back in the reports
};
struct ForkReport {
  enum Kind : int32_t { kStarted, kEnded, kFailed };
  uint64_t id;
  Kind kind;
  int32_t pid;
  int32_t status;   // of kEnded: as waitpid gives it; of kFailed: errno
  int64_t cpu_us;   // of kEnded: user and system time
  int64_t max_rss;  // of kEnded: bytes
};

std::string ToJson(const TrialRequest& request);
// Says what is wrong in `error` and returns nothing when the text is not a request.
std::optional<TrialRequest> ParseTrialRequest(std::string_view json, std::string* error);

// With its line break. Texts are made one line and cut until it fits into kMaxEventLine; of a life
// that is too long the last stations stay.
std::string ToJsonLine(const Event& event);
// `line` with or without its line break. Texts come out as one printable line each.
std::optional<Event> ParseEvent(std::string_view line, std::string* error);

}  // namespace handrail
