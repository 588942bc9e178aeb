// The second half of judge.h: many trials of one strategy become one result.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "harness/judge/judge.h"

namespace handrail {
namespace {

using Trials = std::vector<const TrialRecord*>;

struct Decision {
  Verdict verdict;
  std::string reason;
};

const TrialRecord* FirstWith(const Trials& trials, Verdict verdict) {
  for (const TrialRecord* trial : trials) {
    if (trial->verdict == verdict) return trial;
  }
  return nullptr;
}

int CountOf(const Trials& trials, Verdict verdict) {
  return static_cast<int>(std::count_if(trials.begin(), trials.end(), [&](const TrialRecord* one) {
    return one->verdict == verdict;
  }));
}

std::string Of(int part, size_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

// "seed 4", with what else tells this trial from its siblings.
std::string Name(const TrialRecord& trial, const Trials& all) {
  std::string name = "seed " + std::to_string(trial.seed);
  auto differs = [&](auto member) {
    return std::any_of(all.begin(), all.end(),
                       [&](const TrialRecord* one) { return one->*member != trial.*member; });
  };
  if (differs(&TrialRecord::size)) name += ", size " + std::to_string(trial.size);
  if (differs(&TrialRecord::instruments)) {
    name += trial.instruments.empty() ? ", plain" : "";
    for (const std::string& instrument : trial.instruments) name += ", " + instrument;
  }
  return name;
}

Decision JudgeRates(const Race& race, const Trials& trials, int detected) {
  if (const TrialRecord* wrong = FirstWith(trials, Verdict::kWrongFinding)) {
    return {Verdict::kWrongFinding, Name(*wrong, trials) + ": " + wrong->reason};
  }
  if (CountOf(trials, Verdict::kInconclusive) == static_cast<int>(trials.size())) {
    return {Verdict::kInconclusive, trials.front()->reason};
  }
  // A trial that never reached its faulty line counts as one without harm: a race that mostly does
  // not take place must not pass by the few times it does.
  double rate = static_cast<double>(detected) / static_cast<double>(trials.size());
  std::string declared = std::to_string(std::lround(race.least_rate * 100)) + " %";
  std::string shown = "the harm showed in " + Of(detected, trials.size()) + " trials, at least " +
                      declared + " is declared";
  if (rate >= race.least_rate - 1e-9) return {Verdict::kAsExpected, shown};
  // Fewer trials than are declared for a judgement can show that it is seen, not that it is missed.
  if (trials.size() >= static_cast<size_t>(race.seeds)) return {Verdict::kMissed, shown};
  return {Verdict::kInconclusive, shown + "; " + std::to_string(race.seeds) +
                                      " seeds are needed to judge it"};
}

// "as-expected 7 of 10 (seed 1), missed 3 of 10 (seed 4)"
std::string Rates(const Trials& trials) {
  std::vector<Verdict> seen;
  std::string text;
  for (const TrialRecord* trial : trials) {
    if (std::find(seen.begin(), seen.end(), trial->verdict) != seen.end()) continue;
    seen.push_back(trial->verdict);
    text += (text.empty() ? "" : ", ") + std::string(ToString(trial->verdict)) + " " +
            Of(CountOf(trials, trial->verdict), trials.size()) + " (" + Name(*trial, trials) + ")";
  }
  return text;
}

Decision JudgeAgreement(const Trials& trials) {
  int size = static_cast<int>(trials.size());
  Verdict first = trials.front()->verdict;
  if (CountOf(trials, first) == size) return {first, trials.front()->reason};
  int closed = CountOf(trials, Verdict::kGapClosed);
  if (closed > 0 && closed + CountOf(trials, Verdict::kKnownGap) == size) {
    const TrialRecord* caught = FirstWith(trials, Verdict::kGapClosed);
    return {Verdict::kGapClosed, "caught in " + Of(closed, trials.size()) + " trials (" +
                                     Name(*caught, trials) + "): " + caught->reason};
  }
  return {Verdict::kUnstable, Rates(trials)};
}

// Claims are decided by the greater part of the trials that came to an outcome, which for a claim
// about a number is what its median says. A tie refutes: the document did not say "sometimes".
Decision JudgeClaims(const Trials& trials) {
  const int upheld = CountOf(trials, Verdict::kUpheld);
  const int refuted = CountOf(trials, Verdict::kRefuted);
  const int decided = upheld + refuted;
  if (decided == 0) return {trials.front()->verdict, trials.front()->reason};
  const Verdict verdict = upheld > refuted ? Verdict::kUpheld : Verdict::kRefuted;
  const TrialRecord* witness = FirstWith(trials, verdict);
  const int agree = std::max(upheld, refuted);
  if (agree == static_cast<int>(trials.size())) return {verdict, witness->reason};
  return {verdict, "in " + Of(agree, trials.size()) + " trials (" + Name(*witness, trials) +
                       "): " + witness->reason};
}

Decision Decide(const StrategyDecl& strategy, const Trials& trials, int detected) {
  if (const TrialRecord* failed = FirstWith(trials, Verdict::kHarnessError)) {
    return {Verdict::kHarnessError, Name(*failed, trials) + ": " + failed->reason};
  }
  if (strategy.race && strategy.kind != StrategyKind::kCorrect) {
    return JudgeRates(*strategy.race, trials, detected);
  }
  if (strategy.kind == StrategyKind::kClaim) return JudgeClaims(trials);
  return JudgeAgreement(trials);
}

std::vector<Figure> FiguresOf(const Trials& trials) {
  std::vector<const std::vector<Figure>*> figures;
  for (const TrialRecord* trial : trials) figures.push_back(&trial->evidence.figures);
  return MedianFigures(figures);
}

}  // namespace

ResultRecord JudgeResult(const ScenarioDecl& scenario, const StrategyDecl& strategy,
                         std::string_view engine, std::span<const TrialRecord* const> trials) {
  ResultRecord result;
  result.scenario = scenario.id;
  result.strategy = strategy.id;
  result.kind = strategy.kind;
  result.engine = engine;
  Trials judged;
  for (const TrialRecord* trial : trials) {
    if (trial->verdict == Verdict::kSkipped) continue;
    judged.push_back(trial);
    result.detected += trial->detected ? 1 : 0;
    result.triggered += trial->evidence.triggered > 0 ? 1 : 0;
  }
  result.trials = static_cast<int>(judged.size());
  if (judged.empty()) {
    result.verdict = Verdict::kSkipped;
    result.reason = trials.empty() ? "no trial was run" : trials.front()->reason;
    return result;
  }
  result.figures = FiguresOf(judged);
  Decision decision = Decide(strategy, judged, result.detected);
  result.verdict = decision.verdict;
  result.reason = std::move(decision.reason);
  return result;
}

}  // namespace handrail
