#include "harness/observe/repeated_findings.h"

namespace handrail {

LifeEvent ToLifeEvent(const Station& station) {
  return {station.what, station.place.file_name(), static_cast<int>(station.place.line())};
}

void RepeatedFindings::Tell(const char* code, const char* message, const std::vector<Station>& life,
                            int64_t operation) {
  Kind kind = {{code, 0}, {message, 0}};
  for (const Station& station : life) {
    kind.emplace_back(station.what, 0);
    kind.emplace_back(station.place.file_name(), station.place.line());
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (report_ == nullptr) return;
  const auto [at, is_new] = kinds_.try_emplace(std::move(kind));
  if (!is_new) {
    ++at->second.again;
    return;
  }
  Finding& finding = at->second.finding;
  finding.code = code;
  finding.detector = "promise-ledger";
  finding.message = message;
  finding.operation = operation;
  for (const Station& station : life) finding.life.push_back(ToLifeEvent(station));
  report_(finding);
}

void RepeatedFindings::TellCounted(Finding finding) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (report_ != nullptr) report_(std::move(finding));
}

void RepeatedFindings::Conclude() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (report_ == nullptr) return;
  for (auto& [kind, repeated] : kinds_) {
    if (repeated.again == 0) continue;
    repeated.finding.count = repeated.again;
    report_(repeated.finding);
  }
  report_ = nullptr;
}

}  // namespace handrail
