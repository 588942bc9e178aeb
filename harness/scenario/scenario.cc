#include "harness/scenario/scenario.h"

#include <utility>

namespace handrail {

Scenario::Scenario(std::string id, std::source_location here) {
  decl_.id = std::move(id);
  decl_.file = here.file_name();
}

Scenario& Scenario::Title(std::string title) {
  decl_.title = std::move(title);
  return *this;
}

Scenario& Scenario::Story(std::string story) {
  decl_.story = std::move(story);
  return *this;
}

Scenario& Scenario::Reference(std::string document) {
  decl_.reference = std::move(document);
  return *this;
}

Scenario& Scenario::Sizes(std::vector<int64_t> sizes, double base_ms, double us_per_unit) {
  decl_.sizes = std::move(sizes);
  decl_.cost_ms = base_ms;
  decl_.cost_us_per_unit = us_per_unit;
  return *this;
}

Scenario& Scenario::SteadyState() {
  decl_.steady_state = true;
  return *this;
}

Scenario& Scenario::InNode() {
  decl_.in_node = true;
  return *this;
}

Scenario& Scenario::Gives(std::vector<std::string> codes, Condition when) {
  Expectation expectation;
  expectation.when = std::move(when);
  expectation.any_of = std::move(codes);
  decl_.strategies.back().expectations.push_back(std::move(expectation));
  with_was_last_ = false;
  return *this;
}

Scenario& Scenario::With(std::string instrument, std::vector<std::string> codes, Condition when) {
  decl_.strategies.back().demands.push_back(
      {std::move(instrument), std::move(codes), std::move(when)});
  with_was_last_ = true;
  return *this;
}

Scenario& Scenario::May(std::vector<std::string> codes) {
  StrategyDecl& strategy = decl_.strategies.back();
  std::vector<std::string>& may =
      with_was_last_ ? strategy.demands.back().may : strategy.expectations.back().may;
  may.insert(may.end(), codes.begin(), codes.end());
  return *this;
}

Scenario& Scenario::Gap(std::string reason, Condition when) {
  Expectation expectation;
  expectation.when = std::move(when);
  expectation.gap = std::move(reason);
  decl_.strategies.back().expectations.push_back(std::move(expectation));
  with_was_last_ = false;
  return *this;
}

Scenario& Scenario::Racing(Race race) {
  decl_.strategies.back().race = std::move(race);
  return *this;
}

Scenario& Scenario::TimeLimit(int64_t milliseconds) {
  decl_.strategies.back().time_limit_ms = milliseconds;
  return *this;
}

Scenario& Scenario::Fresh() {
  decl_.strategies.back().fresh = true;
  return *this;
}

Body Scenario::BodyOf(std::string_view strategy) const {
  for (size_t i = 0; i < bodies_.size(); ++i) {
    if (decl_.strategies[i].id == strategy) return bodies_[i];
  }
  return nullptr;
}

// gcc writes "[with Policy = handrail::{anonymous}::GlobalInMap; ...]", clang "[Policy = ...]".
std::string Scenario::PolicyName(std::string_view pretty_function) {
  constexpr std::string_view kMark = "Policy = ";
  const size_t start = pretty_function.find(kMark);
  if (start == std::string_view::npos) return "";
  std::string_view name = pretty_function.substr(start + kMark.size());
  name = name.substr(0, name.find_first_of(";]"));
  const size_t colons = name.rfind("::");
  return std::string(colons == std::string_view::npos ? name : name.substr(colons + 2));
}

Scenario& Scenario::Add(StrategyKind kind, std::string id, Body body, std::string summary,
                        std::string policy, const std::source_location& here) {
  StrategyDecl strategy;
  strategy.id = std::move(id);
  strategy.kind = kind;
  strategy.summary = std::move(summary);
  strategy.policy = std::move(policy);
  strategy.line = static_cast<int>(here.line());
  decl_.strategies.push_back(std::move(strategy));
  bodies_.push_back(body);
  return *this;
}

}  // namespace handrail
