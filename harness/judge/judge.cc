#include "harness/judge/judge.h"

#include <algorithm>
#include <utility>

#include "harness/core/text.h"
#include "harness/judge/exit_findings.h"
#include "harness/judge/growth.h"
#include "harness/judge/wanted.h"

namespace handrail {
namespace {

using Codes = std::vector<std::string>;

// A verdict with its reason; the findings are added by the one caller.
Judgement Say(Verdict verdict, std::string reason, bool detected = false) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.reason = std::move(reason);
  judgement.detected = detected;
  return judgement;
}

std::string Join(const Codes& codes) {
  std::string text;
  for (const std::string& code : codes) text += (text.empty() ? "" : ", ") + code;
  return text;
}

std::string Told(const Finding& finding) { return finding.code + ": " + finding.message; }

// A crash has no life of its own, and an outcome only shows where it was compared: both have the
// line at which it all went wrong in common. The last station stays the one where the harm showed.
void TellFaultyLine(const LifeEvent& faulty_line, Finding& finding) {
  if (faulty_line.line == 0) return;
  const auto last = finding.life.empty() ? finding.life.end() : finding.life.end() - 1;
  finding.life.insert(last, faulty_line);
}

constexpr const char* kNotReached = "the faulty line never ran";
constexpr const char* kNotTriggered = "the faulty line ran, but the harm never came about";

// A V8 with its own checks ends the process at the broken rule, before any harm: there the end itself
// stands for the harm.
bool EndedByV8sOwnCheck(const Evidence& evidence, const std::vector<std::string>& instruments) {
  return evidence.exit.kind == ExitKind::kV8Fatal && Holds(instruments, "checked");
}

Judgement JudgeCorrect(const std::vector<Finding>& findings) {
  if (findings.empty()) return Say(Verdict::kAsExpected, "no finding");
  return Say(Verdict::kFalseAlarm, "correct code is accused of " + Told(findings.front()));
}

// One trial of a race may well be clean; what it may not do is end or be found in an undeclared way.
Judgement JudgeRace(const Race& race, const Wanted& wanted, const Evidence& evidence,
                    const std::vector<Finding>& findings) {
  if (evidence.reached <= 0) return Say(Verdict::kInconclusive, kNotReached);
  Match match = Compare(findings, wanted.expectation);
  const bool met = Unmet(wanted, findings) == nullptr;
  bool detected = match.hit != nullptr && met && wanted.harmed;
  if (std::find(race.exits.begin(), race.exits.end(), evidence.exit.kind) == race.exits.end()) {
    return Say(Verdict::kWrongFinding,
               Describe(evidence.exit) + ": not an end that is declared for this race", detected);
  }
  if (match.extra != nullptr) {
    return Say(Verdict::kWrongFinding, "not declared for this race: " + Told(*match.extra),
               detected);
  }
  return Say(Verdict::kAsExpected,
             detected ? "the harm showed: " + Told(*match.hit) : "the harm did not show", detected);
}

// What the trial measured decides, unless something was found that is not declared to come along.
Judgement JudgeMeasured(const ClaimOutcome& claim, const Match& match, const Evidence& evidence) {
  if (claim.open) {
    return Say(Verdict::kInconclusive,
               "the trial told no outcome: it " + Describe(evidence.exit) +
                   (match.first != nullptr ? "; found " + Told(*match.first) : ""));
  }
  if (match.extra != nullptr) {
    return Say(Verdict::kInconclusive,
               claim.seen + "; but what was found is not declared: " + Told(*match.extra));
  }
  const std::string also = match.first != nullptr ? "; then " + Told(*match.first) : "";
  return Say(claim.holds ? Verdict::kUpheld : Verdict::kRefuted, claim.seen + also,
             match.hit != nullptr);
}

// What a document foretold and what came of it. No code foretold: it foretold that nothing happens.
Judgement JudgeClaim(const Expectation* expectation, const Evidence& evidence,
                     const std::vector<Finding>& findings) {
  if (expectation == nullptr) {
    return Say(Verdict::kInconclusive, "nothing is declared for this engine");
  }
  Match match = Compare(findings, *expectation);
  if (evidence.claim) return JudgeMeasured(*evidence.claim, match, evidence);
  bool neither = match.extra != nullptr && evidence.exit.kind != ExitKind::kClean;
  if (neither && !expectation->any_of.empty()) {
    return Say(Verdict::kInconclusive, "foretold: " + Join(expectation->any_of) +
                                           "; it ended in another way: " + Told(*match.extra));
  }
  if (match.hit != nullptr) return Say(Verdict::kUpheld, "as foretold: " + Told(*match.hit), true);
  if (expectation->any_of.empty()) {
    if (match.extra == nullptr) return Say(Verdict::kUpheld, "as foretold: nothing was found");
    return Say(Verdict::kRefuted, "foretold: no finding; found: " + Told(*match.extra));
  }
  return Say(Verdict::kRefuted,
             "foretold: " + Join(expectation->any_of) + "; found: " +
                 (match.first != nullptr ? Told(*match.first)
                                         : "nothing, the trial " + Describe(evidence.exit)));
}

Judgement JudgeGap(const Expectation& expectation, const Evidence& evidence,
                   const std::vector<Finding>& findings) {
  if (evidence.triggered <= 0) return Say(Verdict::kInconclusive, kNotTriggered);
  for (const Finding& finding : findings) {
    if (Holds(expectation.may, finding.code)) continue;
    return Say(Verdict::kGapClosed,
               "the declaration is out of date, it is caught by " + Told(finding), true);
  }
  return Say(Verdict::kKnownGap, expectation.gap);
}

Judgement JudgeUndeclared(const Evidence& evidence, const std::vector<Finding>& findings) {
  const std::string nothing = "nothing is declared for this engine";
  if (evidence.reached <= 0) return Say(Verdict::kInconclusive, nothing + ", and " + kNotReached);
  if (!findings.empty()) {
    return Say(Verdict::kWrongFinding, nothing + "; found " + Told(findings.front()));
  }
  if (evidence.triggered <= 0) return Say(Verdict::kInconclusive, nothing + ", " + kNotTriggered);
  return Say(Verdict::kMissed, nothing + ", and nothing saw the harm");
}

// Whatever else saw the harm: this instrument did not.
Judgement JudgeUnmet(const Demand& demand, const Match& match, const Evidence& evidence) {
  if (evidence.triggered <= 0) return Say(Verdict::kInconclusive, kNotTriggered);
  const std::string missed = Join(demand.any_of) + " is declared for " + demand.instrument +
                             ", which did not see the harm";
  if (match.extra != nullptr) {
    return Say(Verdict::kWrongFinding, missed + "; found " + Told(*match.extra));
  }
  return Say(Verdict::kMissed,
             missed + (match.first != nullptr ? "; only " + Told(*match.first) : ""));
}

Judgement JudgeBroken(const Wanted& all, const Evidence& evidence,
                      const std::vector<Finding>& findings) {
  const Expectation& expectation = all.expectation;
  if (evidence.reached <= 0) return Say(Verdict::kInconclusive, kNotReached);
  Match match = Compare(findings, expectation);
  if (const Demand* unmet = Unmet(all, findings)) return JudgeUnmet(*unmet, match, evidence);
  bool hit = match.hit != nullptr;
  std::string wanted = expectation.any_of.empty() ? "a finding" : Join(expectation.any_of);
  if (hit && match.extra != nullptr) {
    return Say(Verdict::kWrongFinding,
               match.hit->code + " was found as declared, but also " + Told(*match.extra), true);
  }
  // A trial that destroyed its own evidence has destroyed this count as well.
  bool unreadable = hit && match.hit->code == "PX010";
  if (hit && !all.harmed && !unreadable) {
    return Say(Verdict::kInconclusive,
               match.hit->code + " was found, but the harm never came about", true);
  }
  if (hit) return Say(Verdict::kAsExpected, Told(*match.hit), true);
  if (match.first != nullptr) {
    const Finding& other = match.extra != nullptr ? *match.extra : *match.first;
    return Say(Verdict::kWrongFinding, wanted + " is declared; found " + Told(other));
  }
  if (evidence.triggered <= 0) return Say(Verdict::kInconclusive, kNotTriggered);
  return Say(Verdict::kMissed,
             "the harm came about and nothing saw it; " + wanted + " is declared");
}

Judgement Decide(const StrategyDecl& strategy, const Wanted& wanted, const Evidence& evidence,
                 const std::vector<Finding>& findings) {
  const Expectation& expectation = wanted.expectation;
  if (strategy.kind == StrategyKind::kCorrect) return JudgeCorrect(findings);
  if (strategy.kind == StrategyKind::kClaim) {
    return JudgeClaim(wanted.declared ? &expectation : nullptr, evidence, findings);
  }
  if (!wanted.declared) return JudgeUndeclared(evidence, findings);
  if (strategy.race) return JudgeRace(*strategy.race, wanted, evidence, findings);
  if (!expectation.gap.empty()) return JudgeGap(expectation, evidence, findings);
  return JudgeBroken(wanted, evidence, findings);
}

}  // namespace

Judgement JudgeTrial(const ScenarioDecl& scenario, const StrategyDecl& strategy,
                     std::string_view engine, int v8_version,
                     const std::vector<std::string>& instruments, const Evidence& evidence) {
  if (!evidence.harness_error.empty()) {
    return Say(Verdict::kHarnessError, OneLine(evidence.harness_error));
  }
  std::vector<Finding> findings;
  for (const Finding& one : evidence.findings) Fold(findings, one);
  // The instrument "no-<detector>" takes one of our own detectors out, as it does in the worker.
  const auto add = [&](Finding& one) {
    if (!Holds(instruments, "no-" + one.detector)) Fold(findings, std::move(one));
  };
  for (Finding& one : GrowthFindings(scenario, instruments, evidence)) add(one);
  for (Finding& one : ExitFindings(evidence.exit)) add(one);
  for (Finding& finding : findings) TellFaultyLine(evidence.faulty_line, finding);
  Wanted wanted = WantedOf(strategy, engine, v8_version, instruments);
  wanted.harmed = evidence.triggered > 0 || EndedByV8sOwnCheck(evidence, instruments);
  Judgement judgement = Decide(strategy, wanted, evidence, findings);
  judgement.findings = std::move(findings);
  if (judgement.verdict == Verdict::kAsExpected && scenario.steady_state &&
      strategy.kind == StrategyKind::kCorrect && !EnoughRounds(evidence)) {
    judgement.reason += "; too few rounds for growth to be judged";
  }
  return judgement;
}

void Record(Judgement judgement, TrialRecord& trial) {
  trial.verdict = judgement.verdict;
  trial.reason = std::move(judgement.reason);
  trial.detected = judgement.detected;
  trial.evidence.findings = std::move(judgement.findings);
}

}  // namespace handrail
