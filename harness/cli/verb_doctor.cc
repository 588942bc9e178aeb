// handrail doctor: whether everything is there to run with, and what to do where it is not.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness/cli/context.h"
#include "harness/cli/session.h"
#include "harness/cli/verbs.h"
#include "harness/core/instruments.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

struct Check {
  std::string name;
  bool good;
  std::string text;
};

Check CheckEngine(const Engine& engine) {
  const std::string name = "engine " + engine.row.id;
  // One of another build is not run unless it is asked for.
  if (!engine.catalog && engine.row.sibling) {
    return {name, true, "its worker with " + InstrumentSetName(engine.row.instruments) +
                            " is out of date: " + engine.problem};
  }
  if (!engine.catalog) return {name, false, engine.problem};
  std::string text = "V8 " + engine.catalog->v8_version + ", " +
                     std::to_string(engine.catalog->scenarios.size()) + " scenarios, " +
                     (engine.row.in_node()         ? "a fresh Node.js for each trial"
                      : engine.catalog->can_fork ? "a fork for each trial"
                                                 : "a fresh process for each trial");
  for (const std::string& one : engine.catalog->instruments) text += ", " + one;
  for (const std::string& one : engine.catalog->can) text += ", can " + one;
  return {name, true, text};
}

std::vector<Check> CheckMachine() {
  std::vector<Check> checks;
  const std::string children = "/proc/self/task/" + std::to_string(getpid()) + "/children";
  checks.push_back({"stray processes", access(children.c_str(), R_OK) == 0,
                    "/proc/self/task/*/children lists what trials leave behind"});
  std::error_code error;
  const auto space = std::filesystem::space(BinFolder(), error);
  const bool enough = !error && space.available > (uintmax_t{256} << 20);
  checks.push_back({"disk", enough, error ? error.message()
                                          : HumanBytes(static_cast<int64_t>(space.available)) +
                                                " free for the record"});
  std::string problem;
  const std::string library = AuditLibrary(&problem);
  checks.push_back({"audit", true, library.empty() ? "not there: " + problem
                                                   : "watches a program of yours: handrail audit -- "
                                                     "node app.js"});
  checks.push_back({"processors", true, std::to_string(std::thread::hardware_concurrency())});
  return checks;
}

// The engines whose worker has it, by build or at run time: "libnode, node-26".
std::string Having(std::string_view instrument, const std::vector<Engine>& engines) {
  std::vector<std::string> ids;
  for (const Engine& engine : engines) {
    if (!engine.catalog) continue;
    const Catalog& catalog = *engine.catalog;
    if (!InstrumentIsOn(instrument, catalog.instruments) &&
        !InstrumentIsOn(instrument, catalog.can)) {
      continue;
    }
    if (std::find(ids.begin(), ids.end(), engine.row.id) == ids.end()) ids.push_back(engine.row.id);
  }
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + id;
  return text;
}

// Not having one is no fault: the check is there to teach which there are.
std::vector<Check> ListInstruments(const std::vector<Engine>& engines) {
  std::vector<Check> checks;
  std::string removals;
  for (const InstrumentInfo& info : AllInstruments()) {
    if (info.kind == InstrumentKind::kRemoval) {
      removals += " " + std::string(info.name);
      continue;
    }
    const std::string ids = Having(info.name, engines);
    const std::string where =
        !ids.empty() ? "on " + ids
        : info.kind == InstrumentKind::kBuild
            ? "not built: scripts/run.sh --instrument " + std::string(info.name)
            : "on no engine here";
    checks.push_back(
        {"--instrument " + ShownName(info), true, std::string(info.about) + " (" + where + ")"});
  }
  checks.push_back({"--instrument no-*", true, "takes a detector out:" + removals});
  return checks;
}

}  // namespace

int DoctorVerb(const Arguments& arguments) {
  const auto engines = FindVariants(arguments.run.engines);
  if (!engines.ok()) return NoEngines(engines.status());
  std::vector<Check> checks;
  for (const Engine& engine : *engines) checks.push_back(CheckEngine(engine));
  if (arguments.run.engines.empty()) {
    for (const AbsentEngine& one : FindAbsentEngines()) {
      checks.push_back({"engine " + one.id, true, "not set up: " + one.get});
    }
  }
  for (Check& check : ListInstruments(*engines)) checks.push_back(std::move(check));
  for (Check& check : CheckMachine()) checks.push_back(std::move(check));
  bool good = true;
  Json out = Json::array();
  for (const Check& check : checks) {
    good = good && check.good;
    out.push_back({{"check", check.name}, {"ok", check.good}, {"text", OneLine(check.text)}});
    if (arguments.json) continue;
    std::printf("%-7s %-24s %s\n", check.good ? "ok" : "PROBLEM", check.name.c_str(),
                OneLine(check.text).c_str());
  }
  if (arguments.json) {
    std::puts(out.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  }
  return good ? 0 : kExitHarness;
}

}  // namespace handrail
