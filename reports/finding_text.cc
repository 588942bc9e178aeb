#include "reports/finding_text.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <vector>

#include "reports/layout.h"

namespace handrail {
namespace {

using Lines = std::vector<std::string>;

constexpr size_t kMaxFrames = 8;
constexpr size_t kMaxOutputLines = 4;

// The block under construction. Its parts are cut so that together they keep to kMaxFindingLines.
class Block {
 public:
  explicit Block(const TextStyle& style) : style_(style) {}

  Lines Labelled(std::string_view label, std::string_view text, size_t most) const {
    Lines lines = Wrap("  " + PadRight(label, 7), text, style_.width);
    Limit(lines, most);
    Colour(lines[0], 2 + label.size(), Ink::kPlace);
    return lines;
  }

  // The first `bytes` of a line in `ink`.
  void Colour(std::string& line, size_t bytes, Ink ink) const {
    bytes = std::min(bytes, line.size());
    line = Paint(line.substr(0, bytes), ink, style_.colour) + line.substr(bytes);
  }

  const TextStyle& style() const { return style_; }

 private:
  const TextStyle& style_;
};

void Append(Lines& lines, Lines more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

std::string Join(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The last station whose place is known: there the harm showed.
const LifeEvent* LastPlace(const Finding& finding) {
  for (auto event = finding.life.rbegin(); event != finding.life.rend(); ++event) {
    if (!event->file.empty()) return &*event;
  }
  return nullptr;
}

std::string Title(const Finding& finding, const CodeInfo* info) {
  std::string title = info != nullptr ? std::string(info->title) : Plain(finding.message, 160);
  if (title.empty()) title = "a finding without words";
  if (finding.count > 1) title += " (seen " + std::to_string(finding.count) + " times)";
  return title;
}

Lines Arrow(const Block& block, const TrialRecord& trial, const LifeEvent* place) {
  std::string where = Plain(trial.scenario, 120);
  if (place != nullptr) {
    where = Plain(place->file, 200);
    if (place->line > 0) where += ":" + std::to_string(place->line);
  }
  std::string what = "strategy " + Plain(trial.strategy, 80) + ", engine " +
                     Plain(trial.engine, 40) + ", seed " + std::to_string(trial.seed);
  if (trial.size != 1) what += ", size " + std::to_string(trial.size);
  Lines lines = Wrap("  --> ", where, block.style().width);
  if (Width(lines.back()) + 3 + Width(what) <= block.style().width) {
    lines.back() += "   " + what;
  } else {
    Append(lines, Wrap("      ", what, block.style().width));
  }
  Limit(lines, 4);
  block.Colour(lines[0], 5, Ink::kPlace);
  return lines;
}

// One station: its line number in the gutter, its file only where that is not the arrow's.
Lines Station(const Block& block, const LifeEvent& event, const LifeEvent* place, int gutter) {
  std::string number = event.line > 0 ? std::to_string(event.line) : "";
  std::string prefix = PadLeft(number, gutter) + " | ";
  std::string text = Plain(event.what);
  if (!event.file.empty() && place != nullptr && event.file != place->file) {
    text += " (" + Plain(event.file, 120) + ")";
  }
  Lines lines = Wrap(prefix, text, block.style().width);
  Limit(lines, 2);
  for (size_t i = 1; i < lines.size(); ++i) lines[i].replace(static_cast<size_t>(gutter), 2, " |");
  for (std::string& line : lines) block.Colour(line, prefix.size(), Ink::kPlace);
  return lines;
}

// Of a life that is too long, the beginning and the end: the middle repeats itself.
Lines Life(const Block& block, const Finding& finding, size_t most) {
  const LifeEvent* place = LastPlace(finding);
  int gutter = 5;
  for (const LifeEvent& event : finding.life) {
    gutter = std::max(gutter, 1 + static_cast<int>(std::to_string(event.line).size()));
  }
  std::vector<Lines> stations;
  size_t total = 0;
  for (const LifeEvent& event : finding.life) {
    stations.push_back(Station(block, event, place, gutter));
    total += stations.back().size();
  }
  size_t left_out = 0;
  while (total + (left_out > 0 ? 1 : 0) > most && !stations.empty()) {
    size_t middle = stations.size() / 2;
    total -= stations[middle].size();
    stations.erase(stations.begin() + static_cast<std::ptrdiff_t>(middle));
    ++left_out;
  }
  Lines lines;
  for (size_t i = 0; i <= stations.size(); ++i) {
    if (left_out > 0 && i == (stations.size() + 1) / 2 && most > 0) {
      lines.push_back(std::string(static_cast<size_t>(gutter), ' ') + " | ... " +
                      std::to_string(left_out) + " more");
    }
    if (i < stations.size()) Append(lines, stations[i]);
  }
  return lines;
}

Lines Frames(const Exit& exit, int width, size_t most) {
  Lines lines;
  for (const Frame& frame : exit.frames) {
    if (lines.size() == std::min(most, kMaxFrames)) break;
    std::string text = "#" + std::to_string(lines.size()) + " " + Plain(frame.function, 160);
    if (!frame.file.empty()) {
      text += "  " + Plain(frame.file, 160);
      if (frame.line > 0) text += ":" + std::to_string(frame.line);
    }
    lines.push_back("         " + Shorten(text, width - 9));
  }
  return lines;
}

// The last lines that the process printed: of an end that says nothing else they are the best clue.
Lines OutputTail(const Block& block, std::string_view output) {
  Lines tail;
  while (!output.empty() && tail.size() < kMaxOutputLines) {
    size_t line_break = output.find_last_of('\n');
    size_t begin = line_break == std::string_view::npos ? 0 : line_break + 1;
    std::string line = Plain(output.substr(begin));
    if (!line.empty()) tail.push_back(Shorten(line, block.style().width - 9));
    output = output.substr(0, begin == 0 ? 0 : begin - 1);
  }
  std::reverse(tail.begin(), tail.end());
  Lines lines;
  for (const std::string& line : tail) {
    lines.push_back("         " + line);
  }
  if (lines.empty()) return lines;
  lines[0].replace(2, 5, "said:");
  block.Colour(lines[0], 7, Ink::kPlace);
  return lines;
}

Lines Ending(const Block& block, const Evidence& evidence, size_t most) {
  if (evidence.exit.kind == ExitKind::kClean) return {};
  Lines lines = block.Labelled("exit:", Plain(Describe(evidence.exit)), 2);
  Lines frames = Frames(evidence.exit, block.style().width, most - std::min(most, lines.size()));
  bool explained = !frames.empty() || evidence.exit.kind == ExitKind::kV8Fatal;
  Append(lines, std::move(frames));
  if (!explained) Append(lines, OutputTail(block, evidence.output));
  Limit(lines, most);
  return lines;
}

std::string Saw(const Finding& finding) {
  std::string text = Plain(finding.detector, 40);
  if (finding.certainty == Certainty::kStatistical) text += " (statistical)";
  if (finding.operation >= 0) text += ", at operation " + std::to_string(finding.operation);
  return text + ": " + Plain(finding.message);
}

Lines Again(const Block& block, const TrialRecord& trial) {
  if (trial.repeat.empty()) return {};
  Lines lines = WrapCommand("  again: ", Plain(trial.repeat, 1000), block.style().width);
  Limit(lines, 6);
  block.Colour(lines[0], 8, Ink::kPlace);
  return lines;
}

Lines Advice(const Block& block, const CodeInfo* info) {
  Lines lines;
  if (info == nullptr) return lines;
  lines = block.Labelled("why:", info->why, 3);
  Append(lines, block.Labelled("fix:", info->fix, 3));
  return lines;
}

}  // namespace

std::string FindingText(const Finding& finding, const TrialRecord& trial, const CodeInfo* info,
                        const TextStyle& style) {
  Block block(style);
  std::string head = "error[" + Plain(finding.code, 16) + "]";
  Lines lines = Wrap(head + ": ", Title(finding, info), style.width);
  Limit(lines, 2);
  block.Colour(lines[0], head.size(), Ink::kBad);
  Append(lines, Arrow(block, trial, LastPlace(finding)));

  // Without a known code the message is the title already.
  Lines saw;
  if (info != nullptr && !finding.message.empty()) saw = block.Labelled("saw:", Saw(finding), 3);
  Lines advice = Advice(block, info);
  Append(advice, Again(block, trial));
  size_t room = kMaxFindingLines - lines.size() - saw.size() - advice.size();
  size_t for_life = std::min(room, 2 * finding.life.size());
  Lines ending = Ending(block, trial.evidence, room - std::min(for_life, room / 2));
  Append(lines, Life(block, finding, room - ending.size()));
  Append(lines, std::move(saw));
  Append(lines, std::move(ending));
  Append(lines, std::move(advice));
  return Join(lines);
}

std::string TrialText(const TrialRecord& trial, const TextStyle& style) {
  Block block(style);
  const Evidence& evidence = trial.evidence;
  Lines lines = Arrow(block, trial, nullptr);
  if (!evidence.harness_error.empty()) {
    Append(lines, block.Labelled("why:", Plain(evidence.harness_error), 3));
  } else {
    std::string saw = "no finding; the mistake was reached " + std::to_string(evidence.reached) +
                      " times and triggered " + std::to_string(evidence.triggered) + " times";
    if (trial.kind != StrategyKind::kBroken) saw = "no finding";
    Append(lines, block.Labelled("saw:", saw, 2));
    Append(lines, Ending(block, evidence, 2 + kMaxFrames));
  }
  for (size_t i = 0; i < evidence.notes.size() && i < 3; ++i) {
    Append(lines, block.Labelled("note:", Plain(evidence.notes[i]), 2));
  }
  Append(lines, Again(block, trial));
  return Join(lines);
}

}  // namespace handrail
