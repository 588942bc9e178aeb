#include "harness/runner/engine_table.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "harness/core/instruments.h"
#include "harness/core/text.h"
#include "harness/runner/capture.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

constexpr int kProbeMs = 20'000;
constexpr const char* kMend = "build again (scripts/run.sh does all of it)";

absl::StatusOr<EngineRow> RowOf(const Json& json, const std::filesystem::path& folder) {
  EngineRow row;
  const std::pair<const char*, std::string*> members[] = {
      {"id", &row.id}, {"kind", &row.kind}, {"worker", &row.worker}, {"path", &row.path}};
  for (const auto& [name, member] : members) {
    if (!json.is_object() || !json.contains(name) || !json[name].is_string()) {
      return absl::InvalidArgumentError(std::string("a row has no text member '") + name + "'");
    }
    *member = json[name].get<std::string>();
  }
  if (row.kind != "executable" && row.kind != "node-addon") {
    return absl::InvalidArgumentError("engine '" + row.id + "' is of unknown kind '" + row.kind +
                                      "'");
  }
  for (const Json& name : json.value("instruments", Json::array())) {
    if (!name.is_string() || !IsInstrument(name.get<std::string>(), InstrumentKind::kBuild)) {
      return absl::InvalidArgumentError("engine '" + row.id + "' is built with " +
                                        OneLine(name.dump(), 60) + ", which is no instrument");
    }
    row.instruments.push_back(name.get<std::string>());
  }
  row.instruments = InOrder(std::move(row.instruments));
  row.worker = (folder / row.worker).lexically_normal().string();
  return row;
}

// The rows of one file; the siblings that it names are added to `siblings`, when that is given.
absl::StatusOr<std::vector<EngineRow>> ReadOneTable(const std::string& file,
                                                    std::vector<std::string>* siblings) {
  std::ifstream in(file);
  if (!in) {
    return absl::NotFoundError("no table of engines at " + file + "; " + kMend);
  }
  std::stringstream text;
  text << in.rdbuf();
  const Json json = Json::parse(text.str(), nullptr, false);
  if (!json.is_array()) {
    return absl::InvalidArgumentError(file + " is not a JSON array of engines; " + kMend);
  }
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::vector<EngineRow> rows;
  for (const Json& element : json) {
    if (element.is_object() && element.contains("table") && element["table"].is_string()) {
      const std::string table = element["table"].get<std::string>();
      if (siblings != nullptr) siblings->push_back((folder / table).lexically_normal().string());
      continue;
    }
    absl::StatusOr<EngineRow> row = RowOf(element, folder);
    if (!row.ok()) {
      return absl::InvalidArgumentError(file + ": " + std::string(row.status().message()) + "; " +
                                        kMend);
    }
    rows.push_back(*std::move(row));
  }
  return rows;
}

std::string LastLine(const std::string& text) {
  const size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return "it printed nothing";
  const size_t start = text.rfind('\n', end);
  return OneLine(text.substr(start == std::string::npos ? 0 : start + 1, end), 300);
}

// "checked" is none of them: it tells what its V8 is.
std::vector<std::string> BuiltWith(const Catalog& catalog) {
  return InOrder(InstrumentsOfKind(InstrumentKind::kBuild, catalog.instruments));
}

}  // namespace

std::string Command::ToShell() const {
  std::string line;
  for (const std::string& variable : environment) line += ShellQuote(variable) + ' ';
  for (const std::string& word : argv) line += ShellQuote(word) + ' ';
  if (!line.empty()) line.pop_back();
  return line;
}

Command EngineRow::WorkerCommand(const std::string& mode) const {
  Command command;
  if (in_node()) {
    command.argv = {path, "--expose-gc", worker, mode};
    command.environment = {"NODE_OPTIONS="};  // the user's own must not change what is measured
  } else {
    command.argv = {worker, mode};
    command.environment = {"HANDRAIL_V8_FLAGS="};
  }
  return command;
}

EngineInfo Engine::Info() const {
  EngineInfo info;
  info.id = row.id;
  info.v8_version = catalog ? catalog->v8_version : "";
  std::error_code ignored;
  const std::filesystem::path relative = std::filesystem::relative(row.path, ".", ignored);
  const bool inside = !ignored && !relative.empty() && *relative.begin() != "..";
  info.path = inside ? relative.string() : row.path;
  info.problem = problem;
  info.instruments = row.instruments;
  return info;
}

absl::StatusOr<std::vector<EngineRow>> ReadEngineTable(const std::string& file) {
  std::vector<std::string> siblings;
  absl::StatusOr<std::vector<EngineRow>> rows = ReadOneTable(file, &siblings);
  if (!rows.ok()) return rows;
  for (const std::string& sibling : siblings) {
    if (access(sibling.c_str(), F_OK) != 0) continue;  // not built: nothing is missing by that
    auto more = ReadOneTable(sibling, nullptr);
    if (!more.ok()) return more;
    for (EngineRow& row : *more) {
      row.sibling = true;
      rows->push_back(std::move(row));
    }
  }
  return rows;
}

std::optional<size_t> VariantOf(const std::vector<EngineRow>& rows, std::string_view id,
                                const std::vector<std::string>& build) {
  std::optional<size_t> first;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].id != id) continue;
    if (rows[i].instruments == InOrder(build)) return i;
    if (!first) first = i;
  }
  return build.empty() ? first : std::nullopt;
}

Engine Probe(const EngineRow& row) {
  Engine engine;
  engine.row = row;
  for (const std::string& file : {row.worker, row.path}) {
    if (access(file.c_str(), R_OK) == 0) continue;
    engine.problem = file + " is missing; run scripts/setup.sh, then build again";
    return engine;
  }
  const Captured answer = RunAndCapture(row.WorkerCommand("--catalog"), kProbeMs);
  if (!answer.problem.empty() || answer.status != 0) {
    engine.problem = "its worker could not be loaded: " +
                     (answer.problem.empty() ? LastLine(answer.err) : answer.problem) +
                     "; run scripts/setup.sh, then build again";
    return engine;
  }
  std::string error;
  engine.catalog = ParseCatalog(answer.out, &error);
  if (!engine.catalog) engine.problem = "its worker's catalog cannot be read: " + error;
  if (engine.catalog && engine.catalog->engine != row.id) {
    engine.problem = "its worker says it is for '" + OneLine(engine.catalog->engine, 60) + "'; " + kMend;
    engine.catalog.reset();
  } else if (engine.catalog && BuiltWith(*engine.catalog) != row.instruments) {
    engine.problem = "its worker says it is built with " +
                     InstrumentSetName(engine.catalog->instruments) + ", its row " +
                     InstrumentSetName(row.instruments) + "; " + kMend;
    engine.catalog.reset();
  }
  return engine;
}

absl::StatusOr<std::vector<EngineRow>> ChooseEngines(const std::vector<EngineRow>& rows,
                                                     const std::vector<std::string>& globs) {
  if (globs.empty()) return rows;
  std::vector<std::string> ids;
  for (const EngineRow& row : rows) {
    if (std::find(ids.begin(), ids.end(), row.id) == ids.end()) ids.push_back(row.id);
  }
  std::vector<bool> chosen(rows.size(), false);
  for (const std::string& glob : globs) {
    bool any = false;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!GlobMatch(glob, rows[i].id)) continue;
      chosen[i] = any = true;
    }
    if (any) continue;
    std::string all;
    for (const std::string& id : ids) all += (all.empty() ? "" : ", ") + id;
    const std::string near = Nearest(glob, ids);
    return absl::InvalidArgumentError("no engine '" + OneLine(glob, 60) + "'" +
                                      (near.empty() ? "" : "; did you mean '" + near + "'?") +
                                      " (there are: " + all + ")");
  }
  std::vector<EngineRow> out;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (chosen[i]) out.push_back(rows[i]);
  }
  return out;
}

}  // namespace handrail
