// Engines that this project knows and no worker is built for here: most versions of Node.js come by
// request only, and one V8 takes 20 minutes to build. Data, as the table of those that are there is:
// the build writes them beside the binary (engines-to-have.json). Any thread.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "harness/runner/engine_table.h"

namespace handrail {

struct AbsentEngine {
  std::string id;   // "node-22"
  std::string get;  // the commands that set it up and build its worker
};

// Those in `file` that have no row. A file that cannot be read names none: it is only advice.
std::vector<AbsentEngine> ReadAbsentEngines(const std::string& file,
                                            const std::vector<EngineRow>& rows);

// InvalidArgument, with the way to have them, where one of `globs` means no row but some of these.
absl::Status CheckNotAbsent(const std::vector<AbsentEngine>& absent,
                            const std::vector<EngineRow>& rows,
                            const std::vector<std::string>& globs);

}  // namespace handrail
