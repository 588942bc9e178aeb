#include "reports/detection_table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/core/instruments.h"
#include "reports/detection_text.h"
#include "reports/verdict_table.h"

namespace handrail {
namespace {

constexpr int kGap = 2;
constexpr int kIndent = 4;       // of a strategy below its scenario
constexpr int kLeastLabel = 24;  // columns kept for the names of strategies
constexpr int kMostCell = 18;

// The columns from `first` to before `end`, side by side.
struct Block {
  size_t first;
  size_t end;
};

class Table {
 public:
  Table(const Detection& detection, const RecordIndex& index, const TextStyle& style)
      : detection_(detection), index_(index), style_(style) {
    for (const DetectionRow& row : detection.rows) {
      words_.emplace_back();
      for (const DetectionCell& cell : row.cells) words_.back().push_back(WordOf(cell, notes_));
      label_ = std::max(label_, kIndent + Width(Plain(row.strategy, 200)));
    }
    foot_ = FootOf(detection.columns);
    Measure();
  }

  std::string Render() {
    for (const Block& block : Blocks()) {
      if (!text_.empty()) text_ += "\n";
      Heading(block);
      Rows(block);
      Foot(block);
    }
    Lines("", kDetectionLegend);
    for (const std::string& note : notes_.Lines()) Lines("  ", note);
    for (const DetectionCover& cover : detection_.covers) {
      std::string_view first;
      for (const std::string& sentence : CoverSentences(cover)) {
        if (first.empty()) text_ += "\n";
        Lines(first, sentence);
        first = "  ";
      }
    }
    return std::move(text_);
  }

 private:
  std::string SetName(size_t column) const {
    return Plain(InstrumentSetName(detection_.columns[column].instruments), 200);
  }

  void Measure() {
    for (size_t i = 0; i < detection_.columns.size(); ++i) {
      const std::string& engine = detection_.columns[i].engine;
      int width = std::max({Width(SetName(i)), Width(Plain(engine, 40)),
                            Width(ShortVersion(index_.V8Version(engine)))});
      for (const auto& row : words_) width = std::max(width, Width(row[i].text));
      for (const DetectionFoot& foot : foot_) width = std::max(width, Width(foot.texts[i]));
      widths_.push_back(std::min(width, kMostCell));
    }
  }

  int WidthOf(const Block& block) const {
    int width = 0;
    for (size_t i = block.first; i < block.end; ++i) width += kGap + widths_[i];
    return width;
  }

  // Engines whole as long as they fit; one that does not fit by itself is cut between its sets.
  std::vector<Block> Blocks() const {
    const int room = style_.width - std::min(label_, kLeastLabel);
    std::vector<Block> blocks;
    size_t next = 0;
    while (next < detection_.columns.size()) {
      Block engine = {next, next + 1};
      while (engine.end < detection_.columns.size() &&
             detection_.columns[engine.end].engine == detection_.columns[next].engine) {
        ++engine.end;
      }
      while (engine.end - engine.first > 1 && WidthOf(engine) > room) --engine.end;
      next = engine.end;
      const Block joined = {blocks.empty() ? 0 : blocks.back().first, engine.end};
      if (!blocks.empty() && WidthOf(joined) <= room) {
        blocks.back() = joined;
      } else {
        blocks.push_back(engine);
      }
    }
    return blocks;
  }

  int Label(const Block& block) const { return std::min(label_, style_.width - WidthOf(block)); }

  // A label and texts in the block's columns, no blanks at the end.
  void Line(const Block& block, const std::string& label, Ink ink,
            const std::vector<DetectionWord>& words) {
    text_ += Paint(Shorten(label, Label(block)), ink, style_.colour);
    int blanks = Label(block) - Width(Shorten(label, Label(block)));
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string word = Shorten(words[i].text, widths_[block.first + i]);
      blanks += kGap;
      if (!word.empty()) {
        text_.append(static_cast<size_t>(blanks), ' ');
        text_ += Paint(word, words[i].ink, style_.colour);
        blanks = 0;
      }
      blanks += widths_[block.first + i] - Width(word);
    }
    text_ += "\n";
  }

  void Heading(const Block& block) {
    std::vector<DetectionWord> names;
    std::vector<DetectionWord> versions;
    std::vector<DetectionWord> sets;
    for (size_t i = block.first; i < block.end; ++i) {
      const std::string& engine = detection_.columns[i].engine;
      const bool same = i > block.first && detection_.columns[i - 1].engine == engine;
      names.push_back({same ? "" : Plain(engine, 40), Ink::kBold});
      versions.push_back({same ? "" : ShortVersion(index_.V8Version(engine)), Ink::kDim});
      sets.push_back({SetName(i), Ink::kBold});
    }
    Line(block, "Detection", Ink::kBold, names);
    Line(block, "", Ink::kPlain, versions);
    Line(block, "", Ink::kPlain, sets);
  }

  void Rows(const Block& block) {
    std::string family;
    std::string scenario;
    for (const size_t at : Order()) {
      const DetectionRow& row = detection_.rows[at];
      const std::string id = Plain(row.scenario, 200);
      const size_t slash = std::min(id.find('/'), id.size());
      if (std::exchange(family, id.substr(0, slash)) != id.substr(0, slash)) {
        text_ += Paint(Shorten(family, style_.width), Ink::kBold, style_.colour) + "\n";
      }
      if (std::exchange(scenario, id) != id && slash < id.size()) {
        text_ += "  " + Shorten(id.substr(slash + 1), style_.width - 2) + "\n";
      }
      const auto first = words_[at].begin();
      Line(block, std::string(kIndent, ' ') + Plain(row.strategy, 200), Ink::kPlain,
           {first + static_cast<std::ptrdiff_t>(block.first),
            first + static_cast<std::ptrdiff_t>(block.end)});
    }
  }

  // Rows of one scenario, and scenarios of one family, stand together where they are met first.
  std::vector<size_t> Order() const {
    std::vector<std::pair<size_t, size_t>> firsts;
    for (const DetectionRow& row : detection_.rows) {
      const std::string family = row.scenario.substr(0, row.scenario.find('/'));
      const auto first = [&](auto same) {
        return static_cast<size_t>(
            std::find_if(detection_.rows.begin(), detection_.rows.end(), same) -
            detection_.rows.begin());
      };
      firsts.emplace_back(
          first([&](const DetectionRow& other) {
            return other.scenario.substr(0, other.scenario.find('/')) == family;
          }),
          first([&](const DetectionRow& other) { return other.scenario == row.scenario; }));
    }
    std::vector<size_t> order(firsts.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return firsts[a] < firsts[b]; });
    return order;
  }

  void Foot(const Block& block) {
    for (const DetectionFoot& foot : foot_) {
      std::vector<DetectionWord> words;
      for (size_t i = block.first; i < block.end; ++i) words.push_back({foot.texts[i], Ink::kBold});
      Line(block, foot.label, Ink::kBold, words);
    }
  }

  void Lines(std::string_view first, const std::string& text) {
    text_ += JoinLines(Wrap(first, text, style_.width));
  }

  const Detection& detection_;
  const RecordIndex& index_;
  const TextStyle& style_;
  DetectionNotes notes_;
  std::vector<std::vector<DetectionWord>> words_;  // by row and column
  std::vector<DetectionFoot> foot_;
  std::vector<int> widths_;
  int label_ = 0;
  std::string text_;
};

}  // namespace

std::string DetectionTable(const Detection& detection, const RecordIndex& index,
                           const TextStyle& style) {
  if (detection.rows.empty()) return "";
  return Table(detection, index, style).Render();
}

}  // namespace handrail
