#include "harness/audit/v8_side.h"

#include <v8.h>

#include <algorithm>

#include "harness/guard/call_watch.h"
#include "harness/guard/engine_signatures.h"

namespace handrail::audit {
namespace {

V8Covered Cover(const void* module, const guard::ReportMisuse& report) {
  static int functions = 0;
  static size_t not_covered = 0;
  guard::WatchOptions options;
  options.signatures = guard::EngineSignatures();
  options.report = report;
  const guard::Coverage all = guard::StartWatching(module, options);
  V8Covered covered;  // of all that is covered, what has come with this module
  covered.functions = all.functions - functions;
  covered.not_covered.assign(all.not_covered.begin() + static_cast<ptrdiff_t>(not_covered),
                             all.not_covered.end());
  functions = all.functions;
  not_covered = all.not_covered.size();
  return covered;
}

void Forget() { guard::ForgetIsolate(v8::Isolate::GetCurrent()); }

constexpr V8Side kSide = {Cover, guard::StackOfThisThread, Forget, guard::FunctionName};

}  // namespace
}  // namespace handrail::audit

extern "C" __attribute__((visibility("default"))) const handrail::audit::V8Side*
HandrailAuditV8Side() {
  return &handrail::audit::kSide;
}
