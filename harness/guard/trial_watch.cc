#include "harness/guard/trial_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/engine/engine.h"
#include "harness/guard/call_watch.h"
#include "harness/guard/code_place.h"
#include "harness/guard/engine_signatures.h"

namespace handrail::guard {
namespace {

constexpr int kFrames = 24;

bool Has(const std::vector<std::string>& instruments, std::string_view name) {
  return std::find(instruments.begin(), instruments.end(), name) != instruments.end();
}

LifeEvent StationOf(const Station& station) {
  const CodePlace place = PlaceOfCall(station.at);
  if (place.line != 0) return {station.what, place.file, place.line};
  return {station.at == nullptr ? station.what : station.what + ", in " + ToString(place), "", 0};
}

// Ours on the way to V8: what is asked for is the line that called it.
bool IsHelper(const CodePlace& place) {
  return place.line == 0 || place.file.starts_with("harness/") || place.file.find("/include/") != std::string::npos;
}

}  // namespace

Finding ToFinding(const Misuse& misuse) {
  Finding finding;
  finding.code = misuse.code;
  finding.detector = misuse.detector;
  finding.message = misuse.message;
  for (const Station& station : misuse.life) finding.life.push_back(StationOf(station));
  if (!misuse.life.empty() && misuse.life.back().at != nullptr &&
      IsHelper(PlaceOfCall(misuse.life.back().at))) {
    for (const void* caller : Callers(kFrames)) {
      const CodePlace place = PlaceOfCall(caller);
      if (IsHelper(place)) continue;
      finding.life.push_back({"by this call", place.file, place.line});
      break;
    }
  }
  return finding;
}

void TrialWatch::Start(const std::vector<std::string>& instruments,
                       std::function<void(Finding)> report,
                       std::function<void(std::string)> note) {
  if (!Has(instruments, "quarantine")) return;
  WatchOptions options;
  options.signatures = EngineSignatures();
  options.quarantine = !Has(instruments, "no-quarantine");
  options.ownership = !Has(instruments, "no-ownership");
  options.report = [report = std::move(report)](const Misuse& misuse) { report(ToFinding(misuse)); };
  const Coverage coverage = StartWatching(reinterpret_cast<const void*>(&TrialWatch::Start), options);
  engine::SetIsolateEnds(IsolateEnds);
  for (const std::string& what : coverage.not_covered) note("quarantine does not cover " + what);
}

}  // namespace handrail::guard
