#include "harness/core/run_record.h"

namespace handrail {

// Read from the results, not the trials: one trial of a race may show nothing while the race as a
// whole comes out as declared.
int ExitCode(const RunRecord& record) {
  if (record.context.interrupted) return 130;
  if (!record.selftest_problem.empty()) return 3;
  bool engine_missing = false;
  for (const EngineInfo& engine : record.context.engines) {
    engine_missing = engine_missing || !engine.problem.empty();
  }
  bool ran = false;
  bool failed = false;
  for (const ResultRecord& result : record.results) {
    if (result.verdict == Verdict::kHarnessError) return 3;
    ran = ran || result.verdict != Verdict::kSkipped;
    // A claim is reported, whatever came of it; it never fails a run.
    failed = failed || (result.kind != StrategyKind::kClaim && Fails(result.verdict));
  }
  if (failed) return 1;
  if (!ran) return 4;
  return engine_missing ? 3 : 0;
}

}  // namespace handrail
