// The words of the detection table, for its form on a terminal and in Markdown alike. Pure; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "reports/detection.h"
#include "reports/layout.h"

namespace handrail {

// Why cells are not applicable, each reason with its letter, in the order in which they are met.
class DetectionNotes {
 public:
  // "a" for the first reason, then "b"; after "z" no more are told apart.
  std::string LetterOf(const std::string& reason);
  // "a: it runs inside Node, ...".
  std::vector<std::string> Lines() const;

 private:
  std::vector<std::string> reasons_;
};

struct DetectionWord {
  std::string text;
  Ink ink = Ink::kPlain;
};

// "HD010 :82 @10": the code, its line, and after how many operations; "2/3 HD010", "MISSED", "- a".
DetectionWord WordOf(const DetectionCell& cell, DetectionNotes& notes);

// The rows below the table: a label and one text for each of `columns`.
struct DetectionFoot {
  std::string label;
  std::vector<std::string> texts;
};
std::vector<DetectionFoot> FootOf(const std::vector<DetectionColumn>& columns);

// What guard, quarantine, ledger and trend cover on one engine, as sentences; empty: nothing to
// say.
std::vector<std::string> CoverSentences(const DetectionCover& cover);

inline constexpr const char* kDetectionLegend =
    "a code: caught, at :line, after @operations; 2/3: in so many of the trials that did harm; "
    "gap: "
    "declared to be missed; inconcl.: no harm came about; -: not applicable";

}  // namespace handrail
