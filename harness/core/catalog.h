// A catalog is what a worker says it can run: its scenarios as JSON, with the protocol's version.
// The runner never links a scenario; it asks the worker of each engine (`--catalog`). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/scenario_decl.h"

namespace handrail {

struct Catalog {
  std::string engine;      // "libnode"
  std::string v8_version;  // "10.2.154.26-node.36"
  bool can_fork = false;   // a zygote was tried here and works
  std::vector<std::string> instruments;  // what this worker was built with: "asan"
  std::vector<std::string> can;          // run-time instruments that it has, by name: "quarantine"
  std::vector<ScenarioDecl> scenarios;
};

std::string ToJson(const Catalog& catalog);
// Says what is wrong, and where, in `error`.
std::optional<Catalog> ParseCatalog(std::string_view json, std::string* error);

// "10.2.154.26" -> 1002; 0 when it is not a version.
int V8VersionNumber(std::string_view version);

}  // namespace handrail
