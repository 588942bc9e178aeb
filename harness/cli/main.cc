// The command line: parses it into Arguments and calls the verb.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/cli/verbs.h"
#include "harness/core/instruments.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

constexpr const char* kAbout =
    "Handrail makes V8 lifetime bugs happen on purpose, catches them on stock V8, and keeps them\n"
    "from coming back. Every broken strategy must be caught, every correct one left alone.\n"
    "\n"
    "  handrail run                              everything, on every engine\n"
    "  handrail run escape --engine libnode      one family on one engine\n"
    "  handrail explain escape/multiple-promises the story, and correct and broken code\n"
    "  handrail explain HD010                    what a finding means and how to mend it\n"
    "  handrail audit -- node app.js             watches the addons of a program of yours\n";

constexpr const char* kExitCodes =
    "Exit codes: 0 all as declared, 1 something missed, accused, unstable or inconclusive,\n"
    "2 usage, 3 harness or self-test failure, 4 nothing ran, 130 interrupted.";

const std::map<std::string, Profile> kProfiles = {
    {"quick", Profile::kQuick},
    {"default", Profile::kDefault},
    {"full", Profile::kFull},
    {"matrix", Profile::kMatrix}};

std::string DidYouMean(const std::string& near) {
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

// The checks below return what is wrong, empty for nothing, as CLI11 wants it.
template <class Number>
std::string CheckNumber(const std::string& text, Number least) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  const std::string quoted = "'" + OneLine(text, 60) + "'";
  if (error == std::errc::result_out_of_range) return quoted + " is too large";
  if (error != std::errc() || stopped != end) return quoted + " is not a whole number";
  return number < least ? quoted + " is too small: " + std::to_string(least) + " is the least" : "";
}

std::string CheckSeed(const std::string& text) { return CheckNumber<uint64_t>(text, 0); }
std::string CheckPositive(const std::string& text) { return CheckNumber<int64_t>(text, 1); }

Profile ParseProfile(const std::string& text) {
  const auto it = kProfiles.find(text);
  if (it != kProfiles.end()) return it->second;
  throw CLI::ValidationError("--profile",
                             "there is no profile '" + OneLine(text, 60) + "'" +
                                 DidYouMean(Nearest(text, {"quick", "default", "full", "matrix"})));
}

std::vector<std::vector<std::string>> ParseMatrix(const std::string& text) {
  std::string error;
  std::vector<std::vector<std::string>> sets = ParseInstrumentSets(text, &error);
  if (!error.empty()) throw CLI::ValidationError("--matrix", error);
  return sets;
}

// "json=out.json"; throws what CLI11 prints as a usage error.
ReportRequest ParseReport(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw CLI::ValidationError("--report", "'" + OneLine(text, 60) +
                                               "' is not KIND=PATH, as in "
                                               "json=build/run.json");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void AddEngines(CLI::App& verb, RunOptions& run) {
  verb.add_option("-e,--engine", run.engines, "Engines by id or glob, as libnode or 'node-*'")
      ->type_name("GLOB")
      ->allow_extra_args(false);
}

// The table of instruments, for --help: those that add something by name, with what they do.
std::string AboutInstruments() {
  std::string text = "Instruments, as quarantine,no-oracle; repeatable:";
  std::string removals;
  for (const InstrumentInfo& info : AllInstruments()) {
    if (info.kind == InstrumentKind::kRemoval) {
      removals += (removals.empty() ? "" : ", ") + std::string(info.name.substr(3));
      continue;
    }
    text += "\n" + ShownName(info) + ": " + std::string(info.about);
  }
  return text + "\nno-NAME: without a detector, of\n" + removals;
}

// A worker with an isolate in it has some tens of MiB: below, every trial would be ended, and "512"
// is most likely meant as MiB.
std::string CheckMemoryLimit(const std::string& text) {
  constexpr int64_t kLeast = int64_t{16} << 20;
  if (const std::string wrong = CheckPositive(text); !wrong.empty()) return wrong;
  if (std::strtoll(text.c_str(), nullptr, 10) >= kLeast) return "";
  return text + " bytes are too few for any trial: the least is 16MiB (write the unit: 512MiB)";
}

void AddInstruments(CLI::App& verb, RunOptions& run) {
  verb.add_option("--instrument", run.instruments, AboutInstruments())
      ->type_name("NAME[=VALUE]")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check([](const std::string& text) { return CheckInstrument(text); });
}

void AddTrialOptions(CLI::App& verb, RunOptions& run) {
  AddEngines(verb, run);
  verb.add_option("--seeds,--seed", run.seeds, "Seeds, as 1,2,7 (default: as the profile says)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CheckSeed);
  verb.add_option("--sizes,--size", run.sizes,
                  "Sizes: promises in flight, iterations (default: as the profile says)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CheckPositive);
  AddInstruments(verb, run);
  verb.add_option("--time-limit-ms", run.time_limit_ms, "For each trial, instead of its own limit")
      ->check(CheckPositive);
  verb.add_option("--memory-limit", run.memory_limit, "RSS of one trial, as 512MiB (default 2GiB)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CheckMemoryLimit);
  verb.add_option("--output-limit", run.output_limit, "Output of one trial (default 8MiB)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CheckPositive);
  verb.add_flag("--pss", run.sample_pss, "Sample PSS too (costs tens of microseconds a sample)");
  verb.add_flag("--spaces", run.sample_spaces, "Sample every heap space too");
}

void AddRun(CLI::App& app, Arguments& arguments, std::vector<std::string>& reports) {
  CLI::App* verb = app.add_subcommand("run", "Run scenarios, judge them, report");
  verb->add_option("filter", arguments.run.filters,
                   "Globs over family/scenario/strategy (default: everything)");
  AddTrialOptions(*verb, arguments.run);
  verb->add_option("-j,--jobs", arguments.run.jobs, "Trials at once (default: processors)")
      ->check(CLI::Range(1, 64));
  verb->add_option_function<std::string>(
      "--profile", [&](const std::string& text) { arguments.run.profile = ParseProfile(text); },
      "quick (15 s), default (90 s), full (no bound) or matrix: each with every instrument");
  verb->add_option_function<std::string>(
          "--matrix", [&](const std::string& text) { arguments.run.matrix = ParseMatrix(text); },
          "Run with each of these sets of instruments, as none,quarantine,guard+quarantine; each "
          "takes the time of the profile")
      ->type_name("SETS");
  verb->add_option("--report", reports, "KIND=PATH, repeatable (default json=build/run.json)")
      ->allow_extra_args(false);
  verb->add_flag("!--no-selftest", arguments.run.selftest,
                 "Do not prove the detectors on canaries first");
  verb->footer(kExitCodes);
}

constexpr const char* kAboutAudit =
    "  handrail audit -- node app.js                     findings on stderr as they come\n"
    "  handrail audit --error-exitcode 9 -- npm test     fails a CI job; npm's children are "
    "watched too\n"
    "  handrail audit --suppressions known.supp -- node app.js\n"
    "\n"
    "What addons do through Node-API is checked as they run, unchanged: values, references, "
    "promises,\n"
    "work and thread-safe functions that are used after their end, calls on the wrong thread, "
    "exceptions\n"
    "that nobody looked at. Lines need an addon with debug information (-g); without, module and "
    "offset\n"
    "are told. At exit it says what was covered, and what was not and why.\n"
    "\n"
    "A file of suppressions has lines CODE:GLOB; the code is a finding's or *, the glob is held "
    "against\n"
    "functions, modules and files of the finding: HD001:StoreCallback, *:third_party/*. Text after "
    "# at\n"
    "the beginning of a line is a comment.\n"
    "\n"
    "Exit code: the program's own; with findings that of --error-exitcode; 127 and 126 when the "
    "program\n"
    "is not there or cannot be started; 2 for a mistake in the options.";

void AddAudit(CLI::App& app, AuditOptions& audit) {
  CLI::App* verb = app.add_subcommand("audit", "Watch a program of your own, its addons unchanged");
  verb->add_option("program", audit.program, "The program and its arguments, after --");
  verb->add_option("--suppressions", audit.suppressions,
                   "File of what is known (default: $HANDRAIL_SUPPRESSIONS)")
      ->type_name("FILE");
  verb->add_option("--log", audit.log, "Append to this file instead of stderr")->type_name("FILE");
  verb->add_option("--error-exitcode", audit.error_exit_code, "Exit code when something was found")
      ->check(CLI::Range(1, 255));
  verb->add_flag("--at-exit", audit.at_exit, "Tell findings at the end, not as they come");
  verb->add_flag_callback(
      "--no-children", [&audit] { audit.children = false; },
      "Do not watch processes that the program starts");
  verb->add_flag("--verbose", audit.verbose, "Tell suppressions that were not used, too");
  verb->footer(kAboutAudit);
}

void AddOthers(CLI::App& app, Arguments& arguments) {
  CLI::App* list = app.add_subcommand("list", "List scenarios and strategies");
  list->add_option("filter", arguments.run.filters, "Globs over family/scenario/strategy");
  AddEngines(*list, arguments.run);
  list->add_flag("--json", arguments.json, "As JSON");

  CLI::App* replay = app.add_subcommand("replay", "Run one trial again and show all it left");
  replay->add_option("trial", arguments.topic, "family/scenario/strategy")->required();
  AddTrialOptions(*replay, arguments.run);

  CLI::App* explain = app.add_subcommand("explain", "Explain a finding code or a scenario");
  explain->add_option("topic", arguments.topic,
                      "HD010, or family/scenario[/strategy] (default: a list of all codes)");
  explain->add_flag("--json", arguments.json, "As JSON");

  CLI::App* selftest = app.add_subcommand("selftest", "Prove the detectors on canaries");
  AddEngines(*selftest, arguments.run);
  AddInstruments(*selftest, arguments.run);

  CLI::App* report = app.add_subcommand("report", "Tell the record of an earlier run again");
  report->add_option("record", arguments.topic, "Path (default: build/run.json)");
  report->add_flag("--markdown", arguments.markdown, "Only the detection table, as Markdown");

  CLI::App* doctor = app.add_subcommand("doctor", "Check engines and machine");
  AddEngines(*doctor, arguments.run);
  doctor->add_flag("--json", arguments.json, "As JSON");
}

// CLI11 says what is wrong; this adds what was probably meant.
std::string Hint(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> verbs;
  const CLI::App* verb = nullptr;
  for (const CLI::App* sub : app.get_subcommands({})) {
    verbs.push_back(sub->get_name());
    if (sub->parsed() || (!words.empty() && words[0] == sub->get_name())) verb = sub;
  }
  if (verb == nullptr) {
    const std::string near = words.empty() ? "" : Nearest(words[0], verbs);
    return near.empty() ? "" : "did you mean 'handrail " + near + "'?";
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : verb->get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (!name.starts_with("--") || std::find(known.begin(), known.end(), name) != known.end())
      continue;
    const std::string near = Nearest(name, known);
    if (!near.empty()) return "did you mean '" + near + "'?";
  }
  return "";
}

int Usage(const CLI::App& app, const CLI::ParseError& error,
          const std::vector<std::string>& words) {
  const std::string hint = Hint(app, words);
  return Complain(
      OneLine(error.what()) + (hint.empty() ? "" : "; " + hint) + " (handrail --help shows all)",
      kExitUsage);
}

int Dispatch(const CLI::App& app, const Arguments& arguments) {
  const std::map<std::string, int (*)(const Arguments&)> verbs = {
      {"run", [](const Arguments& a) { return RunVerb(a); }},
      {"replay", [](const Arguments& a) { return ReplayVerb(a); }},
      {"list", ListVerb},
      {"explain", ExplainVerb},
      {"selftest", SelftestVerb},
      {"doctor", DoctorVerb},
      {"report", ReportVerb},
      {"audit", AuditVerb}};
  return verbs.at(app.get_subcommands().front()->get_name())(arguments);
}

// Started without stdin, stdout or stderr (a daemon's child), the first files that are opened would
// take their numbers, and be closed or printed into.
void OpenStandardDescriptors() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", O_RDWR);
  }
}

// CLI11 takes the words from the back. "help run" is what git's users type for "run --help".
std::vector<std::string> InParseOrder(std::vector<std::string> words) {
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  return {words.rbegin(), words.rend()};
}

int Main(int argc, char** argv) {
  OpenStandardDescriptors();
  Arguments arguments;
  std::vector<std::string> words(argv + 1, argv + argc);
  arguments.command = "handrail";
  for (const std::string& word : words) arguments.command += " " + ShellQuote(word);
  std::vector<std::string> reports;
  CLI::App app(kAbout, "handrail");
  app.set_version_flag("--version", std::string("handrail ") + HANDRAIL_VERSION);
  app.require_subcommand(1);
  app.footer(kExitCodes);
  AddRun(app, arguments, reports);
  AddOthers(app, arguments);
  AddAudit(app, arguments.audit);
  try {
    app.parse(InParseOrder(words));
    for (const std::string& report : reports) {
      arguments.run.reports.push_back(ParseReport(report));
    }
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    if (words.empty()) {
      std::fputs(app.help().c_str(), stderr);
      return kExitUsage;
    }
    return Usage(app, error, words);
  }
  return Dispatch(app, arguments);
}

}  // namespace
}  // namespace handrail

int main(int argc, char** argv) { return handrail::Main(argc, argv); }
