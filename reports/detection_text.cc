#include "reports/detection_text.h"

#include <algorithm>
#include <cstdio>

namespace handrail {
namespace {

using Kind = DetectionCell::Kind;

constexpr size_t kMostLetters = 26;
constexpr size_t kMostNames = 8;  // of strategies that are not covered

// "12", "12k", "3M": a column has no room for more.
std::string Short(int64_t number) {
  if (number < 1000) return std::to_string(number);
  if (number < 1'000'000) return std::to_string(number / 1000) + "k";
  return std::to_string(number / 1'000'000) + "M";
}

std::string Share(int part, int whole) {
  if (whole == 0) return "-";
  // Rounded down: 100 % is said of all only.
  return std::to_string(part * 100LL / whole) + " % " + std::to_string(part) + "/" +
         std::to_string(whole);
}

std::string Ratio(double ratio) {
  if (ratio == kNoSlowDown) return "-";
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f x", ratio);
  return text;
}

std::string Found(const DetectionCell& cell) {
  std::string text = cell.code.empty() ? "caught" : Plain(cell.code, 12);
  if (cell.line > 0) text += " :" + std::to_string(cell.line);
  if (cell.operation >= 0) text += " @" + Short(cell.operation);
  return text;
}

}  // namespace

std::string DetectionNotes::LetterOf(const std::string& reason) {
  auto at = std::find(reasons_.begin(), reasons_.end(), reason);
  if (at == reasons_.end()) {
    if (reasons_.size() == kMostLetters) return "z";
    at = reasons_.insert(reasons_.end(), reason);
  }
  return std::string(1, static_cast<char>('a' + (at - reasons_.begin())));
}

std::vector<std::string> DetectionNotes::Lines() const {
  std::vector<std::string> lines;
  for (size_t i = 0; i < reasons_.size(); ++i) {
    lines.push_back(std::string(1, static_cast<char>('a' + i)) + ": " + reasons_[i]);
  }
  return lines;
}

DetectionWord WordOf(const DetectionCell& cell, DetectionNotes& notes) {
  switch (cell.kind) {
    case Kind::kCaught:
      return {Found(cell), Ink::kGood};
    case Kind::kSometimes:
      return {std::to_string(cell.detected) + "/" + std::to_string(cell.triggered) + " " +
                  Plain(cell.code, 12),
              Ink::kWarning};
    case Kind::kMissed:
      return {"MISSED", Ink::kBad};
    case Kind::kGap:
      return {"gap", Ink::kWarning};
    case Kind::kWrong:
      return {"WRONG" + (cell.code.empty() ? "" : " " + Plain(cell.code, 12)), Ink::kBad};
    case Kind::kInconclusive:
      return {"inconcl.", Ink::kWarning};
    case Kind::kNotApplicable:
      return {cell.reason.empty() ? "-" : "- " + notes.LetterOf(Plain(cell.reason)), Ink::kDim};
    case Kind::kError:
      return {"ERROR", Ink::kBad};
  }
  return {"?", Ink::kBad};
}

std::vector<DetectionFoot> FootOf(const std::vector<DetectionColumn>& columns) {
  std::vector<DetectionFoot> foot = {{"caught", {}},       {"sometimes", {}},    {"missed", {}},
                                     {"inconclusive", {}}, {"false alarms", {}}, {"slow-down", {}}};
  for (const DetectionColumn& column : columns) {
    foot[0].texts.push_back(Share(column.caught, column.Conclusive()));
    foot[1].texts.push_back(std::to_string(column.sometimes));
    foot[2].texts.push_back(std::to_string(column.missed));
    foot[3].texts.push_back(std::to_string(column.inconclusive));
    foot[4].texts.push_back(std::to_string(column.false_alarms) + "/" +
                            std::to_string(column.correct));
    foot[5].texts.push_back(Ratio(column.slow_down));
  }
  return foot;
}

std::vector<std::string> CoverSentences(const DetectionCover& cover) {
  if (cover.harmful == 0) return {};
  std::vector<std::string> sentences = {
      "Locals, Globals and promises misused on " + Plain(cover.engine, 40) + ": of " +
      std::to_string(cover.harmful) +
      " trials that did harm, guard, quarantine, ledger or growth "
      "see " +
      Share(cover.caught, cover.harmful)};
  std::string by;
  for (const auto& [detector, count] : cover.by_detector) {
    by += (by.empty() ? "" : ", ") + Plain(detector, 40) + " " + std::to_string(count);
  }
  if (!by.empty()) sentences.push_back("by detector: " + by);
  std::string names;
  for (size_t i = 0; i < std::min(kMostNames, cover.uncaught.size()); ++i) {
    names += (i == 0 ? "" : ", ") + Plain(cover.uncaught[i], 120);
  }
  if (cover.uncaught.size() > kMostNames) {
    names += " and " + std::to_string(cover.uncaught.size() - kMostNames) + " more";
  }
  if (!names.empty()) sentences.push_back("not by these: " + names);
  return sentences;
}

}  // namespace handrail
