// What the off-stack guard costs: the same work compiled with it and without, in one Node.
//   node bench_guard-<id>.node
#include <dlfcn.h>
#include <node_api.h>
#include <v8.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/guard_work.h"
#include "bench/ratio.h"

namespace handrail {
namespace {

constexpr int kTurns = 21;

const GuardWork& Load(const char* file) {
  void* module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  void* work = module == nullptr ? nullptr : dlsym(module, "HandrailGuardWork");
  if (work == nullptr) {
    std::fprintf(stderr, "bench_guard: %s\n", dlerror());
    std::exit(3);
  }
  return *reinterpret_cast<const GuardWork* (*)()>(work)();
}

struct Row {
  const char* what;
  void (*GuardWork::*work)(v8::Isolate* isolate, int64_t count);
  int64_t count;
  bool judged = true;
};

void Run(v8::Isolate* isolate) {
  const GuardWork& with = Load(HANDRAIL_GUARD_WORK);
  const GuardWork& without = Load(HANDRAIL_PLAIN_WORK);
  if (!with.guarded() || without.guarded()) {
    std::fprintf(stderr,
                 "bench_guard: the two modules are not one with the guard and one without\n");
    std::exit(3);
  }
  const Row rows[] = {
      {"property get and set, with the guard / without", &GuardWork::properties, 200'000},
      {"callback that settles a promise", &GuardWork::callbacks, 100'000},
      // Next to nothing but copies of a Local: the floor, which no program is made of.
      {"Local from a Global, passed down 3 calls", &GuardWork::passed, 1'000'000, false},
  };
  for (const Row& row : rows) {
    const auto time = [&](const GuardWork& work) {
      return CpuTime(static_cast<double>(row.count), [&] { (work.*row.work)(isolate, row.count); });
    };
    const Ratio ratio = Compare(
        kTurns, [&] { return time(with); }, [&] { return time(without); });
    if (row.judged) {
      PrintRow(row.what, Text(ratio), "<= 1.5", ratio.median <= 1.5);
    } else {
      std::printf("  %s: %s\n", row.what, Text(ratio).c_str());
    }
    std::printf("  %s each with, %s without\n", Seconds(ratio.a_seconds).c_str(),
                Seconds(ratio.b_seconds).c_str());
  }
}

}  // namespace
}  // namespace handrail

NAPI_MODULE_INIT() {
  static_cast<void>(env);
  handrail::Run(v8::Isolate::GetCurrent());
  return exports;
}
