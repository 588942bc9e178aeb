#include "harness/runner/sanitizer_log.h"

#include <charconv>

#include "harness/core/text.h"

namespace handrail {
namespace {

// Takes the next line off the front of `text`.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

int ToLine(std::string_view digits) {
  int line = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), line);
  return line;
}

// "path/file.cc:12:5" or "path/file.cc:12" or "(/lib/libfoo.so+0x12) (BuildId: ...)".
void ReadPlace(std::string_view place, Frame& frame) {
  if (place.starts_with('(')) return;
  // Debug information names files as they were built; findings name them as they lie in the tree.
  constexpr std::string_view kSource = HANDRAIL_SOURCE_DIR "/";
  if (place.starts_with(kSource)) place.remove_prefix(kSource.size());
  const size_t first = place.find(':');
  frame.file = OneLine(place.substr(0, first), 300);
  if (first != std::string_view::npos) frame.line = ToLine(place.substr(first + 1));
}

// "    #0 0x55d0 in function(args) place"
std::optional<Frame> ReadFrame(std::string_view line) {
  const size_t start = line.find_first_not_of(' ');
  if (start == std::string_view::npos || line[start] != '#') return std::nullopt;
  const size_t in = line.find(" in ");
  if (in == std::string_view::npos) return Frame{};
  std::string_view rest = line.substr(in + 4);
  // The place is the last word; a binary's place is followed by its build id.
  size_t cut = rest.rfind(" (");
  if (cut != std::string_view::npos && rest.substr(cut).starts_with(" (BuildId")) {
    rest = rest.substr(0, cut);
  }
  cut = rest.rfind(' ');
  Frame frame;
  frame.function = OneLine(rest.substr(0, cut), 300);
  if (cut != std::string_view::npos) ReadPlace(rest.substr(cut + 1), frame);
  return frame;
}

// The frames up to the first line that is none, once there was one.
std::vector<Frame> FirstStack(std::string_view text) {
  std::vector<Frame> frames;
  while (!text.empty() && frames.size() < SanitizerReport::kMostFrames) {
    std::optional<Frame> frame = ReadFrame(TakeLine(text));
    if (!frame && !frames.empty()) break;
    if (frame) frames.push_back(*std::move(frame));
  }
  return frames;
}

std::string FirstWord(std::string_view text) {
  std::string_view word = text.substr(0, text.find(' '));
  if (word.ends_with(':')) word.remove_suffix(1);
  return OneLine(word, 60);
}

// The summary names every error by one word; the head tells some in a sentence ("attempting
// double-free on ..."), but it is there also when the report was cut off.
std::string KindOf(std::string_view head, std::string_view text) {
  constexpr std::string_view kMark = "SUMMARY: ";
  const size_t mark = text.find(kMark);
  if (mark == std::string_view::npos) return FirstWord(head);
  text.remove_prefix(mark + kMark.size());
  const std::string_view line = TakeLine(text);
  const size_t colon = line.find(": ");
  return FirstWord(colon == std::string_view::npos ? head : line.substr(colon + 2));
}

}  // namespace

std::optional<SanitizerReport> ParseSanitizerLog(std::string_view text) {
  constexpr std::string_view kMark = "ERROR: ";
  constexpr std::string_view kTool = "Sanitizer: ";
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    const size_t mark = line.find(kMark);
    if (mark == std::string_view::npos) continue;
    const std::string_view rest = line.substr(mark + kMark.size());
    const size_t tool = rest.find(kTool);
    if (tool == std::string_view::npos) continue;
    SanitizerReport report;
    report.tool = OneLine(rest.substr(0, tool + kTool.size() - 2), 60);
    report.kind = KindOf(rest.substr(tool + kTool.size()), text);
    report.frames = FirstStack(text);
    return report;
  }
  return std::nullopt;
}

}  // namespace handrail
