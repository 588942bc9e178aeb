#include "harness/core/figure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace handrail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Texts(const std::vector<Figure>& figures) {
  std::vector<std::string> texts;
  for (const Figure& figure : figures) texts.push_back(FigureText(figure));
  return texts;
}

TEST(Figure, IsToldWithItsUnitAndWhatTheDocumentSays) {
  EXPECT_EQ(FigureText({"thread", 0.0412, "ms", "about 1 ms"}),
            "thread 0.0412 ms (said: about 1 ms)");
  EXPECT_EQ(FigureText({"handles a call", 2, "", ""}), "handles a call 2");
}

TEST(Figure, ShowsThreeDigitsOfAnySize) {
  const auto number = [](double value) { return FigureText({"n", value, "", ""}).substr(2); };
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-0.0), "0");
  EXPECT_EQ(number(0.00284), "0.00284");
  EXPECT_EQ(number(0.284), "0.284");
  EXPECT_EQ(number(2.8449), "2.84");
  EXPECT_EQ(number(-28.449), "-28.4");
  EXPECT_EQ(number(284.4), "284");
  EXPECT_EQ(number(10), "10");
  EXPECT_EQ(number(1234567.8), "1,234,568");
  EXPECT_EQ(number(kLargestFigure), "1,000,000,000,000,000");
  EXPECT_EQ(number(1e-12), "0");
}

TEST(Figure, IsANumberThatCanBeShown) {
  EXPECT_TRUE(IsFigure(0));
  EXPECT_TRUE(IsFigure(-kLargestFigure));
  EXPECT_FALSE(IsFigure(std::nan("")));
  EXPECT_FALSE(IsFigure(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(IsFigure(kLargestFigure * 2));
}

TEST(AddFigure, ReplacesOneOfTheSameNameAndUnit) {
  std::vector<Figure> figures;
  EXPECT_TRUE(AddFigure(figures, {"time", 1, "ms", ""}));
  EXPECT_TRUE(AddFigure(figures, {"time", 2, "x", ""}));
  EXPECT_TRUE(AddFigure(figures, {"time", 3, "ms", ""}));
  EXPECT_THAT(Texts(figures), ElementsAre("time 3 ms", "time 2 x"));
}

TEST(AddFigure, TakesNoMoreThanItsBound) {
  std::vector<Figure> figures;
  for (size_t i = 0; i < kMostFigures; ++i) {
    EXPECT_TRUE(AddFigure(figures, {std::to_string(i), 1, "", ""}));
  }
  EXPECT_FALSE(AddFigure(figures, {"one more", 1, "", ""}));
  EXPECT_TRUE(AddFigure(figures, {"3", 7, "", ""})) << "one that is there is still replaced";
  EXPECT_EQ(figures.size(), kMostFigures);
}

TEST(MedianFigures, TakeTheMiddleValueOfTheTrialsThatToldIt) {
  const std::vector<Figure> one = {{"time", 9, "ms", "10 ms"}, {"count", 4, "", ""}};
  const std::vector<Figure> two = {{"time", 1, "ms", ""}, {"time", 50, "x", ""}};
  const std::vector<Figure> three = {{"count", 5, "", ""}, {"time", 2, "ms", ""}};
  const std::vector<Figure>* trials[] = {&one, &two, &three};
  EXPECT_THAT(Texts(MedianFigures(trials)),
              ElementsAre("time 2 ms (said: 10 ms)", "count 4.5", "time 50 x"));
}

TEST(MedianFigures, OfNothingAreNone) {
  const std::vector<Figure> none;
  const std::vector<Figure>* trials[] = {&none, &none};
  EXPECT_THAT(MedianFigures(trials), IsEmpty());
  EXPECT_THAT(MedianFigures({}), IsEmpty());
}

TEST(MedianFigures, StayFiniteForTheLargestValues) {
  const std::vector<Figure> one = {{"n", kLargestFigure, "", ""}};
  const std::vector<Figure>* trials[] = {&one, &one};
  EXPECT_EQ(MedianFigures(trials)[0].value, kLargestFigure);
}

TEST(MedianFigures, AreNoMoreThanTheBoundOfOneTrial) {
  std::vector<std::vector<Figure>> trials(3);
  std::vector<const std::vector<Figure>*> pointers;
  for (size_t t = 0; t < trials.size(); ++t) {
    for (int i = 0; i < 10; ++i) {
      AddFigure(trials[t], {std::to_string(t) + "/" + std::to_string(i), 1, "", ""});
    }
    pointers.push_back(&trials[t]);
  }
  EXPECT_EQ(MedianFigures(pointers).size(), kMostFigures);
}

}  // namespace
}  // namespace handrail
