// handrail report: a record of an earlier run, told again.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "harness/cli/context.h"
#include "harness/cli/verbs.h"
#include "harness/core/text.h"
#include "reports/console.h"
#include "reports/detection_table.h"
#include "reports/record_json.h"

namespace handrail {

int ReportVerb(const Arguments& arguments) {
  std::string path = arguments.topic;
  if (path.empty()) {
    path = (std::filesystem::path(BinFolder()).parent_path() / "run.json").string();
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Complain("no record at " + OneLine(path) + "; handrail run writes one", kExitUsage);
  }
  std::stringstream text;
  text << file.rdbuf();
  std::string error;
  const auto record = ParseRecord(text.str(), &error);
  if (!record) return Complain(OneLine(path) + ": " + OneLine(error), kExitUsage);
  if (!arguments.markdown) {
    ConsoleOptions console;
    console.colour = IsRichTerminal(1);
    std::cout << ConsoleReport(*record, console) << std::flush;
    return 0;
  }
  if (!HasDetection(*record)) {
    return Complain(OneLine(path) +
                        " is of a run over one set of instruments: it has no detection "
                        "table (handrail run --profile matrix makes one)",
                    kExitUsage);
  }
  const RecordIndex index(*record);
  std::cout << DetectionMarkdown(DetectionOf(index), index) << std::flush;
  return 0;
}

}  // namespace handrail
