#include "reports/claims_table.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace handrail {
namespace {

constexpr size_t kMostColumns = 4;
constexpr int kLeastColumn = 7;   // "not run"
constexpr int kMostColumn = 12;   // of an engine's name
constexpr size_t kMostLines = 4;  // of one engine's figures

// One claim on all engines.
struct Claim {
  std::vector<const ResultRecord*> results;  // in the record's order, never empty
  std::string document;
  std::string text;  // what is asserted

  const ResultRecord* On(std::string_view engine) const {
    for (const ResultRecord* result : results) {
      if (result->engine == engine) return result;
    }
    return nullptr;
  }
};

// Grouped by document, both in the order in which they are first seen.
std::vector<Claim> Collect(const RecordIndex& index) {
  std::vector<Claim> claims;
  for (const ResultRecord& result : index.record().results) {
    if (!IsClaim(result)) continue;
    const auto same = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
      const ResultRecord& known = *claim.results.front();
      return known.scenario == result.scenario && known.strategy == result.strategy;
    });
    if (same != claims.end()) {
      same->results.push_back(&result);
      continue;
    }
    const std::string document = Plain(index.Document(result), 80);
    auto place = std::find_if(claims.rbegin(), claims.rend(),
                              [&](const Claim& claim) { return claim.document == document; });
    const StrategyDecl* declared = index.Declaration(result);
    const std::string text = declared != nullptr ? declared->summary : result.strategy;
    claims.insert(place == claims.rend() ? claims.end() : place.base(),
                  {{&result}, document, Plain(text, 200)});
  }
  return claims;
}

// What is told of one engine: figures where there was an outcome and there are any.
std::string Told(const ResultRecord& result) {
  const bool decided = result.verdict == Verdict::kUpheld || result.verdict == Verdict::kRefuted;
  if (!decided || result.figures.empty()) return Plain(result.reason);
  std::string text;
  for (const Figure& figure : result.figures) {
    text += (text.empty() ? "" : "; ") + Plain(FigureText(figure));
  }
  return text;
}

class Table {
 public:
  Table(const RecordIndex& index, const std::vector<Claim>& claims, size_t first,
        const TextStyle& style)
      : claims_(claims), style_(style) {
    const std::vector<std::string>& engines = index.engines();
    const size_t end = std::min(engines.size(), first + kMostColumns);
    engines_.assign(engines.begin() + static_cast<std::ptrdiff_t>(first),
                    engines.begin() + static_cast<std::ptrdiff_t>(end));
    for (const std::string& engine : engines_) {
      names_.push_back(Shorten(Plain(engine, 40), kMostColumn));
      widths_.push_back(std::max(kLeastColumn, Width(names_.back())));
    }
    int room = style_.width;
    for (const int width : widths_) room -= width + 2;
    for (const Claim& claim : claims) label_ = std::max(label_, Width(claim.text));
    label_ = std::min(label_, room);
  }

  std::string Render() {
    Heading();
    for (const Claim& claim : claims_) {
      Verdicts(claim);
      Origin(claim);
      Figures(claim);
    }
    return std::move(text_);
  }

 private:
  // Cells in their columns, no blanks at the end.
  void Line(std::string line, const std::vector<std::string>& cells, Ink ink) {
    line = PadRight(line, label_);
    for (size_t i = 0; i < cells.size(); ++i) {
      line += "  " + PadRight(cells[i], i + 1 < cells.size() ? widths_[i] : 0);
    }
    text_ += Paint(line, ink, style_.colour) + "\n";
  }

  void Heading() { Line("Claims", names_, Ink::kBold); }

  void Verdicts(const Claim& claim) {
    std::vector<std::string> words;
    for (const std::string& engine : engines_) {
      const ResultRecord* result = claim.On(engine);
      words.emplace_back(ClaimWord(result == nullptr ? Verdict::kSkipped : result->verdict));
    }
    Line(Shorten(claim.text, label_), words, Ink::kPlain);
  }

  void Origin(const Claim& claim) {
    const ResultRecord& result = *claim.results.front();
    const std::string where = Plain(result.scenario, 80) + "/" + Plain(result.strategy, 80);
    const std::string line = claim.document.empty() ? where : claim.document + ": " + where;
    text_ += Paint("  " + Shorten(line, style_.width - 2), Ink::kDim, style_.colour) + "\n";
  }

  // Engines that tell the same share a line.
  void Figures(const Claim& claim) {
    std::vector<std::pair<std::string, std::string>> told;  // what, and the engines
    for (size_t i = 0; i < engines_.size(); ++i) {
      const ResultRecord* result = claim.On(engines_[i]);
      std::string text = result == nullptr ? "" : Told(*result);
      if (text.empty()) continue;
      const auto same = std::find_if(told.begin(), told.end(),
                                     [&](const auto& other) { return other.first == text; });
      if (same == told.end()) {
        told.emplace_back(std::move(text), names_[i]);
      } else {
        same->second += ", " + names_[i];
      }
    }
    for (const auto& [text, engines] : told) {
      std::vector<std::string> lines = Wrap("    ", engines + ": " + text, style_.width);
      Limit(lines, kMostLines);
      text_ += JoinLines(lines);
    }
  }

  const std::vector<Claim>& claims_;
  const TextStyle& style_;
  std::vector<std::string> engines_;
  std::vector<std::string> names_;  // as they are shown
  std::vector<int> widths_;
  int label_ = 0;
  std::string text_;
};

}  // namespace

bool IsClaim(const ResultRecord& result) {
  return result.kind == StrategyKind::kClaim || result.verdict == Verdict::kUpheld ||
         result.verdict == Verdict::kRefuted;
}

std::string_view ClaimWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUpheld:
      return "upheld";
    case Verdict::kRefuted:
      return "refuted";
    case Verdict::kSkipped:
      return "not run";
    case Verdict::kHarnessError:
      return "ERROR";
    default:
      return "unclear";
  }
}

std::string ClaimsTable(const RecordIndex& index, const TextStyle& style) {
  const std::vector<Claim> claims = Collect(index);
  std::string text;
  if (claims.empty()) return text;
  for (size_t first = 0; first < index.engines().size(); first += kMostColumns) {
    if (first > 0) text += "\n";
    text += Table(index, claims, first, style).Render();
  }
  return text;
}

}  // namespace handrail
