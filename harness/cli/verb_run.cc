// handrail run and selftest: what runs trials.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "harness/cli/context.h"
#include "harness/cli/progress.h"
#include "harness/cli/session.h"
#include "harness/cli/verbs.h"
#include "harness/core/instruments.h"
#include "harness/core/text.h"
#include "reports/console.h"
#include "reports/reporter.h"

namespace handrail {
namespace {

// A misspelled word is told before a run, not after it.
absl::Status CheckReports(const RunOptions& options) {
  for (const ReportRequest& request : options.reports) {
    if (absl::Status status = CheckReportKind(request.kind); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Below the current folder a path is shown as one would type it.
std::string AsTyped(const std::string& path) {
  std::error_code error;
  const std::filesystem::path near = std::filesystem::proximate(path, error);
  return error || near.empty() || *near.begin() == ".." ? path : near.string();
}

// Writes all reports; the paths written go to `written`. False: at least one could not be.
bool WriteReports(const RunOptions& options, const RunRecord& record,
                  std::vector<std::string>& written) {
  bool all = true;
  for (const ReportRequest& request : options.reports) {
    const absl::Status status = WriteReport(request, record);
    if (status.ok()) {
      written.push_back(AsTyped(request.path));
    } else {
      Complain(std::string(status.message()), 0);
      all = false;
    }
  }
  return all;
}

// Fills in what the profile means by itself.
absl::StatusOr<std::vector<Engine>> EnginesOf(RunOptions& run) {
  if (run.profile == Profile::kMatrix && run.matrix.empty()) {
    const auto variants = FindVariants(run.engines);
    if (!variants.ok()) return variants;
    run.matrix = WholeMatrix(*variants);
  }
  return FindEngines(run.engines, SetsOf(run));
}

int Code(const RunRecord& record, bool reports_written) {
  if (record.context.interrupted) return kExitInterrupted;
  const int code = ExitCode(record);
  return code == 0 && !reports_written ? kExitHarness : code;
}

}  // namespace

int Complain(const std::string& message, int code) {
  std::fprintf(stderr, "handrail: %s\n", message.c_str());
  return code;
}

int NoEngines(const absl::Status& status) {
  return Complain(std::string(status.message()),
                  absl::IsInvalidArgument(status) ? kExitUsage : kExitHarness);
}

void TellProblems(const std::vector<Engine>& engines) {
  for (const Engine& engine : engines) {
    if (engine.problem.empty()) continue;
    Complain("engine " + engine.row.id + WithInstruments(engine.row.instruments) +
                 " cannot be used: " + engine.problem, 0);
  }
}

bool IsRichTerminal(int fd) {
  if (isatty(fd) == 0 || std::getenv("CI") != nullptr) return false;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  return term == nullptr || std::string(term) != "dumb";
}

int RunVerb(Arguments arguments) {
  if (arguments.run.reports.empty()) {
    const std::filesystem::path build = std::filesystem::path(BinFolder()).parent_path();
    arguments.run.reports.push_back({"json", (build / "run.json").string()});
  }
  if (absl::Status status = CheckReports(arguments.run); !status.ok()) {
    return Complain(std::string(status.message()), kExitUsage);
  }
  const auto engines = EnginesOf(arguments.run);
  if (!engines.ok()) return NoEngines(engines.status());
  TellProblems(*engines);
  Progress progress(IsRichTerminal(STDERR_FILENO));
  const auto record = RunSession(arguments.run, *engines, arguments.command, progress);
  if (!record.ok()) return Complain(std::string(record.status().message()), kExitUsage);
  ConsoleOptions console;
  console.colour = IsRichTerminal(STDOUT_FILENO);
  const bool reports_written = WriteReports(arguments.run, *record, console.written);
  std::cout << ConsoleReport(*record, console) << std::flush;
  return Code(*record, reports_written);
}

int SelftestVerb(const Arguments& arguments) {
  const auto engines = FindEngines(arguments.run.engines, SetsOf(arguments.run));
  if (!engines.ok()) return NoEngines(engines.status());
  TellProblems(*engines);
  std::vector<TrialRecord> trials;
  const std::string problem =
      RunSelftest(*engines, arguments.run, arguments.run.jobs > 0 ? arguments.run.jobs : 2,
                  &trials);
  for (const TrialRecord& trial : trials) {
    const std::string where = trial.engine + WithInstruments(trial.instruments);
    std::printf("%-10s %-40s %-14s %s\n", where.c_str(), trial.strategy.c_str(),
                std::string(ToString(trial.verdict)).c_str(), OneLine(trial.reason, 120).c_str());
  }
  if (trials.empty() && problem.empty()) return Complain("no canary ran", kExitNothingRan);
  if (problem.empty()) {
    std::printf("every canary was caught, and clean code was left alone\n");
    return 0;
  }
  return Complain("self-test failed: " + problem, problem == "interrupted" ? kExitInterrupted
                                                                           : kExitHarness);
}

}  // namespace handrail
