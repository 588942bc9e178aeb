#include "harness/observe/heap_sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "harness/observe/v8_test.h"

namespace handrail {
namespace {

using ::handrail::testing::V8Test;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Sampler : public V8Test {
 protected:
  HeapSampler Make(const SamplerOptions& options) {
    return {isolate(), options, [this](const Sample& sample) { samples_.push_back(sample); }};
  }
  // One sample of a sampler with no schedule.
  Sample Now(const SamplerOptions& options = {}) {
    HeapSampler sampler = Make(options);
    sampler.Take(0, 0);
    return samples_.back();
  }
  std::vector<int64_t> Iterations() const {
    std::vector<int64_t> iterations;
    for (const Sample& sample : samples_) iterations.push_back(sample.iteration);
    return iterations;
  }

  std::vector<Sample> samples_;
};

TEST_F(Sampler, SamplesEverySoManyIterations) {
  HeapSampler sampler = Make({.every_iterations = 10});
  for (int i = 0; i <= 35; ++i) sampler.Tick(i);
  EXPECT_THAT(Iterations(), ElementsAre(0, 10, 20, 30));
}

TEST_F(Sampler, MissesNoIterationThatIsDueWhenTheLoopBeginsElsewhere) {
  HeapSampler sampler = Make({.every_iterations = 10});
  for (int i = 1; i <= 25; ++i) sampler.Tick(i);
  EXPECT_THAT(Iterations(), ElementsAre(10, 20));
}

TEST_F(Sampler, TakesNothingByItselfWithoutASchedule) {
  HeapSampler sampler = Make({});
  for (int i = 0; i < 1000; ++i) sampler.Tick(i);
  EXPECT_THAT(samples_, IsEmpty());
}

// Iterations that are longer than the interval: each must be sampled, not one in 64.
TEST_F(Sampler, SamplesALoopOfLongIterationsByTime) {
  HeapSampler sampler = Make({.every_ms = 2});
  for (int i = 0; i < 20; ++i) {
    sampler.Tick(i);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GE(samples_.size(), 15u) << "of 20 iterations of 5 ms each, sampled every 2 ms";
}

TEST_F(Sampler, SamplesAFastLoopByTimeWithoutASampleForEachIteration) {
  HeapSampler sampler = Make({.every_ms = 1000});
  for (int i = 0; i < 100'000; ++i) sampler.Tick(i);
  EXPECT_GE(samples_.size(), 1u);
  EXPECT_LT(samples_.size(), 1000u);
}

TEST_F(Sampler, NoticesThatAFastLoopBecameSlow) {
  HeapSampler sampler = Make({.every_ms = 2});
  int i = 0;
  for (; i < 10'000; ++i) sampler.Tick(i);
  const size_t before = samples_.size();
  for (; i < 10'000 + 100; ++i) {  // the first 64 may pass unseen
    sampler.Tick(i);
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  EXPECT_GE(samples_.size() - before, 25u);
}

TEST_F(Sampler, SamplesByWhicheverIsDueFirst) {
  HeapSampler sampler = Make({.every_iterations = 1000, .every_ms = 1'000'000});
  for (int i = 1; i <= 3000; ++i) sampler.Tick(i);
  EXPECT_THAT(Iterations(), ElementsAre(1, 1000, 2000, 3000)) << "the first is due by time";
}

TEST_F(Sampler, CarriesIterationFlagsAndARisingTime) {
  HeapSampler sampler = Make({});
  sampler.Take(7, kEndOfRound | kAfterGc);
  sampler.Take(8, kWarmUp);
  ASSERT_EQ(samples_.size(), 2u);
  EXPECT_EQ(samples_[0].iteration, 7);
  EXPECT_EQ(samples_[0].flags, kEndOfRound | kAfterGc);
  EXPECT_EQ(samples_[1].flags, kWarmUp);
  EXPECT_GE(samples_[0].time_ns, 0);
  EXPECT_GE(samples_[1].time_ns, samples_[0].time_ns);
}

TEST_F(Sampler, CountsHandlesExactly) {
  const int64_t before = Now().handles;
  {
    const v8::HandleScope scope(isolate());
    for (int i = 0; i < 1234; ++i) v8::Local<v8::Context>::New(isolate(), context());
    EXPECT_EQ(Now().handles, before + 1234);
  }
  EXPECT_EQ(Now().handles, before) << "a sample must leave no handle behind";
}

TEST_F(Sampler, CountsGlobalsExactly) {
  const int64_t before = Now().globals_used;
  std::vector<v8::Global<v8::Context>> globals;
  globals.emplace_back(isolate(), context());
  const int64_t one = Now().globals_used - before;
  EXPECT_GT(one, 0);
  for (int i = 1; i < 1000; ++i) globals.emplace_back(isolate(), context());
  EXPECT_EQ(Now().globals_used, before + 1000 * one);
  EXPECT_GE(Now().globals_total, Now().globals_used);
  globals.clear();
  EXPECT_EQ(Now().globals_used, before);
}

TEST_F(Sampler, SeesContextsHeapAndProcess) {
  const Sample one = Now();
  EXPECT_EQ(one.native_contexts, 1);
  EXPECT_EQ(one.detached_contexts, 0);
  EXPECT_GT(one.heap_used, 0);
  EXPECT_GE(one.heap_total, one.heap_used);
  EXPECT_GT(one.heap_physical, 0);
  EXPECT_GT(one.malloced, 0);
  EXPECT_GE(one.external, 0);
  EXPECT_GT(one.rss, int64_t{4} << 20);
  const v8::Local<v8::Context> other = v8::Context::New(isolate());
  EXPECT_EQ(Now().native_contexts, 2);
  EXPECT_FALSE(other.IsEmpty());
}

TEST_F(Sampler, SeesTheHeapGrowByWhatIsHeld) {
  const int64_t before = Now().heap_used;
  v8::Local<v8::Value> held =
      engine::RunScript(context(), "Array.from({length: 100000}, (_, i) => ({i}))")
          .ToLocalChecked();
  EXPECT_FALSE(held.IsEmpty());
  engine::CollectAll(isolate());
  EXPECT_GT(Now().heap_used - before, int64_t{1} << 20);
}

TEST_F(Sampler, MeasuresPssAndSpacesOnRequestOnly) {
  const Sample plain = Now();
  EXPECT_EQ(plain.pss, kNotMeasured);
  EXPECT_THAT(plain.spaces, Each(kNotMeasured));
  const Sample full = Now({.pss = true, .spaces = true});
  EXPECT_GT(full.pss, 0);
  EXPECT_LE(full.pss, full.rss * 2) << "PSS is a share of RSS; they are read one after the other";
  int64_t used = 0;
  for (const int64_t space : full.spaces) used += space > 0 ? space : 0;
  EXPECT_GT(used, full.heap_used / 2) << "the spaces together are the heap";
}

TEST_F(Sampler, CountsCollectionsSinceItBegan) {
  engine::CollectAll(isolate());
  HeapSampler sampler = Make({});
  sampler.Take(0, 0);
  EXPECT_EQ(samples_.back().gc_major, 0);
  EXPECT_EQ(samples_.back().gc_major_ns, 0);
  engine::CollectAll(isolate());
  sampler.Take(1, 0);
  EXPECT_EQ(samples_.back().gc_major, sampler.gc().major);
  EXPECT_GE(samples_.back().gc_major, 1);
  EXPECT_GT(samples_.back().gc_major_ns, 0);
}

}  // namespace
}  // namespace handrail
