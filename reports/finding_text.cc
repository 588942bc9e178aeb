#include "reports/finding_text.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "harness/core/instruments.h"
#include "reports/exit_text.h"
#include "reports/layout.h"

namespace handrail {
namespace {

using Lines = std::vector<std::string>;

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

Lines Arrow(const TextStyle& style, const TrialRecord& trial, const LifeEvent& place) {
  std::string where = Plain(trial.scenario, 120);
  if (!place.file.empty()) {
    where = Plain(place.file, 200);
    if (place.line > 0) where += ":" + std::to_string(place.line);
  }
  std::string what = "strategy " + Plain(trial.strategy, 80) + ", engine " +
                     Plain(trial.engine, 40) + Plain(WithInstruments(trial.instruments), 80) +
                     ", seed " + std::to_string(trial.seed);
  if (trial.size != 1) what += ", size " + std::to_string(trial.size);
  Lines lines = Wrap("  --> ", where, style.width);
  if (Width(lines.back()) + 3 + Width(what) <= style.width) {
    lines.back() += "   " + what;
  } else {
    Append(lines, Wrap("      ", what, style.width));
  }
  Limit(lines, 4);
  PaintFront(lines[0], 5, Ink::kPlace, style.colour);
  return lines;
}

// One station: its line number in the gutter, its file only where that is not the arrow's.
Lines Station(const TextStyle& style, const LifeEvent& event, const LifeEvent* place, int gutter) {
  std::string number = event.line > 0 ? std::to_string(event.line) : "";
  std::string prefix = PadLeft(number, gutter) + " | ";
  std::string text = Plain(event.what);
  if (!event.file.empty() && place != nullptr && event.file != place->file) {
    text += " (" + Plain(event.file, 120) + ")";
  }
  Lines lines = Wrap(prefix, text, style.width);
  Limit(lines, 2);
  for (size_t i = 1; i < lines.size(); ++i) lines[i].replace(static_cast<size_t>(gutter), 2, " |");
  for (std::string& line : lines) PaintFront(line, prefix.size(), Ink::kPlace, style.colour);
  return lines;
}

// Of a life that is too long, the beginning and the end: the middle repeats itself.
Lines Life(const TextStyle& style, const Finding& finding, size_t most) {
  const LifeEvent* place = LastPlace(finding);
  int gutter = 5;
  for (const LifeEvent& event : finding.life) {
    gutter = std::max(gutter, 1 + static_cast<int>(std::to_string(event.line).size()));
  }
  std::vector<Lines> stations;
  size_t total = 0;
  for (const LifeEvent& event : finding.life) {
    stations.push_back(Station(style, event, place, gutter));
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

std::string Saw(const Finding& finding) {
  std::string text = Plain(finding.detector, 40);
  if (finding.certainty == Certainty::kStatistical) text += " (statistical)";
  if (finding.operation >= 0) text += ", at operation " + std::to_string(finding.operation);
  return text + ": " + Plain(finding.message);
}

// False for what is said already, by the line that tells how the process ended.
bool AddsToEnding(const Finding& finding, const Exit& exit) {
  if (finding.message.empty()) return false;
  return exit.kind == ExitKind::kClean || Describe(exit).find(finding.message) == std::string::npos;
}

Lines Again(const TextStyle& style, const TrialRecord& trial) {
  if (trial.repeat.empty()) return {};
  Lines lines = WrapCommand("  again: ", Plain(trial.repeat, 1000), style.width);
  Limit(lines, 6);
  PaintFront(lines[0], 8, Ink::kPlace, style.colour);
  return lines;
}

// As many whole sentences as take about three lines, at least one: `handrail explain` has the rest.
std::string_view FirstSentences(std::string_view text) {
  constexpr size_t kMost = 270;
  size_t end = 0;
  while (end < text.size()) {
    size_t stop = text.find(". ", end);
    size_t next = stop == std::string_view::npos ? text.size() : stop + 2;
    if (end > 0 && next > kMost) break;
    end = next;
  }
  text = text.substr(0, end);
  if (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Lines Advice(const TextStyle& style, const CodeInfo* info) {
  Lines lines;
  if (info == nullptr) return lines;
  lines = Labelled(style, "why:", FirstSentences(info->why), 4);
  Append(lines, Labelled(style, "fix:", FirstSentences(info->fix), 4));
  return lines;
}

}  // namespace

std::string FindingText(const Finding& finding, const TrialRecord& trial, const LifeEvent& declared,
                        const CodeInfo* info, const TextStyle& style) {
  const LifeEvent* place = LastPlace(finding);
  std::string head = "error[" + Plain(finding.code, 16) + "]";
  Lines lines = Wrap(head + ": ", Title(finding, info), style.width);
  Limit(lines, 2);
  PaintFront(lines[0], head.size(), Ink::kBad, style.colour);
  Append(lines, Arrow(style, trial, place != nullptr ? *place : declared));

  Lines saw;
  if (info != nullptr && AddsToEnding(finding, trial.evidence.exit)) {
    saw = Labelled(style, "saw:", Saw(finding), 3);
  }
  Lines advice = Advice(style, info);
  Append(advice, Again(style, trial));
  size_t room = kMaxFindingLines - lines.size() - saw.size() - advice.size();
  size_t for_life = std::min(room, 2 * finding.life.size());
  Lines ending = ExitLines(style, trial.evidence, room - std::min(for_life, room / 2));
  Append(lines, Life(style, finding, room - ending.size()));
  Append(lines, std::move(saw));
  Append(lines, std::move(ending));
  Append(lines, std::move(advice));
  return JoinLines(lines);
}

std::string TrialText(const TrialRecord& trial, const LifeEvent& declared, const TextStyle& style) {
  const Evidence& evidence = trial.evidence;
  Lines lines = Arrow(style, trial, declared);
  if (!evidence.harness_error.empty()) {
    Append(lines, Labelled(style, "error:", Plain(evidence.harness_error), 3));
  } else {
    std::string saw = "no finding";
    if (trial.kind == StrategyKind::kBroken) {
      saw += "; reached: " + std::to_string(evidence.reached) +
             ", triggered: " + std::to_string(evidence.triggered);
    }
    Append(lines, Labelled(style, "saw:", saw, 2));
    Append(lines, ExitLines(style, evidence, kMaxFindingLines / 3));
  }
  for (size_t i = 0; i < evidence.notes.size() && i < 3; ++i) {
    Append(lines, Labelled(style, "note:", Plain(evidence.notes[i]), 2));
  }
  Append(lines, Again(style, trial));
  return JoinLines(lines);
}

}  // namespace handrail
