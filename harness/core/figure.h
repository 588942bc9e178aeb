// What a trial measured, and what its measurements say of a document's claim. A figure is one
// number with its unit, told by the scenario's own code; it is reported and never judged. The
// outcome of a claim is the scenario's own comparison of such numbers. Plain data; any thread.
//
// Both come from a worker: texts are cut to the bounds below, a number is finite and within
// kLargestFigure, a trial has at most kMostFigures of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace handrail {

inline constexpr size_t kMostFigures = 16;  // of one trial
inline constexpr double kLargestFigure = 1e15;
inline constexpr size_t kMostFigureText = 100;  // bytes of `what` and of `said`
inline constexpr size_t kMostUnitText = 16;
inline constexpr size_t kMostSeenText = 300;

struct Figure {
  std::string what;  // "a scope per iteration, against one round the loop"
  double value = 0;
  std::string unit;  // "ms"; empty for a bare count
  std::string said;  // what the document says it is: "about 1 ms"; empty: it gives no number
};

// Whether a figure of that value may be told: a number, and one that a table can show.
bool IsFigure(double value);

// "thread, made and joined 0.0412 ms (said: about 1 ms)": three digits, large ones whole and
// grouped.
std::string FigureText(const Figure& figure);

// Adds `figure`; one of the same name and unit is replaced. False: there are kMostFigures already.
bool AddFigure(std::vector<Figure>& figures, Figure figure);

// The figures of several trials as one list: for each name and unit the median of its values, in
// the order in which they were first told. Of an even number of values the mean of the middle two.
std::vector<Figure> MedianFigures(std::span<const std::vector<Figure>* const> trials);

// What the measurements of a trial say of the claim. `open`: the trial began to measure and has not
// told an outcome yet; where it ended like that, nothing is shown either way.
struct ClaimOutcome {
  bool open = true;
  bool holds = false;
  std::string seen;  // one line: what was seen
};

}  // namespace handrail
