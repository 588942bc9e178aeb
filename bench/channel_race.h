// The ways of getting closures to the isolate's thread that benchmarks compare. Each gives the
// seconds for one message, from the first send to the last closure run.
#pragma once

#include <v8.h>

#include <functional>

#include "harness/embed/environment.h"

namespace handrail {

inline constexpr int64_t kMessages = 200'000;

double ByChannel(embed::Environment& environment, int senders);
double ByAsync(embed::Environment& environment, v8::Local<v8::Context> context, int senders);

// Runs `send` kMessages times, shared by so many threads, while `serve` runs on this one.
double Race(int senders, const std::function<void()>& send, const std::function<void()>& serve);

}  // namespace handrail
