// The detection table as Markdown: one table for each engine.
#include "harness/core/instruments.h"
#include "reports/detection_table.h"
#include "reports/detection_text.h"
#include "reports/verdict_table.h"

namespace handrail {
namespace {

// Text from outside must not end a cell or begin a tag.
std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '`' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void AddLine(std::string& text, const std::string& label, const std::vector<std::string>& cells) {
  text += "| " + Escaped(label);
  for (const std::string& cell : cells) text += " | " + Escaped(cell);
  text += " |\n";
}

}  // namespace

std::string DetectionMarkdown(const Detection& detection, const RecordIndex& index) {
  std::string text;
  DetectionNotes notes;
  const std::vector<DetectionFoot> foot = FootOf(detection.columns);
  for (const std::string& engine : index.engines()) {
    std::vector<size_t> columns;
    std::vector<std::string> names;
    for (size_t i = 0; i < detection.columns.size(); ++i) {
      if (detection.columns[i].engine != engine) continue;
      columns.push_back(i);
      names.push_back(Plain(InstrumentSetName(detection.columns[i].instruments), 200));
    }
    if (columns.empty()) continue;
    const auto of = [&](auto text_of) {
      std::vector<std::string> cells;
      for (const size_t column : columns) cells.push_back(text_of(column));
      return cells;
    };
    AddLine(text, Plain(engine, 40) + ", " + ShortVersion(index.V8Version(engine)), names);
    AddLine(text, "---", std::vector<std::string>(columns.size(), "---"));
    for (const DetectionRow& row : detection.rows) {
      AddLine(text, Plain(row.scenario, 200) + "/" + Plain(row.strategy, 200),
              of([&](size_t column) { return WordOf(row.cells[column], notes).text; }));
    }
    for (const DetectionFoot& one : foot) {
      AddLine(text, one.label, of([&](size_t column) { return one.texts[column]; }));
    }
    text += "\n";
  }
  for (const std::string& note : notes.Lines()) text += "- " + Escaped(note) + "\n";
  for (const DetectionCover& cover : detection.covers) {
    std::string line;
    for (const std::string& one : CoverSentences(cover)) line += (line.empty() ? "" : "; ") + one;
    if (!line.empty()) text += "\n" + Escaped(line) + "\n";
  }
  return text;
}

}  // namespace handrail
