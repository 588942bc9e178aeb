// What a scenario file exports: its declaration (harness/core/scenario_decl.h) and, for each
// strategy, the function that runs it. Written as one table from top to bottom:
//
//   Scenario MultiplePromises() {
//     return Scenario("escape/multiple-promises")
//         .Title("ten promises in flight, settled one at a time")
//         .Correct<GlobalInMap>("global-in-map", Run<GlobalInMap>, "a Global for each resolver")
//         .Broken<LocalInMap>("local-in-map", Run<LocalInMap>, "the Local itself in the map")
//         .Gives({"HD010"})
//         .May({"PX001"});
//   }
//
// The type parameter names the policy struct, so that `handrail explain` can show its lines. A plain
// value; built on any thread, before any V8 exists.
#pragma once

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/scenario_decl.h"
#include "harness/scenario/trial.h"

namespace handrail {

// Where V8 was built with its own checks, as the engine v8-checked is: one of them ends the process
// where a release build goes on.
inline const Condition kCheckedV8 = {.instrument = "checked"};

// Runs one trial of one strategy, from nothing to nothing: makes its isolates and ends them.
using Body = void (*)(Trial&);

// Either a signal or, in a sanitized worker, the sanitizer's report of the same crash.
inline const std::vector<std::string> kCrash = {"PX001", "PX006"};

class Scenario {
 public:
  explicit Scenario(std::string id, std::source_location here = std::source_location::current());

  Scenario& Title(std::string title);
  Scenario& Story(std::string story);
  Scenario& Reference(std::string document);
  // Sizes from small to large, and what one trial costs: `base_ms` and `us_per_unit` of its size.
  Scenario& Sizes(std::vector<int64_t> sizes, double base_ms, double us_per_unit);
  // Every round must leave the isolate as it found it; see ScenarioDecl::steady_state.
  Scenario& SteadyState();
  // Runs as an addon inside Node: Trial::napi() is its environment, and the trial goes on after the
  // body until Node's event loop has nothing left. Listed with NODE in scenarios/CMakeLists.txt.
  Scenario& InNode();

  template <class Policy>
  Scenario& Correct(std::string id, Body body, std::string summary,
                    std::source_location here = std::source_location::current()) {
    return Add(StrategyKind::kCorrect, std::move(id), body, std::move(summary), NameOf<Policy>(),
               here);
  }
  template <class Policy>
  Scenario& Broken(std::string id, Body body, std::string summary,
                   std::source_location here = std::source_location::current()) {
    return Add(StrategyKind::kBroken, std::move(id), body, std::move(summary), NameOf<Policy>(),
               here);
  }
  // What a document asserts: Gives() tells the finding that it predicts.
  template <class Policy>
  Scenario& Claim(std::string id, Body body, std::string summary,
                  std::source_location here = std::source_location::current()) {
    return Add(StrategyKind::kClaim, std::move(id), body, std::move(summary), NameOf<Policy>(),
               here);
  }

  // What follows speaks of the strategy added last.

  // It must be found by at least one of `codes`, where `when` holds. The first that holds counts.
  Scenario& Gives(std::vector<std::string> codes, Condition when = {});
  // With `instrument` on, at least one of `codes` must be found: the strategy proves the
  // instrument. Of one instrument the first that holds counts; no codes: there it need not find
  // anything. What Gives and May declare may then come along, a Gap is lifted. Several instruments
  // on: all hold.
  Scenario& With(std::string instrument, std::vector<std::string> codes, Condition when = {});
  // These may come along with the expectation given last: by Gives, Gap or With.
  Scenario& May(std::vector<std::string> codes);
  // Nothing of today can see it there, for this reason.
  Scenario& Gap(std::string reason, Condition when = {});
  Scenario& Racing(Race race);
  Scenario& TimeLimit(int64_t milliseconds);
  // Needs a process of its own from the start: threads of V8's platform, or a lock never taken.
  Scenario& Fresh();

  const ScenarioDecl& decl() const { return decl_; }
  // nullptr: no such strategy.
  Body BodyOf(std::string_view strategy) const;

 private:
  template <class Policy>
  static std::string NameOf() {
    return PolicyName(__PRETTY_FUNCTION__);
  }
  static std::string PolicyName(std::string_view pretty_function);
  Scenario& Add(StrategyKind kind, std::string id, Body body, std::string summary,
                std::string policy, const std::source_location& here);

  ScenarioDecl decl_;
  std::vector<Body> bodies_;    // one for each of decl_.strategies
  bool with_was_last_ = false;  // what May() speaks of
};

}  // namespace handrail
