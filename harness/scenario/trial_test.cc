#include "harness/scenario/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "harness/embed/deferred.h"
#include "harness/observe/v8_test.h"

namespace handrail {
namespace {

using ::handrail::testing::Findings;
using ::handrail::testing::TestEngine;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TrialTest : public ::testing::Test {
 protected:
  TrialTest() : fd_(CreateBlackboard()), board_(MapBlackboard(fd_)) {}
  ~TrialTest() override {
    UnmapBlackboard(board_);
    close(fd_);
  }
  std::unique_ptr<Trial> Make(std::vector<std::string> instruments = {}, uint64_t seed = 1) {
    TrialRequest request;
    request.size = 10;
    request.seed = seed;
    request.instruments = std::move(instruments);
    return std::make_unique<Trial>(
        request, TestEngine(), *board_, found_.Sink(),
        [this](const Place& place) { reached_.push_back(place.line()); });
  }
  std::vector<Sample> Samples() {
    std::vector<Sample> samples;
    reader_.Drain(*board_, samples);
    return samples;
  }

  int fd_;
  Blackboard* board_;
  RingReader reader_;
  Findings found_;
  std::vector<uint_least32_t> reached_;  // lines that were told
};

TEST_F(TrialTest, PassesTheOraclesFindingsOn) {
  Make()->oracle().Count("calls", 1, 2);
  EXPECT_THAT(found_.Codes(), ElementsAre("PX011"));
}

TEST_F(TrialTest, PassesFiguresAndTheOutcomeOfAClaimOn) {
  std::vector<Figure> figures;
  std::vector<ClaimOutcome> outcomes;
  Trial trial({}, TestEngine(), *board_, found_.Sink(), [](const Place&) {},
              {.figure = [&](Figure figure) { figures.push_back(std::move(figure)); },
               .claim = [&](ClaimOutcome outcome) { outcomes.push_back(std::move(outcome)); }});
  trial.Measuring();
  trial.Measured("thread", 0.5, "ms", "about 1 ms");
  trial.ClaimHolds(true, "half of what is said");
  ASSERT_EQ(figures.size(), 1u);
  EXPECT_EQ(FigureText(figures[0]), "thread 0.5 ms (said: about 1 ms)");
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_TRUE(outcomes[0].open);
  EXPECT_FALSE(outcomes[1].open);
  EXPECT_TRUE(outcomes[1].holds);
  EXPECT_EQ(outcomes[1].seen, "half of what is said");
}

TEST_F(TrialTest, CanMeasureWhereNobodyListens) {
  const auto trial = Make();
  trial->Measuring();
  trial->Measured("thread", 0.5);
  trial->ClaimHolds(true, "");
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

TEST_F(TrialTest, TakesOutTheDetectorThatAnInstrumentNames) {
  Make({"no-oracle"})->oracle().Count("calls", 1, 2);
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

// Settles one promise twice, and tells nobody but the ledger.
void SettleTwice(Trial& trial) {
  const OwnedIsolate isolate(trial);
  const v8::HandleScope scope(isolate.get());
  const v8::Local<v8::Context> context = v8::Context::New(isolate.get());
  embed::EventLoop loop;
  embed::Environment environment(isolate.get(), context, loop.get(),
                                 {.promises = trial.ledger()});
  embed::Deferred deferred = embed::MakePromise(environment).deferred;
  for (int i = 0; i < 3; ++i) deferred.Resolve(v8::Undefined(isolate.get()));
}

TEST_F(TrialTest, ConcludesItsPromiseLedger) {
  SettleTwice(*Make());
  ASSERT_THAT(found_.Codes(), ElementsAre("PR010", "PR010")) << "one at once, and what was counted";
  EXPECT_EQ(found_.all[0].operation, 0) << "steps of the trial";
}

TEST_F(TrialTest, TakesOutThePromiseLedger) {
  SettleTwice(*Make({"no-promise-ledger"}));
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

TEST_F(TrialTest, LeavesOtherDetectorsInWhenOneIsTakenOut) {
  Make({"no-near-heap-limit", "no-orac", "oracle"})->oracle().Count("calls", 1, 2);
  EXPECT_THAT(found_.Codes(), ElementsAre("PX011"));
}

TEST_F(TrialTest, WritesItsMarksWhereTheyOutliveACrash) {
  const auto trial = Make();
  trial->Reached();
  trial->Reached();
  trial->Triggered();
  trial->Step();
  EXPECT_EQ(board_->reached.load(), 2);
  EXPECT_EQ(board_->triggered.load(), 1);
  EXPECT_EQ(board_->operations.load(), 1);
}

TEST_F(TrialTest, TellsTheFaultyLineWhenItIsReachedFirst) {
  const auto trial = Make();
  for (int i = 0; i < 3; ++i) trial->Reached();
  const uint_least32_t line = __LINE__ - 1;
  trial->Reached();
  EXPECT_THAT(reached_, ElementsAre(line));
}

TEST_F(TrialTest, CountsMarksOfSeveralThreads) {
  const auto trial = Make();
  std::thread threads[4];
  for (std::thread& thread : threads) {
    thread = std::thread([&] {
      for (int i = 0; i < 10'000; ++i) trial->Triggered();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(board_->triggered.load(), 40'000);
}

TEST_F(TrialTest, RollsTheSameDiceForTheSameSeed) {
  const auto first = Make({}, 7);
  const auto second = Make({}, 7);
  const auto other = Make({}, 8);
  const uint64_t rolled = first->random()();
  EXPECT_EQ(second->random()(), rolled);
  EXPECT_NE(other->random()(), rolled);
}

TEST_F(TrialTest, KnowsItsInstrumentsByTheirWholeName) {
  const auto trial = Make({"quarantine"});
  EXPECT_TRUE(trial->Has("quarantine"));
  EXPECT_FALSE(trial->Has("quarant"));
  EXPECT_FALSE(Make()->Has(""));
}

TEST_F(TrialTest, JudgesNoRoundOfTheWarmUp) {
  const auto trial = Make();
  const OwnedIsolate isolate(*trial);
  trial->Watch(isolate.get());
  for (int i = 0; i < Trial::kWarmUpRounds + 2; ++i) trial->EndOfRound(i);
  trial->Unwatch();
  const std::vector<Sample> samples = Samples();
  ASSERT_EQ(samples.size(), Trial::kWarmUpRounds + 2u);
  for (size_t i = 0; i < samples.size(); ++i) {
    const int64_t warm_up = i < static_cast<size_t>(Trial::kWarmUpRounds) ? int64_t{kWarmUp} : 0;
    EXPECT_EQ(samples[i].flags, kEndOfRound | kAfterGc | warm_up) << "round " << i;
    EXPECT_EQ(samples[i].iteration, static_cast<int64_t>(i));
  }
}

TEST_F(TrialTest, CollectsAllGarbageBeforeARoundIsSampled) {
  const auto trial = Make();
  const OwnedIsolate isolate(*trial);
  const v8::HandleScope scope(isolate.get());
  const v8::Context::Scope context(v8::Context::New(isolate.get()));
  trial->Watch(isolate.get());
  trial->EndOfRound(0);
  {
    const v8::HandleScope inner(isolate.get());
    for (int i = 0; i < 100'000; ++i) v8::Object::New(isolate.get());
  }
  trial->EndOfRound(1);
  trial->Unwatch();
  const std::vector<Sample> samples = Samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_LT(samples[1].heap_used - samples[0].heap_used, 1 << 20);
  EXPECT_EQ(samples[1].handles, samples[0].handles);
}

TEST_F(TrialTest, SamplesTheProcessBetweenTwoIsolates) {
  const auto trial = Make();
  trial->EndOfRoundWithoutIsolate(1, 2);
  trial->EndOfRoundWithoutIsolate(2, 2);
  const std::vector<Sample> samples = Samples();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].flags, kEndOfRound | kWarmUp);
  EXPECT_EQ(samples[1].flags, int64_t{kEndOfRound});
  EXPECT_GT(samples[0].rss, 0);
  EXPECT_EQ(samples[0].heap_used, kNotMeasured);
}

// Fills a small heap until the trial is asked to stop.
void FillHeap(Trial& trial) {
  const OwnedIsolate isolate(trial, {.heap_limit_mb = 16});
  const v8::HandleScope scope(isolate.get());
  const v8::Context::Scope context(v8::Context::New(isolate.get()));
  trial.Watch(isolate.get());
  for (int i = 0; i < 64 && !trial.StopRequested(); ++i) v8::Array::New(isolate.get(), 128 << 10);
  EXPECT_TRUE(trial.StopRequested());
  trial.Unwatch();
  EXPECT_FALSE(trial.StopRequested()) << "nothing is watched any more";
}

TEST_F(TrialTest, AsksALoopToStopNearTheHeapLimit) {
  FillHeap(*Make());
  EXPECT_THAT(found_.Codes(), ElementsAre("HP002"));
}

TEST_F(TrialTest, StillEndsInOrderWhenTheNearHeapLimitDetectorIsTakenOut) {
  FillHeap(*Make({"no-near-heap-limit"}));
  EXPECT_THAT(found_.Codes(), IsEmpty());
}

}  // namespace
}  // namespace handrail
