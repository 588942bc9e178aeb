// What a trial can do to the harness: each fault gets its evidence, the run goes on, and nothing is
// left behind. Each is tried in a child of the zygote and in a fresh process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <ostream>

#include "harness/runner/real_worker.h"

namespace handrail {
namespace {

using ::handrail::testing::Codes;
using ::handrail::testing::RealWorker;
using ::handrail::testing::Told;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kMiB = int64_t{1} << 20;

struct Row {
  const char* strategy;
  ExitKind exit;
  std::vector<std::string> codes;  // the runner's and the trial's own; the judge adds more
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.strategy; }

// Tight limits, so that the tests are quick: the faults pass any.
PlannedTrial Limited(PlannedTrial trial) {
  trial.limits.time_ms = 700;
  if (trial.request.strategy != "ignores-sigterm" && trial.request.strategy != "spins") {
    trial.limits.time_ms = 60'000;
  }
  trial.limits.memory = 400 * kMiB;
  trial.limits.output = kMiB;
  return trial;
}

class Fault : public RealWorker, public ::testing::WithParamInterface<std::tuple<Row, bool>> {};

TEST_P(Fault, GetsItsEvidenceAndTheRunGoesOnCleanly) {
  const auto& [row, fresh] = GetParam();
  PlannedTrial fault = Limited(RealWorker::Fault(row.strategy));
  fault.fresh = fresh;
  Supervisor supervisor(Engines(), 1);
  const auto evidence = Run(supervisor, {fault, Clean()});
  EXPECT_EQ(evidence[0].exit.kind, row.exit) << Told(evidence[0]);
  EXPECT_THAT(Codes(evidence[0]), ElementsAreArray(row.codes)) << Told(evidence[0]);
  EXPECT_EQ(evidence[0].harness_error, "");
  EXPECT_EQ(evidence[1].exit.kind, ExitKind::kClean) << Told(evidence[1]);
  EXPECT_THAT(Codes(evidence[1]), IsEmpty()) << "clean code is accused: " << Told(evidence[1]);
  EXPECT_THAT(evidence[1].notes, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    OfATrial, Fault,
    ::testing::Combine(::testing::Values(Row{"ignores-sigterm", ExitKind::kTimeout, {}},
                                         Row{"spins", ExitKind::kTimeout, {}},
                                         Row{"eats-memory", ExitKind::kOutOfMemory, {}},
                                         Row{"writes-1-gb", ExitKind::kOutputLimit, {}},
                                         Row{"closes-descriptors", ExitKind::kIncomplete, {}},
                                         Row{"fd-exhaustion", ExitKind::kClean, {}},
                                         Row{"leaves-children", ExitKind::kClean, {"PX009"}},
                                         Row{"leaves-daemon", ExitKind::kClean, {"PX009"}},
                                         Row{"corrupts-ring", ExitKind::kClean, {"PX010"}},
                                         Row{"wipes-blackboard", ExitKind::kClean, {"PX010"}},
                                         Row{"scribbles-events", ExitKind::kOutputLimit, {"PX010"}},
                                         Row{"many-findings", ExitKind::kClean, {"PX011"}},
                                         Row{"exits-early", ExitKind::kIncomplete, {}},
                                         Row{"throws", ExitKind::kNonzero, {}},
                                         Row{"kills-zygote", ExitKind::kClean, {}}),
                       ::testing::Bool()),
    [](const auto& info) {
      std::string name = std::get<0>(info.param).strategy;
      std::erase(name, '-');
      return name + (std::get<1>(info.param) ? "Fresh" : "Forked");
    });

class Faults : public RealWorker {};

TEST_F(Faults, OfManyTrialsAtOnceAreNeverMixedUp) {
  const char* const strategies[] = {"leaves-daemon",   "many-findings", "exits-early",
                                    "leaves-children", "corrupts-ring", "kills-zygote"};
  std::vector<PlannedTrial> plan;
  for (int i = 0; i < 4; ++i) {
    for (const char* strategy : strategies) {
      plan.push_back(Limited(RealWorker::Fault(strategy)));
      plan.push_back(Clean());
    }
  }
  Supervisor supervisor(Engines(), 4);
  const auto evidence = Run(supervisor, plan);
  for (size_t i = 0; i < plan.size(); ++i) {
    const std::string& strategy = plan[i].request.strategy;
    std::vector<std::string> codes;
    if (strategy.starts_with("leaves-")) codes = {"PX009"};
    if (strategy == "many-findings") codes = {"PX011"};
    if (strategy == "corrupts-ring") codes = {"PX010"};
    EXPECT_THAT(Codes(evidence[i]), ElementsAreArray(codes))
        << strategy << ": " << Told(evidence[i]);
    EXPECT_EQ(evidence[i].exit.kind,
              strategy == "exits-early" ? ExitKind::kIncomplete : ExitKind::kClean)
        << strategy << ": " << Told(evidence[i]);
  }
}

TEST_F(Faults, ThatHangAreEndedNearTheirLimitThoughTheyIgnoreSigterm) {
  Supervisor supervisor(Engines(), 1);
  const auto evidence = Run(supervisor, {Limited(RealWorker::Fault("ignores-sigterm"))});
  EXPECT_GE(evidence[0].duration_ms, 700);
  EXPECT_LT(evidence[0].duration_ms, 20'000);
  EXPECT_EQ(evidence[0].exit.message, "700 ms");
}

TEST_F(Faults, ThatPrintWithoutEndKeepHeadAndTailOfTheOutput) {
  Supervisor supervisor(Engines(), 1);
  const auto evidence = Run(supervisor, {Limited(RealWorker::Fault("writes-1-gb"))});
  EXPECT_THAT(evidence[0].exit.message, HasSubstr("1 MiB"));
  EXPECT_THAT(evidence[0].output, HasSubstr("bytes left out"));
  EXPECT_LT(evidence[0].output.size(), 64u << 10) << "what is kept must be bounded";
}

TEST_F(Faults, ThatMakeManyFindingsAreFoldedAndCountedToTheLast) {
  Supervisor supervisor(Engines(), 1);
  const auto evidence = Run(supervisor, {RealWorker::Fault("many-findings")});
  ASSERT_EQ(evidence[0].findings.size(), 1u) << Told(evidence[0]);
  EXPECT_EQ(evidence[0].findings[0].count, 10'000);
}

TEST_F(Faults, ThatThrowTellWhatWasThrown) {
  Supervisor supervisor(Engines(), 1);
  const auto evidence = Run(supervisor, {RealWorker::Fault("throws")});
  EXPECT_EQ(evidence[0].exit.code, kStrategyThrew);
  EXPECT_THAT(evidence[0].notes, ElementsAre(HasSubstr("thrown by a canary")));
}

TEST_F(Faults, ThatCorruptTheRingKeepTheCountersBeforeIt) {
  Supervisor supervisor(Engines(), 1);
  const auto evidence = Run(supervisor, {RealWorker::Fault("corrupts-ring")});
  EXPECT_EQ(evidence[0].reached, 1);
  EXPECT_EQ(evidence[0].triggered, 1);
  EXPECT_EQ(evidence[0].findings[0].detector, "runner");
}

TEST_F(Faults, ThatEatMemoryNameTheLimitAndItsPeak) {
  Supervisor supervisor(Engines(), 1);
  const auto evidence = Run(supervisor, {Limited(RealWorker::Fault("eats-memory"))});
  EXPECT_THAT(evidence[0].exit.message, HasSubstr("400 MiB"));
  EXPECT_GT(evidence[0].peak_rss, 300 * kMiB);
}

}  // namespace
}  // namespace handrail
