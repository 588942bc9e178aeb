// What a scenario declares about itself, as data: which strategies it has, which are correct, which
// are broken and how a broken one must give itself away. No V8 and no code here: the runner and the
// judge read this, the code lives in the worker (harness/scenario/scenario.h). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/exit.h"

namespace handrail {

enum class StrategyKind { kCorrect, kBroken, kClaim };
std::string_view ToString(StrategyKind kind);
std::optional<StrategyKind> ParseStrategyKind(std::string_view text);

// Where an expectation applies. Empty members put no condition.
struct Condition {
  std::string engine{};      // glob over engine ids: "node-*"
  int v8_from = 0;           // first V8 version, as major * 100 + minor: 1002 is 10.2
  int v8_before = 0;         // first V8 version it no longer applies to; 0: none
  std::string instrument{};  // an instrument that must be on, by its name: "asan"

  bool Holds(std::string_view engine_id, int v8_version,
             const std::vector<std::string>& instruments) const;
};

// How a strategy is to come out. The first whose condition holds is the one that counts.
struct Expectation {
  Condition when{};
  // Finding codes: at least one of them must be there. Of a claim they are what it foretells; none
  // foretells that nothing is found.
  std::vector<std::string> any_of{};
  std::vector<std::string> may{};  // codes that may come along; any other is a wrong finding
  std::string gap{};  // not empty: no detector of today can see it, and this is why (known gap)
};

// What an instrument must find wherever it is on, so that the strategy proves that instrument. What
// the expectation declares besides may then come along and is not required; a gap is lifted.
struct Demand {
  std::string instrument{};  // by its name: "quarantine"
  std::vector<std::string> any_of{};  // at least one must be there; none: it demands nothing
  Condition when{};
  std::vector<std::string> may{};  // codes that may come along
};

// A strategy whose harm depends on how two threads happen to meet. It is judged over all its seeds.
struct Race {
  std::vector<ExitKind> exits{};  // ends that are possible, clean ones too when they are
  double least_rate = 0;          // share of the trials in which the harm must show, 0 to 1
  int seeds = 10;                 // least number of trials for a judgement
};

struct StrategyDecl {
  std::string id{};  // names what the code does: "local-in-map"
  StrategyKind kind = StrategyKind::kCorrect;
  std::string summary{};                    // one line
  std::vector<Expectation> expectations{};  // of a broken strategy; empty for a correct one
  std::vector<Demand> demands{};            // of a broken strategy: what each instrument must find
  std::optional<Race> race{};
  int64_t time_limit_ms = 0;  // 0: the runner's default
  bool fresh = false;         // needs a process of its own from the start (platform threads)
  std::string policy{};       // name of the struct that holds its few lines, for `explain`
  int line = 0;               // where the scenario file declares it
};

struct ScenarioDecl {
  std::string id{};                  // "escape/multiple-promises"
  std::string title{};               // one line
  std::string story{};               // who makes this mistake and what they see
  std::string reference{};           // the document that tells of it
  std::string file{};                // repository-relative source file
  std::vector<int64_t> sizes = {1};  // from small to large: promises in flight, iterations
  double cost_ms = 10;               // declared cost of one trial: this ...
  double cost_us_per_unit = 0;       // ... and this for each unit of its size
  // Every round must leave the isolate as it found it: handles and Globals are judged exactly, heap
  // and RSS by trend. A scenario that is allowed to grow leaves this false.
  bool steady_state = false;
  // Its code is an addon's: it needs a Node environment with its napi_env, its thread and its event
  // loop. Engines without one do not even compile it.
  bool in_node = false;
  std::vector<StrategyDecl> strategies{};

  double CostMs(int64_t size) const {
    return cost_ms + cost_us_per_unit * static_cast<double>(size) / 1000;
  }
  const StrategyDecl* Find(std::string_view strategy) const;
};

// The expectation that applies, or nullptr: then a broken strategy has none declared for this
// place.
const Expectation* Applying(const StrategyDecl& strategy, std::string_view engine_id,
                            int v8_version, const std::vector<std::string>& instruments);

// The demands that apply: of each instrument that is on, the first whose condition holds; those
// that demand nothing are left out.
std::vector<const Demand*> ApplyingDemands(const StrategyDecl& strategy, std::string_view engine_id,
                                           int v8_version,
                                           const std::vector<std::string>& instruments);

}  // namespace handrail
