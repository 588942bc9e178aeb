#include "harness/core/figure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "harness/core/text.h"

namespace handrail {
namespace {

bool SameName(const Figure& a, const Figure& b) { return a.what == b.what && a.unit == b.unit; }

// Three digits, never an exponent: "0.0412", "1.5", "28.4", "1,234,567".
std::string Number(double value) {
  const double size = std::fabs(value);
  if (size >= 1000) return Grouped(std::llround(value));
  int decimals = 2;
  for (double limit = 1; size < limit && size > 0 && decimals < 6; limit /= 10) ++decimals;
  for (double limit = 10; size >= limit && decimals > 0; limit *= 10) --decimals;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  std::string number(text);
  if (number.find('.') == std::string::npos) return number;
  number.resize(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  return number == "-0" ? "0" : number;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return values[middle - 1] + (values[middle] - values[middle - 1]) / 2;
}

}  // namespace

bool IsFigure(double value) { return std::isfinite(value) && std::fabs(value) <= kLargestFigure; }

std::string FigureText(const Figure& figure) {
  std::string text = figure.what + " " + Number(figure.value);
  if (!figure.unit.empty()) text += " " + figure.unit;
  if (!figure.said.empty()) text += " (said: " + figure.said + ")";
  return text;
}

bool AddFigure(std::vector<Figure>& figures, Figure figure) {
  const auto same = std::find_if(figures.begin(), figures.end(),
                                 [&](const Figure& known) { return SameName(known, figure); });
  if (same != figures.end()) {
    *same = std::move(figure);
    return true;
  }
  if (figures.size() >= kMostFigures) return false;
  figures.push_back(std::move(figure));
  return true;
}

std::vector<Figure> MedianFigures(std::span<const std::vector<Figure>* const> trials) {
  std::vector<Figure> medians;
  for (const std::vector<Figure>* trial : trials) {
    for (const Figure& figure : *trial) {
      const bool known = std::any_of(medians.begin(), medians.end(),
                                     [&](const Figure& other) { return SameName(other, figure); });
      if (!known && !AddFigure(medians, figure)) return medians;
    }
  }
  for (Figure& median : medians) {
    std::vector<double> values;
    for (const std::vector<Figure>* trial : trials) {
      for (const Figure& figure : *trial) {
        if (SameName(figure, median)) values.push_back(figure.value);
      }
    }
    median.value = Median(std::move(values));
  }
  return medians;
}

}  // namespace handrail
