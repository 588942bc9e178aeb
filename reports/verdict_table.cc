#include "reports/verdict_table.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace handrail {
namespace {

constexpr size_t kMaxColumns = 7;
constexpr int kKindWidth = 7;   // "correct"
constexpr int kBriefWidth = 8;  // "UNSTABLE"
constexpr int kLeastLabel = 26;

struct Row {
  std::string label;
  std::string_view kind;
  std::vector<const ResultRecord*> cells;  // by engine; nullptr: no result
};

struct Scenario {
  std::string name;
  std::vector<Row> rows;
};

struct Family {
  std::string name;
  std::vector<Scenario> scenarios;
};

// The element that `same` accepts, added at the end when there is none yet: first seen, first
// shown.
template <typename Element, typename Same>
Element& FindOrAdd(std::vector<Element>& elements, Same same, Element fresh) {
  auto found = std::find_if(elements.begin(), elements.end(), same);
  if (found != elements.end()) return *found;
  elements.push_back(std::move(fresh));
  return elements.back();
}

std::vector<Family> Group(const RecordIndex& index) {
  const std::vector<std::string>& engines = index.engines();
  std::vector<Family> families;
  for (const ResultRecord& result : index.record().results) {
    std::string id = Plain(result.scenario, 200);
    size_t slash = std::min(id.find('/'), id.size());
    std::string family_name = id.substr(0, slash);
    std::string name = id.substr(std::min(slash + 1, id.size()));
    Family& family = FindOrAdd(
        families, [&](const Family& other) { return other.name == family_name; },
        Family{family_name, {}});
    Scenario& scenario = FindOrAdd(
        family.scenarios, [&](const Scenario& other) { return other.name == name; },
        Scenario{name, {}});
    std::string label = Plain(result.strategy, 200);
    Row& row = FindOrAdd(
        scenario.rows, [&](const Row& other) { return other.label == label; },
        Row{label, ToString(result.kind), std::vector<const ResultRecord*>(engines.size())});
    auto engine = std::find(engines.begin(), engines.end(), result.engine);
    row.cells[static_cast<size_t>(engine - engines.begin())] = &result;
  }
  return families;
}

// One table over some of the engines, as the columns that it needs.
class Table {
 public:
  Table(const RecordIndex& index, const std::vector<Family>& families, size_t first, size_t count,
        const TextStyle& style)
      : index_(index), families_(families), first_(first), count_(count), style_(style) {
    if (Measure()) return;
    brief_ = true;
    gap_ = 1;
    Measure();
  }

  std::string Render() const {
    std::string text = Header();
    for (const Family& family : families_) {
      text += Paint(Shorten(family.name, style_.width), Ink::kBold, style_.colour) + "\n";
      for (const Scenario& scenario : family.scenarios) {
        if (!scenario.name.empty()) text += "  " + Shorten(scenario.name, style_.width - 2) + "\n";
        for (const Row& row : scenario.rows) text += Line(row);
      }
    }
    if (brief_) text += "a code alone: caught with it; +1: and one more\n";
    return text;
  }

 private:
  // Sets the widths; false when too little is left for the labels.
  bool Measure() {
    widths_.assign(count_, 0);
    int wanted = 0;
    for (size_t i = 0; i < count_; ++i) {
      const std::string& engine = index_.engines()[first_ + i];
      widths_[i] = std::max(Width(Plain(engine)), Width(ShortVersion(index_.V8Version(engine))));
      if (brief_) widths_[i] = std::min(widths_[i], kBriefWidth);
    }
    for (const Family& family : families_) {
      for (const Scenario& scenario : family.scenarios) {
        for (const Row& row : scenario.rows) {
          wanted = std::max(wanted, 4 + Width(row.label));
          MeasureCells(row);
        }
      }
    }
    int left = style_.width - gap_ - kKindWidth;
    for (int width : widths_) left -= gap_ + width;
    label_ = std::min(wanted, std::max(left, 12));
    return left >= std::min(wanted, kLeastLabel);
  }

  void MeasureCells(const Row& row) {
    for (size_t i = 0; i < count_; ++i) {
      const ResultRecord* result = row.cells[first_ + i];
      if (result == nullptr) continue;
      int width = Width(VerdictCell(index_, *result, brief_).text);
      widths_[i] = std::max(widths_[i], brief_ ? std::min(width, kBriefWidth) : width);
    }
  }

  std::string Header() const {
    std::string names = PadRight("", label_ + gap_ + kKindWidth);
    std::string versions = names;
    for (size_t i = 0; i < count_; ++i) {
      const std::string& engine = index_.engines()[first_ + i];
      std::string name = Shorten(Plain(engine), widths_[i]);
      std::string version = Shorten(ShortVersion(index_.V8Version(engine)), widths_[i]);
      names += PadRight("", gap_) + PadRight(name, widths_[i]);
      versions += PadRight("", gap_) + PadRight(version, widths_[i]);
    }
    auto trimmed = [](std::string line) {
      line.resize(line.find_last_not_of(' ') + 1);
      return line;
    };
    return Paint(trimmed(names), Ink::kBold, style_.colour) + "\n" +
           Paint(trimmed(versions), Ink::kDim, style_.colour) + "\n";
  }

  std::string Line(const Row& row) const {
    std::string line =
        "    " + PadRight(Shorten(row.label, label_ - 4), label_ - 4) + PadRight("", gap_);
    line += PadRight(row.kind, kKindWidth);
    int blanks = 0;  // kept back, so that no line ends in blanks
    for (size_t i = 0; i < count_; ++i) {
      const ResultRecord* result = row.cells[first_ + i];
      Cell cell = result == nullptr ? Cell{} : VerdictCell(index_, *result, brief_);
      std::string text = Shorten(cell.text, widths_[i]);
      blanks += gap_;
      if (!text.empty()) {
        line.append(static_cast<size_t>(blanks), ' ');
        line += Paint(text, cell.ink, style_.colour);
        blanks = 0;
      }
      blanks += widths_[i] - Width(text);
    }
    return line + "\n";
  }

  const RecordIndex& index_;
  const std::vector<Family>& families_;
  size_t first_;
  size_t count_;
  const TextStyle& style_;
  bool brief_ = false;
  int gap_ = 2;  // blanks between columns
  std::vector<int> widths_;
  int label_ = 0;
};

}  // namespace

std::string ShortVersion(std::string_view version) {
  size_t dot = version.find('.');
  if (dot == std::string_view::npos) return "";
  return "V8 " + Plain(version.substr(0, version.find_first_of(".-", dot + 1)), 12);
}

std::string VerdictTable(const RecordIndex& index, const TextStyle& style) {
  std::vector<Family> families = Group(index);
  std::string text;
  for (size_t first = 0; first < index.engines().size(); first += kMaxColumns) {
    size_t count = std::min(kMaxColumns, index.engines().size() - first);
    if (first > 0) text += "\n";
    text += Table(index, families, first, count, style).Render();
  }
  return text;
}

}  // namespace handrail
