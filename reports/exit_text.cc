#include "reports/exit_text.h"

#include <algorithm>
#include <string_view>

#include "reports/layout.h"

namespace handrail {
namespace {

using Lines = std::vector<std::string>;

constexpr size_t kMaxFrames = 8;
constexpr size_t kMaxOutputLines = 4;

// Frames of the standard library say nothing about the mistake, and there are many of them.
bool IsPlumbing(const Frame& frame) {
  return frame.file.find("/include/c++/") != std::string::npos;
}

// "#2 function  file:line"; the place is kept whole, the function gives way.
Lines Frames(const Exit& exit, int width, size_t most) {
  Lines lines;
  for (const Frame& frame : exit.frames) {
    if (lines.size() == std::min(most, kMaxFrames)) break;
    if (IsPlumbing(frame)) continue;
    const std::string number = "#" + std::to_string(lines.size()) + " ";
    std::string place;
    if (!frame.file.empty()) {
      place = "  " + Shorten(Plain(frame.file, 160), width / 2);
      if (frame.line > 0) place += ":" + std::to_string(frame.line);
    }
    const int room = width - 9 - Width(number) - Width(place);
    lines.push_back("         " + number + Shorten(Plain(frame.function, 160), room) + place);
  }
  return lines;
}

// The last lines that the process printed: of an end that says nothing else they are the best clue.
Lines OutputTail(const TextStyle& style, std::string_view output) {
  Lines lines;
  while (!output.empty() && lines.size() < kMaxOutputLines) {
    size_t line_break = output.find_last_of('\n');
    size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
    std::string line = Plain(output.substr(begin));
    if (!line.empty()) lines.push_back("         " + Shorten(line, style.width - 9));
    output = output.substr(0, begin == 0 ? 0 : begin - 1);
  }
  std::reverse(lines.begin(), lines.end());
  if (lines.empty()) return lines;
  lines[0].replace(2, 5, "said:");
  PaintFront(lines[0], 7, Ink::kPlace, style.colour);
  return lines;
}

}  // namespace

Lines ExitLines(const TextStyle& style, const Evidence& evidence, size_t most) {
  if (evidence.exit.kind == ExitKind::kClean) return {};
  Lines lines = Labelled(style, "exit:", Plain(Describe(evidence.exit)), 2);
  Lines frames = Frames(evidence.exit, style.width, most - std::min(most, lines.size()));
  bool explained = !frames.empty() || evidence.exit.kind == ExitKind::kV8Fatal;
  Append(lines, std::move(frames));
  if (!explained) Append(lines, OutputTail(style, evidence.output));
  Limit(lines, most);
  return lines;
}

}  // namespace handrail
