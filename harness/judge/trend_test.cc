#include "harness/judge/trend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace handrail {
namespace {

template <typename Function>
std::vector<Point> Series(int count, Function y) {
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) points.push_back({double(i), double(y(i))});
  return points;
}

TEST(FitTrend, FindsTheSlopeOfAnExactLine) {
  std::optional<Trend> trend = FitTrend(Series(100, [](int i) { return 7 + 2.5 * i; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_DOUBLE_EQ(trend->slope, 2.5);
  EXPECT_DOUBLE_EQ(trend->intercept, 7);
  EXPECT_DOUBLE_EQ(trend->growth, 2.5 * 99);
  EXPECT_DOUBLE_EQ(trend->tau, 1);
  EXPECT_LT(trend->p, 1e-9);
}

TEST(FitTrend, DoesNotCallAFallingLineGrowth) {
  std::optional<Trend> trend = FitTrend(Series(100, [](int i) { return -3.0 * i; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_DOUBLE_EQ(trend->slope, -3);
  EXPECT_DOUBLE_EQ(trend->tau, -1);
  EXPECT_GT(trend->p, 0.999);
}

TEST(FitTrend, FindsALineInNoise) {
  for (unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 50);
    std::optional<Trend> trend =
        FitTrend(Series(300, [&](int i) { return 1000 + 2.0 * i + noise(random); }));
    ASSERT_TRUE(trend.has_value());
    EXPECT_NEAR(trend->slope, 2, 0.15);  // standard error about 0.034
    EXPECT_LT(trend->p, 1e-6);
  }
}

TEST(FitTrend, SeesGrowthInPureNoiseNoMoreOftenThanPSays) {
  const unsigned seed = 42;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 50);
  int alarms = 0;
  for (int round = 0; round < 400; ++round) {
    alarms += FitTrend(Series(40, [&](int) { return noise(random); }))->p < 0.05;
  }
  EXPECT_GT(alarms, 5);  // 20 expected, standard deviation 4.4
  EXPECT_LT(alarms, 36);
}

TEST(FitTrend, KnowsAConstantForWhatItIs) {
  std::optional<Trend> trend = FitTrend(Series(50, [](int) { return 4096; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->slope, 0);
  EXPECT_EQ(trend->s, 0);
  EXPECT_EQ(trend->variance, 0);
  EXPECT_EQ(trend->tau, 0);
  EXPECT_EQ(trend->p, 1);
}

TEST(FitTrend, GivesAPlateauWithAShortRiseNoSlope) {
  std::optional<Trend> trend = FitTrend(Series(200, [](int i) { return std::min(i, 40) * 1000; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->slope, 0);
}

TEST(FitTrend, GivesStepsThenAPlateauNoSlope) {
  std::optional<Trend> trend =
      FitTrend(Series(200, [](int i) { return std::min(i / 10, 4) * 132 * 1024; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->slope, 0);
}

TEST(FitTrend, DoesNotTakeTheSawToothOfGcForGrowth) {
  std::optional<Trend> trend = FitTrend(Series(400, [](int i) { return (i % 20) * 65536; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_GT(trend->p, 0.01);
  EXPECT_LT(trend->growth, 65536);
}

TEST(FitTrend, FindsTheLeakBelowTheSawTooth) {
  std::optional<Trend> trend =
      FitTrend(Series(400, [](int i) { return (i % 20) * 65536 + i * 8192.0; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_LT(trend->p, 1e-6);
  EXPECT_NEAR(trend->slope, 8192, 600);
}

TEST(FitTrend, IsNotMovedByTwoOutliers) {
  std::vector<Point> points = Series(60, [](int i) { return 100 + 3.0 * i; });
  points[10].y = 1e9;
  points[50].y = -1e9;
  std::optional<Trend> trend = FitTrend(points);
  ASSERT_TRUE(trend.has_value());
  EXPECT_NEAR(trend->slope, 3, 1e-9);
  std::vector<Point> flat = Series(60, [](int) { return 100; });
  flat[58].y = flat[59].y = 1e9;
  EXPECT_EQ(FitTrend(flat)->slope, 0);
}

// 28 pairs, 3 of them discordant: s = 25 - 3. Variance 8 * 7 * 21 / 18.
TEST(FitTrend, AgreesWithMannKendallByHand) {
  const double y[] = {1, 3, 2, 5, 4, 6, 8, 7};
  std::optional<Trend> trend = FitTrend(Series(8, [&](int i) { return y[i]; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->s, 22);
  EXPECT_NEAR(trend->variance, 65.3333, 1e-4);
  EXPECT_NEAR(trend->tau, 22.0 / 28, 1e-12);
  EXPECT_NEAR(trend->p, 0.004687, 1e-5);  // z = 21 / 8.0829 = 2.5981
}

// Groups of 2 and 3 equal values: s = 28 - 1 - 3, variance (1176 - 2*1*9 - 3*2*11) / 18.
TEST(FitTrend, AgreesWithMannKendallByHandWithTies) {
  const double y[] = {1, 2, 2, 3, 3, 3, 4, 5};
  std::optional<Trend> trend = FitTrend(Series(8, [&](int i) { return y[i]; }));
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->s, 24);
  EXPECT_NEAR(trend->variance, 1092.0 / 18, 1e-9);
  EXPECT_NEAR(trend->tau, 24 / std::sqrt(28.0 * 24), 1e-12);
}

// Two points at each x: pairs at the same x say nothing. s = 28 - 4 = 24 of 24, and with ties in
// one column only, tau-b stays below 1.
TEST(FitTrend, LeavesOutPairsAtTheSameX) {
  std::vector<Point> points = Series(8, [](int i) { return i; });
  for (int i = 0; i < 8; ++i) points[i].x = i / 2;
  std::optional<Trend> trend = FitTrend(points);
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->s, 24);
  EXPECT_NEAR(trend->variance, (1176 - 4 * 2 * 9) / 18.0, 1e-9);
  EXPECT_NEAR(trend->tau, 24 / std::sqrt(24.0 * 28), 1e-12);
}

TEST(FitTrend, SaysWhenThereAreNotEnoughSamples) {
  EXPECT_FALSE(FitTrend({}).has_value());
  EXPECT_FALSE(FitTrend(Series(7, [](int i) { return i; })).has_value());
  EXPECT_TRUE(FitTrend(Series(8, [](int i) { return i; })).has_value());
  std::vector<Point> broken = Series(8, [](int i) { return i; });
  broken[3].y = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(FitTrend(broken).has_value());
  EXPECT_FALSE(FitTrend(std::vector<Point>(20, Point{5, 1})).has_value()) << "all at one x";
}

TEST(FitTrend, DoesNotMindTheOrderOfItsPoints) {
  std::vector<Point> points = Series(100, [](int i) { return 2.0 * i + (i * 37) % 11; });
  std::optional<Trend> sorted = FitTrend(points);
  std::mt19937 random(7);
  std::shuffle(points.begin(), points.end(), random);
  EXPECT_EQ(FitTrend(points)->slope, sorted->slope);
  EXPECT_EQ(FitTrend(points)->p, sorted->p);
}

TEST(FitTrend, ThinsALongSeriesWithoutBendingItsLine) {
  // One point off the stretch that is thinned to one point: a fixed stride would read this saw
  // tooth as one long rise.
  auto saw = [](int i) { return 4.0 * i + (i % 999) * 1000; };
  std::optional<Trend> trend = FitTrend(Series(600000, saw));
  ASSERT_TRUE(trend.has_value());
  EXPECT_EQ(trend->samples, kThinnedSamples);
  EXPECT_NEAR(trend->slope, 4, 0.2);
  EXPECT_EQ(FitTrend(Series(600000, saw))->slope, trend->slope) << "the same every time";
  std::optional<Trend> flat = FitTrend(Series(600000, [](int i) { return (i % 999) * 1000; }));
  EXPECT_GT(flat->p, 0.001);
  EXPECT_LT(std::abs(flat->growth), 200000);  // a fixed stride makes 600,000 of it
}

}  // namespace
}  // namespace handrail
