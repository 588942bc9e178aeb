// handrail audit: starts a person's own program with the audit library in it. The program takes the
// place of this process, so that its exit status, signals and terminal are its own.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/audit/settings.h"
#include "harness/audit/suppressions.h"
#include "harness/cli/context.h"
#include "harness/cli/verbs.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

namespace fs = std::filesystem;

// Children may be started in another folder.
std::string Absolute(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return error ? path : absolute.string();
}

void Tell(const char* variable, const std::string& value) {
  if (value.empty()) {
    unsetenv(variable);
  } else {
    setenv(variable, value.c_str(), 1);
  }
}

// Empty: there is none, or it is fine. The user's own variable counts where no file is named.
std::string CheckSuppressions(std::string& file) {
  const char* variable = std::getenv(audit::kSuppressionsVariable);
  if (file.empty() && variable != nullptr) file = variable;
  if (file.empty()) return {};
  std::string problem;
  audit::Suppressions suppressions;
  return suppressions.Read(file, &problem) ? std::string() : problem;
}

void SetUp(const AuditOptions& options, const std::string& library) {
  const char* preload = std::getenv("LD_PRELOAD");
  const bool others = preload != nullptr && *preload != '\0';
  Tell("LD_PRELOAD", others ? library + ":" + preload : library);
  Tell(audit::kSuppressionsVariable,
       options.suppressions.empty() ? "" : Absolute(options.suppressions));
  Tell(audit::kLogVariable, options.log.empty() ? "" : Absolute(options.log));
  Tell(audit::kExitCodeVariable,
       options.error_exit_code == 0 ? "" : std::to_string(options.error_exit_code));
  Tell(audit::kAtExitVariable, options.at_exit ? "1" : "");
  Tell(audit::kVerboseVariable, options.verbose ? "1" : "");
  Tell(audit::kNoChildrenVariable, options.children ? "" : "1");
  Tell(audit::kProcessVariable, std::to_string(getpid()));  // exec keeps it
}

}  // namespace

std::string AuditLibrary(std::string* problem) {
#ifndef __x86_64__
  *problem = "audit is there on x86-64 only; this machine is another";
  return {};
#else
  const fs::path library = fs::path(BinFolder()) / audit::kLibrary;
  if (access(library.c_str(), R_OK) == 0) return library.string();
  *problem = library.string() + " is not there: it is built where an engine node-* is set up";
  return {};
#endif
}

int AuditVerb(const Arguments& arguments) {
  AuditOptions options = arguments.audit;
  if (options.program.empty()) {
    return Complain("audit: which program? as in: handrail audit -- node app.js", kExitUsage);
  }
  std::string problem = CheckSuppressions(options.suppressions);
  if (!problem.empty()) return Complain(problem, kExitUsage);
  if (!options.log.empty()) {
    FILE* const log = std::fopen(options.log.c_str(), "ae");
    if (log == nullptr) {
      return Complain(OneLine(options.log) + ": cannot be written: " + std::strerror(errno),
                      kExitUsage);
    }
    std::fclose(log);
  }
  const std::string library = AuditLibrary(&problem);
  if (library.empty()) return Complain(problem, kExitHarness);
  SetUp(options, library);
  std::vector<char*> words;
  for (std::string& word : options.program) words.push_back(word.data());
  words.push_back(nullptr);
  execvp(words[0], words.data());
  const int error = errno;
  // As a shell says it.
  return Complain(OneLine(options.program[0]) + ": cannot be started: " + std::strerror(error),
                  error == ENOENT ? 127 : 126);
}

}  // namespace handrail
