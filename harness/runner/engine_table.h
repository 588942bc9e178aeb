// Engines as data: one row says what an engine is and how its workers are started. The rows are
// written by the build beside the binary (engines.json); one more engine is one more row.
//
// An engine can have several rows, its *variants*: workers that were compiled with different
// instruments. A table also names those of sibling builds, {"table": "../asan/bin/engines.json"},
// whose rows are added where they have been built.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/catalog.h"
#include "harness/core/run_record.h"

namespace handrail {

// A program with its arguments and what it gets in the environment besides ours.
struct Command {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value"

  std::string ToShell() const;
};

struct EngineRow {
  std::string id;      // "node-26"
  std::string kind;    // "executable": the worker owns V8; "node-addon": it is loaded by `path`
  std::string worker;  // absolute path of the worker
  std::string path;    // the V8 library, or Node's binary
  std::vector<std::string> instruments{};  // what the worker was built with: "asan"
  bool sibling = false;                    // from another build's table

  bool in_node() const { return kind == "node-addon"; }
  // `mode`: "--catalog", "--zygote" or "--trial".
  Command WorkerCommand(const std::string& mode) const;
};

// An engine that was asked what it can do, and answered or not.
struct Engine {
  EngineRow row;
  std::optional<Catalog> catalog;
  std::string problem;  // not empty: it cannot be used; says why and what to do

  int v8() const { return catalog ? V8VersionNumber(catalog->v8_version) : 0; }
  EngineInfo Info() const;
};

// Reads the rows from `file`, then those of the siblings that it names and that are there. Errors:
// NotFound, InvalidArgument, each with the way out.
absl::StatusOr<std::vector<EngineRow>> ReadEngineTable(const std::string& file);

// Asks the worker of one engine for its catalog; waits at most 20 seconds.
Engine Probe(const EngineRow& row);

// The rows whose ids match `globs` (empty: all), in the table's order. A glob that matches none:
// InvalidArgument with the nearest id.
absl::StatusOr<std::vector<EngineRow>> ChooseEngines(const std::vector<EngineRow>& rows,
                                                     const std::vector<std::string>& globs);

// Which of `rows` is the variant of engine `id` with just these build instruments. None asked for:
// the plain one, else its first: some engines exist with a sanitizer only. Nothing: there is none.
std::optional<size_t> VariantOf(const std::vector<EngineRow>& rows, std::string_view id,
                                const std::vector<std::string>& build);

}  // namespace handrail
