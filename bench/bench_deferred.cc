// What a Deferred costs: promises made and settled in random order, with as many in flight as said,
// through embed/ and with a bare v8::Global<v8::Promise::Resolver>; and the memory of each.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>
#include <vector>

#include "bench/ratio.h"
#include "harness/embed/deferred.h"
#include "harness/engine/executable_engine.h"

namespace handrail {
namespace {

using embed::Deferred;
using Resolver = v8::Promise::Resolver;

constexpr int64_t kPromises = 1'000'000;  // in a turn, whatever the number in flight

struct Bench {
  v8::Isolate* isolate;
  v8::Local<v8::Context> context;
  const embed::Environment& environment;
};

// Each keeps `count` promises in flight; Make one, Settle one.
struct ByDeferred {
  const Bench& bench;
  std::vector<Deferred> kept;
  void Make() { kept.push_back(MakePromise(bench.environment).deferred); }
  void Settle(int64_t i) { kept[i].Resolve(bench.context, v8::Undefined(bench.isolate)); }
};

struct ByGlobal {
  const Bench& bench;
  std::vector<v8::Global<Resolver>> kept;
  void Make() { kept.emplace_back(bench.isolate, Resolver::New(bench.context).ToLocalChecked()); }
  void Settle(int64_t i) {
    kept[i].Get(bench.isolate)->Resolve(bench.context, v8::Undefined(bench.isolate)).Check();
    kept[i].Reset();
  }
};

std::vector<int64_t> RandomOrder(int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  return order;
}

struct Cost {
  double make = 0;
  double settle = 0;
};

int64_t NativeBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

template <class Keeper>
Cost Turn(const Bench& bench, const std::vector<int64_t>& order) {
  const auto count = static_cast<int64_t>(order.size());
  Cost cost;
  for (int64_t done = 0; done < kPromises; done += count) {
    Keeper keeper{bench, {}};
    keeper.kept.reserve(count);
    cost.make += CpuTime(kPromises, [&] {
      for (int64_t i = 0; i < count; ++i) {
        const v8::HandleScope scope(bench.isolate);
        keeper.Make();
      }
    });
    cost.settle += CpuTime(kPromises, [&] {
      for (const int64_t i : order) {
        const v8::HandleScope scope(bench.isolate);
        keeper.Settle(i);
      }
    });
  }
  return cost;
}

// Native memory of a promise in flight in a new environment, beyond that of a bare Global: its
// Deferred, and the environment's entry. V8's node for the handle both have.
double BytesOfOurs(const Bench& bench, int64_t count) {
  const auto bytes = [count](auto make) {
    const int64_t before = NativeBytes();
    const auto keeper = make();
    return static_cast<double>(NativeBytes() - before) / static_cast<double>(count);
  };
  const auto fill = [&](auto keeper) {
    keeper.kept.reserve(count);
    for (int64_t i = 0; i < count; ++i) {
      const v8::HandleScope scope(bench.isolate);
      keeper.Make();
    }
    return keeper;
  };
  const double bare = bytes([&] { return fill(ByGlobal{bench, {}}); });
  embed::EventLoop loop;
  embed::Environment fresh(bench.isolate, bench.context, loop.get());
  const Bench in_fresh{bench.isolate, bench.context, fresh};
  const double ours = bytes([&] { return fill(ByDeferred{in_fresh, {}}); });
  fresh.Settle();  // rejects what was just dropped
  return ours - bare + static_cast<double>(sizeof(v8::Global<Resolver>));
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// The turns alternate, and ratios are taken turn by turn.
void Measure(const Bench& bench, int64_t count, double* ours_at_ten_thousand) {
  const std::vector<int64_t> order = RandomOrder(count);
  const int turns = 9;
  std::vector<double> settle, both, bare_settle, our_settle;
  for (int turn = 0; turn <= turns; ++turn) {
    const Cost ours = Turn<ByDeferred>(bench, order);
    const Cost bare = Turn<ByGlobal>(bench, order);
    if (turn == 0) continue;  // warms up
    settle.push_back(ours.settle / bare.settle);
    both.push_back((ours.settle + ours.make) / (bare.settle + bare.make));
    our_settle.push_back(ours.settle);
    bare_settle.push_back(bare.settle);
  }
  const std::string in_flight = std::to_string(count) + " in flight: ";
  char text[96];
  std::snprintf(text, sizeof text, "%.3f (%s against %s)", Median(settle),
                Seconds(Median(our_settle)).c_str(), Seconds(Median(bare_settle)).c_str());
  PrintRow(in_flight + "settle / bare", text, "<= 1.2", Median(settle) <= 1.2);
  std::snprintf(text, sizeof text, "%.3f", Median(both));
  PrintRow(in_flight + "make and settle / bare", text, "<= 1.2", Median(both) <= 1.2);
  const double bytes = BytesOfOurs(bench, count);
  std::snprintf(text, sizeof text, "%.1f bytes", bytes);
  PrintRow(in_flight + "ours of a promise", text, "<= 64", bytes <= 64);
  if (count == 10'000) *ours_at_ten_thousand = bytes;
  if (count <= 10'000) return;
  const double share = bytes / *ours_at_ten_thousand;
  std::snprintf(text, sizeof text, "%.3f", share);
  PrintRow(in_flight + "memory / that at 10,000", text, "0.8 to 1.2", share > 0.8 && share < 1.2);
}

int Run() {
  engine::ExecutableEngine engine(HANDRAIL_ENGINE_ID, engine::PlatformThreads::kNone, "");
  v8::Isolate* isolate = engine.NewIsolate({});
  {
    const v8::Isolate::Scope entered(isolate);
    const v8::HandleScope scope(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    const v8::Context::Scope in(context);
    embed::EventLoop loop;
    embed::Environment environment(isolate, context, loop.get());
    const Bench bench{isolate, context, environment};
    double ours = 0;
    for (const int64_t count : {1'000, 10'000, 100'000, 1'000'000}) Measure(bench, count, &ours);
  }
  engine.Dispose(isolate);
  return 0;
}

}  // namespace
}  // namespace handrail

int main() { return handrail::Run(); }
