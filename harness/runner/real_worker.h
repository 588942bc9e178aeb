// For tests: runs trials of the canaries on the real worker of libnode, through a Supervisor, and
// proves after each test that nothing is left behind.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/core/evidence.h"
#include "harness/runner/leftovers.h"
#include "harness/runner/supervisor.h"

namespace handrail::testing {

class RealWorker : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // libnode alone, from the binaries' folder of this build.
  const std::vector<Engine>& Engines() const { return engines_; }

  static PlannedTrial Trial(const std::string& scenario, const std::string& strategy);
  static PlannedTrial Fault(const std::string& strategy) {
    return Trial("canary/faults", strategy);
  }
  static PlannedTrial Clean() { return Trial("canary/empty", "isolate-and-context"); }

  // The evidence of each planned trial, in the plan's order. A trial that is lost fails the test.
  static std::vector<Evidence> Run(Supervisor& supervisor, const std::vector<PlannedTrial>& plan,
                                   std::function<void()> on_tick = nullptr);

  const Leftovers& leftovers() const { return *leftovers_; }

 private:
  std::vector<Engine> engines_;
  std::unique_ptr<Leftovers> leftovers_;
};

// The codes of all findings, in their order.
std::vector<std::string> Codes(const Evidence& evidence);

// What a person wants to see of evidence that is not as expected.
std::string Told(const Evidence& evidence);

}  // namespace handrail::testing
