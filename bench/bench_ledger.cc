// What the promise ledger costs: one program that makes promises through embed/ and settles them in
// random order, with a ledger and without, as many in flight as said.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

#include "bench/ratio.h"
#include "harness/embed/deferred.h"
#include "harness/engine/executable_engine.h"
#include "harness/observe/promise_ledger.h"

namespace handrail {
namespace {

constexpr int64_t kPromises = 1'000'000;  // in a turn, whatever the number in flight
constexpr int kTurns = 11;

struct Bench {
  v8::Isolate* isolate;
  v8::Local<v8::Context> context;
};

double Allocated() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

struct Program {
  std::shared_ptr<PromiseLedger> ledger;  // nullptr: none
  double native_bytes = 0;                // of one promise in flight

  // Seconds for one promise, made and settled.
  double Run(const Bench& bench, const std::vector<int64_t>& order) {
    embed::EventLoop loop;
    embed::Environment environment(bench.isolate, bench.context, loop.get(), {.promises = ledger});
    engine::CollectAll(bench.isolate);  // what the turn before has left
    std::vector<embed::Deferred> kept;
    kept.reserve(order.size());
    const auto count = static_cast<int64_t>(order.size());
    return CpuTime(kPromises, [&] {
      for (int64_t done = 0; done < kPromises; done += count) {
        const double before = done == 0 ? Allocated() : 0;
        for (int64_t i = 0; i < count; ++i) {
          const v8::HandleScope scope(bench.isolate);
          kept.push_back(MakePromise(environment).deferred);
        }
        if (done == 0) native_bytes = (Allocated() - before) / static_cast<double>(count);
        for (const int64_t i : order) {
          const v8::HandleScope scope(bench.isolate);
          kept[i].Resolve(v8::Undefined(bench.isolate));
        }
        kept.clear();
      }
    });
  }
};

std::vector<int64_t> RandomOrder(int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  return order;
}

std::shared_ptr<PromiseLedger> NewLedger(LedgerOptions options = {}) {
  return std::make_shared<PromiseLedger>([](const Finding&) {}, nullptr, options);
}

struct Row {
  int64_t count;  // in flight
  const char* kind;
  LedgerOptions options;
  bool reactions = false;  // promise hooks
  bool judged = true;
};

void Measure(const Bench& bench, const Row& row) {
  const std::vector<int64_t> order = RandomOrder(row.count);
  Program with, without;
  const auto watched = [&] {
    with.ledger = NewLedger(row.options);
    if (row.reactions) with.ledger->Watch(bench.isolate, {.reactions = true});
    const double seconds = with.Run(bench, order);
    if (row.reactions) with.ledger->Unwatch(bench.isolate);
    return seconds;
  };
  const Ratio ratio = Compare(kTurns, watched, [&] { return without.Run(bench, order); });
  const std::string what = std::to_string(row.count) + " in flight, " + row.kind;
  if (row.judged) {
    PrintRow(what, Text(ratio), "<= 1.1", ratio.median <= 1.1);
  } else {
    std::printf("  %s: %s\n", what.c_str(), Text(ratio).c_str());
  }
  std::printf("  %s a promise without; %.1f bytes of native memory more with\n",
              Seconds(ratio.b_seconds).c_str(), with.native_bytes - without.native_bytes);
}

int Run() {
  engine::ExecutableEngine engine(HANDRAIL_ENGINE_ID, engine::PlatformThreads::kNone,
                                  "--expose-gc");
  v8::Isolate* isolate = engine.NewIsolate({});
  {
    const v8::Isolate::Scope entered(isolate);
    const v8::HandleScope scope(isolate);
    const v8::Local<v8::Context> context = v8::Context::New(isolate);
    const v8::Context::Scope in(context);
    const Bench bench{isolate, context};
    const LedgerOptions all = {.details_up_to = UINT32_MAX};
    Measure(bench, {.count = 1'000'000, .kind = "with a ledger / without", .options = {}});
    Measure(bench, {.count = 1'000'000, .kind = "and all details kept", .options = all});
    Measure(bench, {.count = 1'000, .kind = "the same", .options = {}, .judged = false});
    Measure(bench, {.count = 1'000,
                    .kind = "with promise hooks",
                    .options = {},
                    .reactions = true,
                    .judged = false});
  }
  engine.Dispose(isolate);
  return 0;
}

}  // namespace
}  // namespace handrail

int main() { return handrail::Run(); }
