#include "harness/runner/event_reader.h"

#include <string>
#include <utility>

#include "harness/core/text.h"

namespace handrail {
namespace {

constexpr size_t kLongestEvent = 64 << 10;
constexpr size_t kMostFindings = 1000;
constexpr size_t kMostNotes = 20;

}  // namespace

void EventReader::Unreadable(std::string_view why) {
  Finding finding;
  finding.code = "PX010";
  finding.detector = "runner";
  finding.message = "what the trial sent cannot be read: " + OneLine(why, 200);
  Fold(evidence_.findings, std::move(finding));
}

void EventReader::Take(std::string_view bytes) {
  bytes_ += static_cast<int64_t>(bytes.size());
  if (too_much()) return;
  rest_.append(bytes);
  size_t start = 0;
  for (size_t end; (end = rest_.find('\n', start)) != std::string::npos; start = end + 1) {
    TakeLine(std::string_view(rest_).substr(start, end - start));
  }
  rest_.erase(0, start);
  if (rest_.size() > kLongestEvent) {
    Unreadable("an event without end");
    rest_.clear();
  }
}

void EventReader::TakeLine(std::string_view line) {
  std::string error;
  std::optional<Event> event = ParseEvent(line, &error);
  if (!event) return Unreadable(error);
  switch (event->kind) {
    case Event::Kind::kReached:
      evidence_.faulty_line = std::move(event->place);
      evidence_.faulty_line.what = "the faulty line runs here";
      break;
    case Event::Kind::kFinding:
      if (evidence_.findings.size() < kMostFindings) {
        Fold(evidence_.findings, std::move(event->finding));
      }
      break;
    case Event::Kind::kV8Fatal:
    case Event::Kind::kOutOfMemory:
      if (!last_words_) last_words_ = *std::move(event);
      break;
    case Event::Kind::kNote:
      Note(event->message);
      break;
    case Event::Kind::kFigure:
      TakeFigure(std::move(event->figure));
      break;
    case Event::Kind::kClaim:
      TakeClaim(std::move(event->claim));
      break;
    case Event::Kind::kDone:
      done_ = true;
      break;
  }
}

void EventReader::Note(std::string_view text) {
  if (evidence_.notes.size() < kMostNotes) evidence_.notes.push_back(OneLine(text));
}

void EventReader::TakeFigure(Figure figure) {
  if (AddFigure(evidence_.figures, std::move(figure)) || too_many_figures_) return;
  too_many_figures_ = true;
  Note("more than " + std::to_string(kMostFigures) + " figures: the others are left out");
}

// An outcome is never taken back by a later one, but by one that says the claim does not hold.
void EventReader::TakeClaim(ClaimOutcome claim) {
  const bool settled = evidence_.claim && !evidence_.claim->open;
  if (settled && (claim.open || claim.holds || !evidence_.claim->holds)) return;
  evidence_.claim = std::move(claim);
}

}  // namespace handrail
