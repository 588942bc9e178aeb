#include "harness/judge/growth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace handrail {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kMiB = int64_t{1} << 20;

// `rounds` ends of rounds after a collection, `step` iterations apart, all flat; `change` bends the
// one of round i.
Evidence Rounds(int rounds, int64_t step, const std::function<void(Sample&, int)>& change) {
  Evidence evidence;
  for (int i = 0; i < rounds; ++i) {
    Sample sample;
    sample.iteration = (i + 1) * step;
    sample.flags = kEndOfRound | kAfterGc;
    sample.heap_used = 4 * kMiB;
    sample.globals_used = 640;
    sample.native_contexts = 1;
    sample.handles = 12;
    sample.rss = 60 * kMiB;
    change(sample, i);
    evidence.samples.push_back(sample);
  }
  return evidence;
}

std::vector<Finding> Judge(const Evidence& evidence, std::vector<std::string> instruments = {}) {
  ScenarioDecl scenario;
  scenario.steady_state = true;
  return GrowthFindings(scenario, instruments, evidence);
}

std::vector<std::string> CodesOf(const Evidence& evidence) {
  std::vector<std::string> codes;
  for (const Finding& finding : Judge(evidence)) codes.push_back(finding.code);
  return codes;
}

void Flat(Sample&, int) {}

TEST(GrowthFindings, SayNothingOfASteadyState) {
  EXPECT_THAT(CodesOf(Rounds(50, 100, Flat)), IsEmpty());
}

TEST(GrowthFindings, SayNothingOfAScenarioThatMayGrow) {
  Evidence evidence = Rounds(50, 100, [](Sample& sample, int i) { sample.handles += i; });
  EXPECT_THAT(GrowthFindings(ScenarioDecl(), {}, evidence), IsEmpty());
}

TEST(GrowthFindings, TellRateAndLastValueOfHandles) {
  std::vector<Finding> findings = Judge(
      Rounds(7, 50000, [](Sample& sample, int) { sample.handles = 18 + 2 * sample.iteration; }));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "HD020");
  EXPECT_EQ(findings[0].detector, "counts");
  EXPECT_EQ(findings[0].certainty, Certainty::kCertain);
  EXPECT_EQ(findings[0].message,
            "handles grow by 2.0 an iteration: 700,018 after 350,000 iterations");
  EXPECT_EQ(findings[0].operation, 250000) << "the fifth round is the first that tells";
}

TEST(GrowthFindings, DoNotRoundASlowLeakDownToNothing) {
  std::vector<Finding> findings =
      Judge(Rounds(10, 1000, [](Sample& sample, int i) { sample.handles += i; }));
  EXPECT_THAT(findings.at(0).message, HasSubstr("by 0.001 an iteration"));
}

TEST(GrowthFindings, NeedFiveRoundsForACount) {
  auto leak = [](Sample& sample, int i) { sample.handles += i; };
  EXPECT_THAT(CodesOf(Rounds(4, 100, leak)), IsEmpty());
  EXPECT_THAT(CodesOf(Rounds(5, 100, leak)), ElementsAre("HD020"));
}

TEST(GrowthFindings, AcquitACountThatStoodStillOnce) {
  EXPECT_THAT(
      CodesOf(Rounds(50, 100, [](Sample& sample, int i) { sample.handles += i - (i == 30); })),
      IsEmpty());
}

TEST(GrowthFindings, KnowGlobalsAndContextsByTheirOwnCodes) {
  std::vector<Finding> findings = Judge(Rounds(10, 10, [](Sample& sample, int i) {
    sample.globals_used += 320 * i;
    sample.native_contexts += i;
  }));
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].code, "HD021");
  EXPECT_EQ(findings[0].message,
            "Globals grow by 32.0 bytes an iteration: 3,520 bytes after 100 iterations");
  EXPECT_EQ(findings[1].code, "HP004");
  EXPECT_EQ(findings[1].message, "contexts grow by 0.1 an iteration: 10 after 100 iterations");
}

TEST(GrowthFindings, LeaveOutWarmUpAndWhatIsNoEndOfARound) {
  Evidence evidence = Rounds(40, 100, [](Sample& sample, int i) {
    sample.handles += i;
    sample.flags = i < 20 ? kEndOfRound | kWarmUp : kAfterGc;
  });
  EXPECT_THAT(CodesOf(evidence), IsEmpty());
}

TEST(GrowthFindings, LeaveOutWhatWasNotMeasured) {
  Evidence evidence = Rounds(40, 100, [](Sample& sample, int i) {
    sample.handles = i < 36 ? kNotMeasured : i;
    sample.heap_used = sample.rss = sample.globals_used = sample.native_contexts = kNotMeasured;
  });
  EXPECT_THAT(CodesOf(evidence), IsEmpty());
}

TEST(GrowthFindings, FindHeapGrowthByTrendAndSayHowSure) {
  const unsigned seed = 11;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::vector<Finding> findings = Judge(Rounds(100, 1000, [&](Sample& sample, int) {
    sample.heap_used += 40 * sample.iteration + int64_t(random() % 20000);
  }));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "HP001");
  EXPECT_EQ(findings[0].detector, "trend");
  EXPECT_EQ(findings[0].certainty, Certainty::kStatistical);
  EXPECT_THAT(findings[0].message, HasSubstr("bytes an iteration: 3.8 MiB from iteration 1,000 to "
                                             "100,000 (100 samples, p < 0.0001)"));
  EXPECT_GE(findings[0].operation, 8000);
  EXPECT_LE(findings[0].operation, 27000) << "known long before the end";
}

TEST(GrowthFindings, AcquitAHeapThatGrowsByLessThanMatters) {
  auto little = [](Sample& sample, int) { sample.heap_used += sample.iteration; };  // 97 KiB
  EXPECT_THAT(CodesOf(Rounds(100, 1000, little)), IsEmpty());
  auto small_share = [](Sample& sample, int) {  // 3.8 MiB, but of 400
    sample.heap_used = 400 * kMiB + 40 * sample.iteration;
  };
  EXPECT_THAT(CodesOf(Rounds(100, 1000, small_share)), IsEmpty());
}

TEST(GrowthFindings, AcquitAHeapThatFillsACacheAndThenStays) {
  EXPECT_THAT(
      CodesOf(Rounds(100, 1000,
                     [](Sample& sample, int i) { sample.heap_used += std::min(i, 50) * 100000; })),
      IsEmpty());
}

TEST(GrowthFindings, AcquitNoiseHoweverLarge) {
  const unsigned seed = 5;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  EXPECT_THAT(CodesOf(Rounds(100, 1000,
                             [&](Sample& sample, int) {
                               sample.heap_used += int64_t(random() % (4 * kMiB));
                               sample.rss += int64_t(random() % (40 * kMiB));
                             })),
              IsEmpty());
}

TEST(GrowthFindings, AcquitARiseThatChanceExplains) {
  const int64_t mib[] = {3, 1, 4, 1, 5, 9, 2, 6};  // rises by some 4 MiB, p about 0.08
  EXPECT_THAT(
      CodesOf(Rounds(8, 1000, [&](Sample& sample, int i) { sample.heap_used += mib[i] * kMiB; })),
      IsEmpty());
}

TEST(GrowthFindings, JudgeTheHeapOnlyAfterACollection) {
  EXPECT_THAT(CodesOf(Rounds(100, 1000,
                             [](Sample& sample, int i) {
                               sample.heap_used += i * kMiB;
                               sample.flags = kEndOfRound;
                             })),
              IsEmpty());
}

TEST(GrowthFindings, TellHandleGrowthFromHeapGrowth) {
  auto handles_only = [](Sample& sample, int i) { sample.handles += 1000 * i; };
  EXPECT_THAT(Judge(Rounds(50, 100, handles_only)).at(0).message,
              EndsWith("the V8 heap stays flat: they refer to the same few objects"));

  auto both = [](Sample& sample, int i) {
    sample.handles += 1000 * i;
    sample.heap_used += 40000 * i;
  };
  std::vector<Finding> findings = Judge(Rounds(50, 100, both));
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].code, "HD020");
  EXPECT_THAT(findings[0].message, EndsWith("the V8 heap grows with them"));
  EXPECT_EQ(findings[1].code, "HP001");
  EXPECT_THAT(findings[1].message, EndsWith("handles grow too, they hold it"));

  auto heap_only = [](Sample& sample, int i) { sample.heap_used += 40000 * i; };
  EXPECT_THAT(Judge(Rounds(50, 100, heap_only)).at(0).message, Not(HasSubstr("handles")));
}

TEST(GrowthFindings, DoNotCallAnUnknownHeapFlat) {
  auto leak = [](Sample& sample, int i) {
    sample.handles += i;
    sample.flags = kEndOfRound;
  };
  EXPECT_THAT(Judge(Rounds(50, 100, leak)).at(0).message, Not(HasSubstr("heap")));
}

TEST(GrowthFindings, FindResidentMemoryThatGrowsButNotUnderAsan) {
  Evidence evidence = Rounds(50, 100, [](Sample& sample, int i) { sample.rss += i * 200000; });
  EXPECT_THAT(CodesOf(evidence), ElementsAre("HP003"));
  EXPECT_THAT(Judge(evidence, {"asan"}), IsEmpty());
}

TEST(GrowthFindings, JudgeResidentMemoryOfRoundsThatEndWithoutAnIsolate) {
  EXPECT_THAT(CodesOf(Rounds(50, 100,
                             [](Sample& sample, int i) {
                               sample = {.iteration = sample.iteration, .flags = kEndOfRound};
                               sample.rss = 60 * kMiB + i * 200000;
                             })),
              ElementsAre("HP003"));
}

TEST(GrowthFindings, NeedEightSamplesForATrend) {
  auto leak = [](Sample& sample, int i) { sample.rss += i * 10 * kMiB; };
  EXPECT_THAT(CodesOf(Rounds(7, 100, leak)), IsEmpty());
  EXPECT_THAT(CodesOf(Rounds(8, 100, leak)), ElementsAre("HP003"));
}

TEST(GrowthFindings, SurviveSamplesThatLie) {
  Evidence evidence = Rounds(50, 100, [](Sample& sample, int i) {
    sample.iteration = i % 2 ? INT64_MAX : 0;
    sample.handles = i;
    sample.heap_used = INT64_MAX - i;
    sample.rss = i % 3 ? INT64_MAX : 0;
  });
  EXPECT_THAT(CodesOf(evidence), IsEmpty());
}

}  // namespace
}  // namespace handrail
