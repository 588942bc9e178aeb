// What the audit library prints: findings as they come, or all at the end, each once a place with a
// count; and at exit a summary of what was covered, and what was not and why.
//
// Threads: any; one lock. A finding is one write(2), so that processes may share a log.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/audit/suppressions.h"
#include "harness/guard/misuse.h"

namespace handrail::audit {

struct Settings {
  int fd = 2;         // where to write
  int exit_code = 0;  // with findings; 0: the program's own
  bool at_exit = false;
  bool verbose = false;
  bool the_program = true;  // no: a child of it
};

// A module of the program that calls V8 or Node-API.
struct CoveredModule {
  std::string path{};
  int functions = 0;
};

class Report {
 public:
  explicit Report(const Settings& settings) : settings_(settings) {}

  Suppressions& suppressions() { return suppressions_; }
  void Tell(const guard::Misuse& misuse);
  // What is still open at the end: listed, and no finding.
  void TellOpen(const guard::Misuse& misuse);
  void Cover(CoveredModule module);
  // A function that a module has looked up by its name.
  void CoverLookedUp(const std::string& module, const std::string& function);
  void CannotCover(std::string what);
  // The last words. How many places were told.
  int64_t Summarize();

 private:
  using Key = std::pair<std::string, const void*>;
  struct Seen {
    std::string text;
    int64_t count = 0;
    bool silenced = false;
  };

  void Write(const std::string& text) const;
  std::string Coverage() const;

  Settings settings_;
  std::mutex mutex_;
  Suppressions suppressions_;
  std::map<Key, Seen> seen_;
  std::vector<Key> order_;
  std::vector<std::string> open_;
  std::vector<CoveredModule> covered_;
  std::map<std::string, std::set<std::string>> looked_up_;  // functions by module
  std::vector<std::string> not_covered_;
};

}  // namespace handrail::audit
