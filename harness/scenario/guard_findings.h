// What the off-stack guard sees during a trial, made into findings HD002. The whole worker is
// compiled with it then: the scenario, and embed/ and observe/ below it.
//
// A site is told at once, when its first Local is stored, so that it outlives a crash one line
// later; how often it came again is told at the end. The guard belongs to the process, so one at a
// time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "harness/core/finding.h"

namespace handrail {

class GuardFindings {
 public:
  using Report = std::function<void(Finding)>;

  // `hooked` false: the guard is switched off, which proves that it and nothing else saw what it
  // sees. `report` may be called on any thread; `operations` outlives this object.
  GuardFindings(Report report, const std::atomic<int64_t>* operations, bool hooked);
  ~GuardFindings();
  GuardFindings(const GuardFindings&) = delete;
  GuardFindings& operator=(const GuardFindings&) = delete;

 private:
  Report report_;
};

}  // namespace handrail
