#include "reports/console.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdio>

#include "harness/core/instruments.h"
#include "harness/core/verdict.h"
#include "reports/claims_table.h"
#include "reports/detection_table.h"
#include "reports/finding_text.h"
#include "reports/layout.h"
#include "reports/record_index.h"
#include "reports/tally.h"
#include "reports/verdict_table.h"

namespace handrail {
namespace {

constexpr size_t kMaxBlocks = 10;

std::string Name(const ResultRecord& result) {
  return Plain(result.scenario, 80) + "/" + Plain(result.strategy, 80);
}

// "MISSED", "FALSE ALARM": the words of the table, without a code.
std::string Shout(Verdict verdict) {
  std::string text(ToString(verdict));
  for (char& c : text) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
  return text;
}

std::string Duration(double ms) {
  char text[40];
  if (ms < 1000) {
    std::snprintf(text, sizeof(text), "%.0f ms", ms);
  } else if (ms < 120'000) {
    std::snprintf(text, sizeof(text), "%.1f s", ms / 1000);
  } else {
    auto seconds = static_cast<long long>(ms / 1000);
    std::snprintf(text, sizeof(text), "%lld min %lld s", seconds / 60, seconds % 60);
  }
  return text;
}

// "node-26 with guard": where a result is from.
std::string Where(const ResultRecord& result) {
  return Plain(result.engine, 40) + Plain(WithInstruments(result.instruments), 80);
}

// Results that differ in nothing but their engine, as one line.
struct Merged {
  const ResultRecord* result;
  std::string engines;
};

template <typename Wanted>
std::vector<Merged> Merge(const RunRecord& record, Wanted wanted) {
  std::vector<Merged> merged;
  for (const ResultRecord& result : record.results) {
    if (!wanted(result)) continue;
    auto same = std::find_if(merged.begin(), merged.end(), [&result](const Merged& other) {
      const ResultRecord& known = *other.result;
      return known.scenario == result.scenario && known.strategy == result.strategy &&
             known.verdict == result.verdict && known.reason == result.reason;
    });
    if (same != merged.end()) {
      same->engines += ", " + Where(result);
    } else {
      merged.push_back({&result, Where(result)});
    }
  }
  return merged;
}

// A claim that came to no outcome. (One that could not be run at all is the harness's failure.)
bool Harmless(const ResultRecord& result) {
  return IsClaim(result) && result.verdict != Verdict::kHarnessError;
}

class Console {
 public:
  Console(const RunRecord& record, const ConsoleOptions& options)
      : record_(record),
        index_(record),
        options_(options),
        style_{options.colour, std::clamp(options.width, 80, 100)} {}

  std::string Report() {
    SelfTest();
    if (HasDetection(record_)) {
      text_ += DetectionTable(DetectionOf(index_), index_, style_);
    } else {
      text_ += VerdictTable(index_, style_);
    }
    WentWrong();
    ClosedGaps();
    Reasons(Verdict::kKnownGap, "Known gaps", 100);
    if (HasDetection(record_)) {
      NotRun();
    } else {
      Reasons(Verdict::kSkipped, "Not run", 10);
    }
    Engines();
    Claims();
    Closing();
    return std::move(text_);
  }

 private:
  void Add(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) text_ += line + "\n";
  }

  void Title(std::string_view title, Ink ink = Ink::kBold) {
    if (!text_.empty()) text_ += "\n";
    text_ += Paint(title, ink, style_.colour) + "\n";
  }

  void SelfTest() {
    if (record_.selftest_problem.empty()) return;
    Title("SELF-TEST FAILED: nothing below can be trusted as clean", Ink::kBad);
    Add(Wrap("  ", Plain(record_.selftest_problem), style_.width));
    text_ += "\n";
  }

  void WentWrong() {
    std::vector<const ResultRecord*> bad;
    for (const ResultRecord& result : record_.results) {
      bool closed = result.verdict == Verdict::kGapClosed;
      // What came of a claim is in the table of claims: it never fails a run.
      if (Fails(result.verdict) && !closed && !Harmless(result)) bad.push_back(&result);
    }
    if (bad.empty()) return;
    Title("What went wrong");
    for (size_t i = 0; i < bad.size() && i < kMaxBlocks; ++i) {
      if (i > 0) text_ += "\n";
      Blame(*bad[i]);
    }
    if (bad.size() <= kMaxBlocks) return;
    text_ += "\nand " + std::to_string(bad.size() - kMaxBlocks) + " more, see the record\n";
  }

  void Blame(const ResultRecord& result) {
    std::string word = Shout(result.verdict);
    std::string head = word + " " + Name(result) + " on " + Where(result);
    if (!result.reason.empty()) head += ": " + Plain(result.reason);
    std::vector<std::string> lines = Wrap("", head, style_.width);
    lines[0] = Paint(word, Ink::kBad, style_.colour) + lines[0].substr(word.size());
    Add(lines);
    const TrialRecord* trial = index_.Witness(result);
    if (trial == nullptr) return;
    const Finding* finding = index_.Telling(result, *trial);
    LifeEvent place = index_.Place(result);
    text_ += finding == nullptr
                 ? TrialText(*trial, place, style_)
                 : FindingText(*finding, *trial, place, options_.find_code(finding->code), style_);
  }

  void ClosedGaps() {
    std::vector<Merged> closed = Merge(
        record_, [](const ResultRecord& result) { return result.verdict == Verdict::kGapClosed; });
    if (closed.empty()) return;
    Title("Declarations out of date: declared as known gaps, and caught", Ink::kWarning);
    for (const Merged& gap : closed) {
      std::vector<std::string> codes = index_.Codes(*gap.result);
      std::string text = Name(*gap.result) + " (" + gap.engines + ")";
      if (!codes.empty()) text += " gave " + Plain(codes.front(), 12);
      Add(Wrap("  ", text + ": " + Plain(gap.result->reason), style_.width));
    }
  }

  // One line for each strategy of that verdict: where, and why.
  void Reasons(Verdict verdict, const char* title, size_t most) {
    std::vector<Merged> all = Merge(
        record_, [verdict](const ResultRecord& result) { return result.verdict == verdict; });
    if (all.empty()) return;
    Title(title);
    for (size_t i = 0; i < std::min(most, all.size()); ++i) {
      const std::string reason = Plain(all[i].result->reason);
      Add(Wrap("  ", Name(*all[i].result) + " (" + all[i].engines + ")" +
                         (reason.empty() ? "" : ": " + reason), style_.width));
    }
    if (all.size() > most) {
      text_ += "  and " + std::to_string(all.size() - most) + " more, see the record\n";
    }
  }

  // Of a run over several sets of instruments the table names the strategies: here are the reasons.
  void NotRun() {
    std::vector<std::pair<std::string, size_t>> counts;
    for (const ResultRecord& result : record_.results) {
      if (result.verdict != Verdict::kSkipped) continue;
      const std::string why = Where(result) + ": " + Plain(result.reason);
      const auto same = std::find_if(counts.begin(), counts.end(),
                                     [&](const auto& other) { return other.first == why; });
      if (same == counts.end()) {
        counts.emplace_back(why, 1);
      } else {
        ++same->second;
      }
    }
    if (counts.empty()) return;
    Title("Not run");
    for (const auto& [why, count] : counts) {
      Add(Wrap("  ",
               std::to_string(count) + (count == 1 ? " strategy on " : " strategies on ") + why,
               style_.width));
    }
  }

  void Engines() {
    bool titled = false;
    for (const EngineInfo& engine : record_.context.engines) {
      if (engine.problem.empty()) continue;
      if (!titled) Title("Engines that could not be used", Ink::kWarning);
      titled = true;
      Add(Wrap("  ", Plain(engine.id, 40) + ": " + Plain(engine.problem), style_.width));
    }
    if (titled) text_ += "  how to mend it: build/bin/handrail doctor\n";
  }

  void Claims() {
    const std::string table = ClaimsTable(index_, style_);
    if (table.empty()) return;
    if (!text_.empty()) text_ += "\n";
    text_ += table;
  }

  void Closing() {
    if (!text_.empty()) text_ += "\n";
    if (record_.results.empty()) {
      text_ += "nothing ran\n";
    } else {
      size_t trials = record_.trials.size();
      size_t planned = std::max(trials, record_.context.planned_trials);
      std::string counts = Describe(Tally(record_)) + "; " + std::to_string(trials) +
                           (planned > trials ? " of " + std::to_string(planned) : "") +
                           (planned == 1 ? " trial in " : " trials in ") +
                           Duration(record_.context.duration_ms);
      std::vector<std::string> lines = Wrap("", counts, style_.width);
      Ink ink = ExitCode(record_) == 0 ? Ink::kGood : Ink::kBad;
      for (std::string& line : lines) line = Paint(line, ink, style_.colour);
      Add(lines);
    }
    if (!record_.selftest_ran) {
      text_ += "the self-test was not run: a detector that is blind would not be noticed\n";
    }
    if (record_.context.interrupted) {
      text_ +=
          Paint("interrupted: this is what was done by then", Ink::kWarning, style_.colour) + "\n";
    }
    for (const std::string& path : options_.written) text_ += "record: " + Plain(path, 1000) + "\n";
  }

  const RunRecord& record_;
  RecordIndex index_;
  const ConsoleOptions& options_;
  TextStyle style_;
  std::string text_;
};

}  // namespace

std::string ConsoleReport(const RunRecord& record, const ConsoleOptions& options) {
  return Console(record, options).Report();
}

}  // namespace handrail
