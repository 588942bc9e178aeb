#include "reports/record_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace handrail {
namespace {

// A slow rise with a spike where the test wants one.
std::vector<Sample> Rising(size_t count) {
  std::vector<Sample> samples(count);
  for (size_t i = 0; i < count; ++i) {
    samples[i].iteration = static_cast<int64_t>(i);
    samples[i].heap_used = static_cast<int64_t>(1000 + i);
    samples[i].handles = 10;
  }
  return samples;
}

bool Keeps(const std::vector<const Sample*>& rows, int64_t iteration) {
  return std::any_of(rows.begin(), rows.end(),
                     [iteration](const Sample* row) { return row->iteration == iteration; });
}

TEST(ThinSamples, KeepsAllOfAFew) {
  std::vector<Sample> samples = Rising(kMaxSampleRows);
  EXPECT_EQ(ThinSamples(samples).size(), kMaxSampleRows);
  EXPECT_TRUE(ThinSamples({}).empty());
}

TEST(ThinSamples, KeepsTheEndsAndEveryPeakOfMany) {
  std::vector<Sample> samples = Rising(100'003);
  samples[777].heap_used = 1'000'000'000;
  samples[50'001].handles = 5'000;
  samples[70'007].rss = 42;
  samples[70'009].rss = 43;
  samples[90'000].heap_used = 1;
  std::vector<const Sample*> rows = ThinSamples(samples);
  EXPECT_LE(rows.size(), kMaxSampleRows);
  for (int64_t iteration : {0, 777, 50'001, 70'007, 70'009, 90'000, 100'002}) {
    EXPECT_TRUE(Keeps(rows, iteration)) << iteration;
  }
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
}

TEST(ThinSamples, NeverKeepsMoreThanItsLimit) {
  for (size_t count : {129u, 130u, 200u, 767u, 4096u}) {
    std::vector<Sample> samples = Rising(count);
    for (size_t i = 0; i < count; ++i) {
      samples[i].handles = static_cast<int64_t>((i * 7919) % 1009);
      samples[i].rss = static_cast<int64_t>((i * 104729) % 997);
      samples[i].heap_used = static_cast<int64_t>((i * 1299709) % 991);
    }
    EXPECT_LE(ThinSamples(samples).size(), kMaxSampleRows) << count;
    EXPECT_GE(ThinSamples(samples).size(), kMaxSampleRows / 2) << count;
  }
}

std::string Written(const std::vector<Sample>& samples) {
  JsonWriter json;
  WriteSamples(json, samples);
  return json.Take();
}

TEST(WriteSamples, LeavesOutColumnsThatWereNeverMeasured) {
  std::vector<Sample> samples = Rising(2);
  samples[1].spaces[3] = 77;
  EXPECT_EQ(Written(samples),
            "{\"columns\": [\"iteration\", \"time_ns\", \"flags\", \"heap_used\", \"handles\", "
            "\"space_3\"], \"rows\": [[0, 0, 0, 1000, 10, null], [1, 0, 0, 1001, 10, 77]]}\n");
  EXPECT_EQ(Written({}), "{\"columns\": [], \"rows\": []}\n");
}

TEST(ReadSamples, GivesBackWhatWasWritten) {
  std::vector<Sample> samples = Rising(5000);
  samples[4000].pss = 9;
  std::string text = Written(samples);
  std::string error;
  std::vector<Sample> read = ReadSamples(nlohmann::json::parse(text), "samples", &error);
  EXPECT_EQ(error, "");
  EXPECT_EQ(Written(read), text);
}

}  // namespace
}  // namespace handrail
