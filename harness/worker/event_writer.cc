#include "harness/worker/event_writer.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace handrail {
namespace {

std::string KeyOf(const Finding& finding) {
  std::string key = finding.code;
  if (!finding.life.empty()) {
    key += finding.life.back().file + ':' + std::to_string(finding.life.back().line);
  }
  return key;
}

}  // namespace

void EventWriter::Write(const Event& event) {
  const std::string line = ToJsonLine(event);
  size_t written = 0;
  while (written < line.size()) {
    const ssize_t n = write(fd_, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // the runner has gone, or the trial closed our descriptor: nobody to tell
    written += static_cast<size_t>(n);
  }
}

void EventWriter::Reached(std::string file, int line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Event event;
  event.kind = Event::Kind::kReached;
  event.place = {"", std::move(file), line};
  Write(event);
}

void EventWriter::Report(Finding finding) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Finding& seen = seen_.try_emplace(KeyOf(finding), finding).first->second;
  if (seen.count++ > kWrittenOfEach) return;
  Event event;
  event.kind = Event::Kind::kFinding;
  event.finding = std::move(finding);
  Write(event);
}

void EventWriter::LastWords(bool out_of_memory, const char* location, const char* message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Event event;
  event.kind = out_of_memory ? Event::Kind::kOutOfMemory : Event::Kind::kV8Fatal;
  event.where = location;
  event.message = message;
  Write(event);
}

void EventWriter::Note(std::string message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Event event;
  event.message = std::move(message);
  Write(event);
}

void EventWriter::Measured(Figure figure) {
  if (!IsFigure(figure.value)) {
    return Note("the figure '" + figure.what + "' is left out: it is no number that can be shown");
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  Event event;
  event.kind = Event::Kind::kFigure;
  event.figure = std::move(figure);
  Write(event);
}

void EventWriter::Claim(ClaimOutcome outcome) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Event event;
  event.kind = Event::Kind::kClaim;
  event.claim = std::move(outcome);
  Write(event);
}

void EventWriter::Done() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [key, finding] : seen_) {
    const int64_t untold = finding.count - 1 - kWrittenOfEach;
    if (untold <= 0) continue;
    Event event;
    event.kind = Event::Kind::kFinding;
    event.finding = finding;
    event.finding.count = untold;
    Write(event);
  }
  Event done;
  done.kind = Event::Kind::kDone;
  Write(done);
}

}  // namespace handrail
