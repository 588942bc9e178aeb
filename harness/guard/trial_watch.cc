#include "harness/guard/trial_watch.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "harness/engine/engine.h"
#include "harness/guard/call_watch.h"
#include "harness/guard/code_place.h"
#include "harness/guard/engine_signatures.h"
#ifdef HANDRAIL_NAPI
#include "harness/guard/napi_watch.h"
#endif

namespace handrail::guard {
namespace {

constexpr int kFrames = 24;
constexpr int kFramesOfKind = 12;

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
  return place.line == 0 || place.file.starts_with("harness/") ||
         place.file.starts_with("scenarios/napi/addon.") || place.module.starts_with("lib") ||
         place.file.find("/include/") != std::string::npos;
}

// The same for Node-API, where there is a Node.
void WatchNapi([[maybe_unused]] const WatchOptions& of_v8, [[maybe_unused]] Coverage& coverage) {
#ifdef HANDRAIL_NAPI
  NapiOptions options;
  options.report = of_v8.report;
  options.quarantine = of_v8.quarantine;
  options.ownership = of_v8.ownership;
  options.stack = [](napi_env__*) { return StackOfThisThread(); };
  StartNapiWatch(options);
  for (std::string& what : WatchNapiImports(reinterpret_cast<const void*>(&EngineSignatures)).not_covered) {
    coverage.not_covered.push_back(std::move(what));
  }
#endif
}

// Line by line the same mistake: its code, its place and the calls that led there.
using Kind = std::vector<const void*>;

Kind KindOf(const Misuse& misuse) {
  Kind kind = Callers(kFramesOfKind);
  kind.push_back(misuse.life.empty() ? nullptr : misuse.life.back().at);
  for (const char letter : misuse.code) kind.push_back(reinterpret_cast<const void*>(letter));
  return kind;
}

}  // namespace

Finding FindingOf(const Misuse& misuse) {
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

struct TrialWatch::State {
  std::vector<std::string> instruments;
  std::function<void(Finding)> report;
  std::mutex mutex;
  std::map<Kind, Finding> seen;
  std::map<Kind, int64_t> again;
  bool concluded = false;
};

void TrialWatch::Tell(State& state, const Misuse& misuse) {
  if (Has(state.instruments, "no-" + misuse.detector)) return;
  const std::lock_guard lock(state.mutex);
  if (state.concluded) return;
  Kind kind = KindOf(misuse);
  const auto seen = state.seen.find(kind);
  if (seen == state.seen.end()) {
    Finding finding = FindingOf(misuse);
    state.report(finding);
    state.seen.emplace(std::move(kind), std::move(finding));
  } else {
    ++state.again[kind];
  }
}

TrialWatch::TrialWatch(const std::vector<std::string>& instruments,
                       std::function<void(Finding)> report,
                       std::function<void(std::string)> note) {
  if (!Has(instruments, "quarantine")) return;
  state_ = std::make_shared<State>();
  state_->instruments = instruments;
  state_->report = std::move(report);
  WatchOptions options;
  options.signatures = EngineSignatures();
  options.ownership = !Has(instruments, "no-ownership");
  options.report = [state = state_](const Misuse& misuse) { Tell(*state, misuse); };
  Coverage coverage = StartWatching(reinterpret_cast<const void*>(&EngineSignatures), options);
  WatchNapi(options, coverage);
  engine::SetIsolateEnds(IsolateEnds);
  note_ = std::move(note);
  for (const std::string& what : coverage.not_covered) note_("quarantine does not cover " + what);
}

void TrialWatch::Conclude() {
  if (state_ == nullptr) return;
#ifdef HANDRAIL_NAPI
  ConcludeNapi([&](const Misuse& misuse) { Tell(*state_, misuse); });
#endif
  const WatchFigures figures = Figures();
  const std::lock_guard lock(state_->mutex);
  state_->concluded = true;
  for (const auto& [kind, count] : state_->again) {
    Finding finding = state_->seen.at(kind);
    finding.count = count;
    state_->report(std::move(finding));
  }
  if (figures.given_back > 0) {
    note_("the quarantine reached its bound and gave back " + std::to_string(figures.given_back) +
          " of " + std::to_string(figures.buried) + " slots: a use of older handles may go unseen");
  }
}

}  // namespace handrail::guard
