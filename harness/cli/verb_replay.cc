// handrail replay: one trial again, with all that it left.
#include <cstdio>
#include <iostream>

#include "harness/cli/context.h"
#include "harness/cli/session.h"
#include "harness/cli/verbs.h"
#include "harness/core/instruments.h"
#include "harness/core/text.h"
#include "reports/finding_text.h"

namespace handrail {
namespace {

constexpr size_t kFindingsShown = 10;

void PrintTrial(const TrialRecord& trial, const ScenarioDecl& scenario) {
  const Evidence& evidence = trial.evidence;
  std::printf("%s/%s on %s%s, size %lld, seed %llu\n", trial.scenario.c_str(),
              trial.strategy.c_str(), trial.engine.c_str(),
              OneLine(WithInstruments(trial.instruments)).c_str(), static_cast<long long>(trial.size),
              static_cast<unsigned long long>(trial.seed));
  std::printf("verdict:  %s (%s)\n", std::string(ToString(trial.verdict)).c_str(),
              OneLine(trial.reason).c_str());
  std::printf("end:      %s after %.1f ms\n", OneLine(Describe(evidence.exit)).c_str(),
              evidence.duration_ms);
  std::printf("mistake:  reached %lld times, triggered %lld times, in %lld operations\n",
              static_cast<long long>(evidence.reached), static_cast<long long>(evidence.triggered),
              static_cast<long long>(evidence.operations));
  std::printf("samples:  %zu\n", evidence.samples.size());
  for (const Figure& figure : evidence.figures) {
    std::printf("figure:   %s\n", OneLine(FigureText(figure)).c_str());
  }
  for (const std::string& note : evidence.notes) std::printf("note:     %s\n", OneLine(note).c_str());
  const TextStyle style = {IsRichTerminal(1)};
  const StrategyDecl* strategy = scenario.Find(trial.strategy);
  const LifeEvent declared = {"", scenario.file, strategy != nullptr ? strategy->line : 0};
  size_t shown = 0;
  for (const Finding& finding : evidence.findings) {
    if (++shown > kFindingsShown) break;
    std::cout << '\n' << FindingText(finding, trial, declared, FindCode(finding.code), style);
  }
  if (evidence.findings.size() > kFindingsShown) {
    std::cout << "\n... and " << evidence.findings.size() - kFindingsShown << " more findings\n";
  }
  if (evidence.output.empty()) return;
  std::cout << "\noutput of the process:\n" << SafeText(evidence.output);
  if (!evidence.output.ends_with('\n')) std::cout << '\n';
  std::cout << std::flush;
}

// Empty: the topic names one strategy. Otherwise what is wrong with it.
std::string NotOneTrial(const std::vector<Engine>& engines, const std::string& topic) {
  const auto scenarios = ChooseScenarios(MergeCatalogs(engines), {topic});
  if (!scenarios.ok()) return std::string(scenarios.status().message());
  size_t strategies = 0;
  for (const ScenarioDecl& scenario : *scenarios) strategies += scenario.strategies.size();
  if (strategies == 1) return "";
  return "'" + OneLine(topic, 100) + "' names " + std::to_string(strategies) +
         " strategies, replay takes one: add its name (handrail list " + OneLine(topic, 100) +
         " shows them), or use handrail run";
}

}  // namespace

int ReplayVerb(Arguments arguments) {
  arguments.run.filters = {arguments.topic};
  arguments.run.selftest = false;
  arguments.run.jobs = 1;
  if (arguments.run.seeds.empty()) arguments.run.seeds = {1};
  const auto engines = FindEngines(arguments.run.engines, SetsOf(arguments.run));
  if (!engines.ok()) return NoEngines(engines.status());
  TellProblems(*engines);
  if (const std::string problem = NotOneTrial(*engines, arguments.topic); !problem.empty()) {
    return Complain(problem, kExitUsage);
  }
  SessionObserver nobody;
  const auto record = RunSession(arguments.run, *engines, arguments.command, nobody);
  if (!record.ok()) return Complain(std::string(record.status().message()), kExitUsage);
  if (record->context.interrupted) return kExitInterrupted;
  bool first = true;
  for (const TrialRecord& trial : record->trials) {
    if (!first) std::puts("");
    first = false;
    for (const ScenarioDecl& scenario : record->scenarios) {
      if (scenario.id == trial.scenario) PrintTrial(trial, scenario);
    }
  }
  for (const ResultRecord& result : record->results) {
    if (result.verdict != Verdict::kSkipped) continue;
    Complain(result.scenario + "/" + result.strategy + " was not run on " + result.engine +
                 WithInstruments(result.instruments) + ": " + result.reason, 0);
  }
  return ExitCode(*record);
}

}  // namespace handrail
