#include "reports/reporter.h"

#include <string_view>

#include "harness/core/text.h"
#include "reports/record_json.h"
#include "reports/write_file.h"

namespace handrail {
namespace {

struct Reporter {
  std::string_view kind;
  std::string (*render)(const RunRecord&);
};

constexpr Reporter kReporters[] = {
    {"json", RecordToJson},
};

const Reporter* Find(std::string_view kind) {
  for (const Reporter& reporter : kReporters) {
    if (reporter.kind == kind) return &reporter;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> ReportKinds() {
  std::vector<std::string> kinds;
  for (const Reporter& reporter : kReporters) kinds.emplace_back(reporter.kind);
  return kinds;
}

absl::Status CheckReportKind(const std::string& kind) {
  if (Find(kind) != nullptr) return absl::OkStatus();
  std::string message = "there is no report '" + OneLine(kind, 60) + "'";
  std::string nearest = Nearest(kind, ReportKinds());
  if (!nearest.empty()) message += "; did you mean '" + nearest + "'?";
  message += " The kinds are:";
  for (const std::string& known : ReportKinds()) message += " " + known;
  return absl::InvalidArgumentError(message);
}

absl::Status WriteReport(const ReportRequest& request, const RunRecord& record) {
  absl::Status known = CheckReportKind(request.kind);
  if (!known.ok()) return known;
  return WriteFileAtomically(request.path, Find(request.kind)->render(record));
}

}  // namespace handrail
