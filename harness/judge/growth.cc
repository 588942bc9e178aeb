#include "harness/judge/growth.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "harness/core/text.h"
#include "harness/judge/trend.h"

namespace handrail {
namespace {

using Member = int64_t Sample::*;

struct Measured {
  int64_t iteration;
  int64_t value;
};
using Series = std::vector<Measured>;

// The values of `member` at ends of rounds, those after a full collection only when `after_gc`.
Series Rounds(const Evidence& evidence, Member member, bool after_gc) {
  Series series;
  int64_t wanted = after_gc ? kEndOfRound | kAfterGc : kEndOfRound;
  for (const Sample& sample : evidence.samples) {
    bool counts = (sample.flags & wanted) == wanted && (sample.flags & kWarmUp) == 0;
    if (counts && sample.*member >= 0) series.push_back({sample.iteration, sample.*member});
  }
  return series;
}

std::string Format(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof(text), format, number);
  return text;
}

// --- Counts ---------------------------------------------------------------------------------

struct Counted {
  Member member;
  const char* code;
  const char* subject;  // "handles grow"
  const char* unit;     // "", " bytes"
};
constexpr Counted kHandles = {&Sample::handles, "HD020", "handles grow", ""};
constexpr Counted kGlobals = {&Sample::globals_used, "HD021", "Globals grow", " bytes"};
constexpr Counted kContexts = {&Sample::native_contexts, "HP004", "contexts grow", ""};

bool EveryRoundGrew(const Series& rounds) {
  if (rounds.size() < kLeastRounds) return false;
  return std::adjacent_find(rounds.begin(), rounds.end(), [](const Measured& a, const Measured& b) {
           return b.value <= a.value || b.iteration <= a.iteration;
         }) == rounds.end();
}

std::optional<Finding> JudgeCount(const Evidence& evidence, const Counted& counted) {
  Series rounds = Rounds(evidence, counted.member, /*after_gc=*/false);
  if (!EveryRoundGrew(rounds)) return std::nullopt;
  const Measured& first = rounds.front();
  const Measured& last = rounds.back();
  double rate = (static_cast<double>(last.value) - static_cast<double>(first.value)) /
                (static_cast<double>(last.iteration) - static_cast<double>(first.iteration));
  Finding finding;
  finding.code = counted.code;
  finding.detector = "counts";
  // A leak of one handle in a round of a thousand iterations must not read as "0.0".
  finding.message = std::string(counted.subject) + " by " +
                    Format(rate >= 0.05 ? "%.1f" : "%.2g", rate) + counted.unit +
                    " an iteration: " + Grouped(last.value) + counted.unit + " after " +
                    Grouped(last.iteration) + " iterations";
  finding.operation = rounds[kLeastRounds - 1].iteration;
  return finding;
}

// --- Bytes ----------------------------------------------------------------------------------

struct Amount {
  int64_t bytes;
  double share;
};
constexpr Amount kHeapAmount = {kLeastHeapGrowth, kLeastHeapShare};
constexpr Amount kRssAmount = {kLeastRssGrowth, kLeastRssShare};

std::optional<Trend> Fit(const Series& series, size_t from, size_t to) {
  std::vector<Point> points;
  for (size_t i = from; i < to; ++i) {
    points.push_back(
        {static_cast<double>(series[i].iteration), static_cast<double>(series[i].value)});
  }
  return FitTrend(points);
}

// Whether the first `count` values show growth that matters and that has not come to rest: a cache
// that fills and then stays is significant over the whole window, but in its second half it neither
// grows for certain nor by its share of the least amount.
bool Grows(const Series& series, size_t count, const Amount& amount) {
  std::optional<Trend> whole = Fit(series, 0, count);
  if (!whole || whole->p >= kSignificant) return false;
  double least = std::max(static_cast<double>(amount.bytes),
                          amount.share * static_cast<double>(series.front().value));
  if (whole->growth <= least) return false;
  size_t later = std::max(count / 2, kLeastSamples);
  std::optional<Trend> late = Fit(series, count - later, count);
  double share = static_cast<double>(later) / static_cast<double>(count);
  return late && late->p < kSignificantLate && late->growth >= least * share;
}

// The number of values after which it could be known; prefixes that grow by half are few, and near
// enough.
size_t KnownAfter(const Series& series, const Amount& amount) {
  for (size_t count = kLeastSamples; count < series.size(); count += count / 2) {
    if (Grows(series, count, amount)) return count;
  }
  return series.size();
}

std::optional<Finding> JudgeBytes(const Series& series, const char* code, const char* subject,
                                  const Amount& amount) {
  if (!Grows(series, series.size(), amount)) return std::nullopt;
  Trend trend = *Fit(series, 0, series.size());
  Finding finding;
  finding.code = code;
  finding.detector = "trend";
  finding.certainty = Certainty::kStatistical;
  finding.message =
      std::string(subject) + " grows by " + Format("%.3g", trend.slope) +
      " bytes an iteration: " + HumanBytes(static_cast<int64_t>(std::min(trend.growth, 9e18))) +
      " from iteration " + Grouped(series.front().iteration) + " to " +
      Grouped(series.back().iteration) + " (" + Grouped(static_cast<int64_t>(trend.samples)) +
      " samples, p " + (trend.p < 0.0001 ? "< 0.0001" : "= " + Format("%.4f", trend.p)) + ")";
  finding.operation = series[KnownAfter(series, amount) - 1].iteration;
  return finding;
}

// Garbage that waits for its collection is resident too, so values after a collection are better;
// but a round that ends without an isolate has none to collect in.
Series RssRounds(const Evidence& evidence) {
  Series after_gc = Rounds(evidence, &Sample::rss, /*after_gc=*/true);
  if (after_gc.size() >= kLeastSamples) return after_gc;
  return Rounds(evidence, &Sample::rss, /*after_gc=*/false);
}

}  // namespace

bool EnoughRounds(const Evidence& evidence) {
  return RssRounds(evidence).size() >= kLeastSamples;
}

std::vector<Finding> GrowthFindings(const ScenarioDecl& scenario,
                                    const std::vector<std::string>& instruments,
                                    const Evidence& evidence) {
  if (!scenario.steady_state) return {};
  Series heap_rounds = Rounds(evidence, &Sample::heap_used, /*after_gc=*/true);
  std::optional<Finding> handles = JudgeCount(evidence, kHandles);
  std::optional<Finding> heap = JudgeBytes(heap_rounds, "HP001", "the V8 heap", kHeapAmount);
  std::optional<Finding> rss;
  if (std::find(instruments.begin(), instruments.end(), "asan") == instruments.end()) {
    rss = JudgeBytes(RssRounds(evidence), "HP003", "resident memory", kRssAmount);
  }
  bool heap_known = heap_rounds.size() >= kLeastSamples;
  if (handles && heap) {
    handles->message += "; the V8 heap grows with them";
    heap->message += "; handles grow too, they hold it";
  } else if (handles && heap_known) {
    handles->message += "; the V8 heap stays flat: they refer to the same few objects";
  }
  if (rss && handles && !heap) rss->message += "; handles grow too, outside the V8 heap";

  std::vector<Finding> findings;
  for (std::optional<Finding>* one : {&handles, &heap, &rss}) {
    if (*one) findings.push_back(std::move(**one));
  }
  for (const Counted* counted : {&kGlobals, &kContexts}) {
    if (std::optional<Finding> one = JudgeCount(evidence, *counted)) findings.push_back(*one);
  }
  return findings;
}

}  // namespace handrail
