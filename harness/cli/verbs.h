// The verbs of the command line, each a function from parsed arguments to an exit code. main.cc
// parses, these act; the work itself is in session.h and in the reports.
//
// Exit codes: 0 all as declared, 1 something is not, 2 usage, 3 harness or self-test failure,
// 4 nothing ran, 130 interrupted.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "harness/core/options.h"
#include "harness/runner/engine_table.h"

namespace handrail {

inline constexpr int kExitUsage = 2;
inline constexpr int kExitHarness = 3;
inline constexpr int kExitNothingRan = 4;
inline constexpr int kExitInterrupted = 130;

// Of `handrail audit`.
struct AuditOptions {
  std::vector<std::string> program{};  // with its arguments
  std::string suppressions{};          // a file; empty: none
  std::string log{};                   // a file; empty: stderr
  int error_exit_code = 0;             // when something was found; 0: the program's own
  bool at_exit = false;                // tell all findings at the end
  bool verbose = false;
  bool children = true;
};

struct Arguments {
  RunOptions run;
  AuditOptions audit;
  bool json = false;    // print data, not text
  std::string command;  // the whole command line, quoted for a shell
  std::string topic;    // of explain and replay; of report the record's path
  bool markdown = false;  // of report: the detection table as Markdown
};

int RunVerb(Arguments arguments);
int ReplayVerb(Arguments arguments);
int ListVerb(const Arguments& arguments);
int ExplainVerb(const Arguments& arguments);
int SelftestVerb(const Arguments& arguments);
int DoctorVerb(const Arguments& arguments);
int ReportVerb(const Arguments& arguments);
// Returns only when the program could not be started.
int AuditVerb(const Arguments& arguments);

// The library that audit loads into programs; empty: there is none, and `problem` says why.
std::string AuditLibrary(std::string* problem);

// Prints "handrail: <message>" to stderr and returns `code`.
int Complain(const std::string& message, int code);

// The same for what FindEngines gave: an engine that does not exist is the caller's mistake, a
// table that cannot be read is ours.
int NoEngines(const absl::Status& status);

// Names each engine that cannot be used, and why, on stderr.
void TellProblems(const std::vector<Engine>& engines);

// Whether stdout (1) or stderr (2) is a terminal that wants colours and rewritten lines; NO_COLOR,
// CI and TERM=dumb say that it does not.
bool IsRichTerminal(int fd);

}  // namespace handrail
