#include "reports/test_records.h"

namespace handrail {
namespace {

constexpr CodeInfo kTestCodes[] = {
    {"HD010", "A stored handle reads back as another object",
     "A Local lives only as long as the HandleScope that was open when it was made.",
     "Keep a v8::Global and make a Local from it where it is used.", ""},
    {"PX002", "V8 gave a fatal error", "V8 checks some rules of its API in release builds too.",
     "Read the text in the message; the caller of that function broke the rule.", ""},
};

StrategyDecl Declare(const TrialRecord& trial) {
  StrategyDecl strategy;
  strategy.id = trial.strategy;
  strategy.kind = trial.kind;
  strategy.summary = "one line about it";
  strategy.line = 90;
  if (trial.kind == StrategyKind::kBroken) {
    Expectation expectation;
    expectation.any_of = {"HD010"};
    expectation.may = {"PX001"};
    strategy.expectations.push_back(expectation);
    strategy.demands.push_back({"quarantine", {"HD001"}, {.engine = "node-*"}, {"HD022"}});
  }
  return strategy;
}

void DeclareAll(RunRecord& record) {
  for (const TrialRecord& trial : record.trials) {
    ScenarioDecl* scenario = nullptr;
    for (ScenarioDecl& known : record.scenarios) {
      if (known.id == trial.scenario) scenario = &known;
    }
    if (scenario == nullptr) {
      scenario = &record.scenarios.emplace_back();
      scenario->id = trial.scenario;
      scenario->title = "a title";
      scenario->reference = "a_document";
      scenario->file = "scenarios/" + trial.scenario + ".cc";
    }
    if (scenario->Find(trial.strategy) == nullptr) scenario->strategies.push_back(Declare(trial));
  }
}

void AddFailures(RunRecord& record) {
  Added missed = Add(record, "growth/heap-sync/pump-in-long-scope", "libnode",
                     StrategyKind::kBroken, Verdict::kMissed);
  missed.result.reason = "triggered in 3 of 3 trials, and no detector saw it";
  missed.trial.evidence.reached = missed.trial.evidence.triggered = 1;

  Added wrong = Add(record, "growth/heap-sync/pump-in-long-scope", "node-26", StrategyKind::kBroken,
                    Verdict::kWrongFinding);
  wrong.result.reason = "PX002 was not declared";
  wrong.trial.evidence.exit = {ExitKind::kV8Fatal,
                               0,
                               6,
                               "v8::HandleScope::CreateHandle()",
                               "Cannot create a handle without a HandleScope",
                               {}};
  wrong.trial.evidence.exit.frames = {{"Pump(v8::Isolate*)", "scenarios/growth/heap_sync.cc", 61},
                                      {"main", "", 0}};
  wrong.trial.evidence.findings = {
      {"PX002", "exit", Certainty::kCertain, "Cannot create a handle without a HandleScope", {}}};

  Added alarm = Add(record, "growth/heap-sync/scope-per-iteration", "node-26",
                    StrategyKind::kCorrect, Verdict::kFalseAlarm);
  alarm.result.reason = "correct code was accused of HD010";
  alarm.trial.evidence.findings = {StaleLocal()};

  Added unstable = Add(record, "restart/threads/two-threads-no-locker", "libnode",
                       StrategyKind::kBroken, Verdict::kUnstable);
  unstable.result.reason = "2 of 3 seeds gave the finding";
  unstable.result.trials = 3;
  unstable.result.detected = 2;
  unstable.trial.evidence.exit = {ExitKind::kSignal, 0, 11, "", "", {}};
  unstable.trial.evidence.output = "starting\nthread 2 is in at 0x7ffe12345678\n";
}

}  // namespace

const CodeInfo* FindTestCode(std::string_view code) {
  for (const CodeInfo& info : kTestCodes) {
    if (info.code == code) return &info;
  }
  return nullptr;
}

Added Add(RunRecord& record, const std::string& id, const std::string& engine, StrategyKind kind,
          Verdict verdict) {
  TrialRecord trial;
  trial.scenario = id.substr(0, id.rfind('/'));
  trial.strategy = id.substr(id.rfind('/') + 1);
  trial.kind = kind;
  trial.engine = engine;
  trial.seed = 7;
  trial.verdict = verdict;
  trial.evidence.duration_ms = 12.5;
  trial.repeat = "build/bin/handrail replay " + id + " --engine " + engine + " --seed 7";
  ResultRecord result;
  result.scenario = trial.scenario;
  result.strategy = trial.strategy;
  result.kind = kind;
  result.engine = engine;
  result.verdict = verdict;
  result.trials = 1;
  record.trials.push_back(trial);
  record.results.push_back(result);
  return {record.trials.back(), record.results.back()};
}

Finding StaleLocal() {
  Finding finding;
  finding.code = "HD010";
  finding.detector = "oracle";
  finding.message = "promise 3 is the object of promise 7";
  finding.operation = 12;
  finding.count = 12;
  const std::string file = "scenarios/escape/promises.cc";
  finding.life = {{"scope opened here", file, 41},
                  {"handle created here (v8::Promise::Resolver)", file, 44},
                  {"scope closed: the handle is dead", file, 49},
                  {"used here: the slot now holds another object", file, 158}};
  return finding;
}

RunRecord EmptyRecord() {
  RunRecord record;
  record.context.handrail = "0.1.0";
  record.context.host = "Linux 6.1 x86_64, 2 cores";
  record.context.started = "2025-01-02T03:04:05Z";
  record.context.command = "handrail run";
  record.context.profile = "default";
  record.context.engines = {{"libnode", "10.2.154.26-node.36", "build/engines/libnode.so", ""},
                            {"node-26", "14.6.202.34-node.19", "build/engines/node-26", ""}};
  record.context.duration_ms = 43210;
  record.selftest_ran = true;
  return record;
}

RunRecord MixedRecord() {
  RunRecord record = EmptyRecord();
  record.context.engines.push_back(
      {"node-18", "", "build/engines/node-18", "cannot load handrail.node: file not found"});
  const std::string promises = "escape/multiple-promises/";
  for (const char* engine : {"libnode", "node-26"}) {
    Add(record, promises + "global-in-map", engine, StrategyKind::kCorrect, Verdict::kAsExpected);
    Added caught =
        Add(record, promises + "local-in-map", engine, StrategyKind::kBroken, Verdict::kAsExpected);
    caught.trial.evidence.findings = {{"PX001", "exit", Certainty::kCertain, "killed", {}},
                                      StaleLocal()};
    Added gap = Add(record, promises + "local-across-co-await", engine, StrategyKind::kBroken,
                    Verdict::kKnownGap);
    gap.result.reason = "the slot is not reused before the coroutine ends; needs the quarantine";
    Added claim = Add(record, "restart/claims/sleep-50-ms-before-dispose", engine,
                      StrategyKind::kClaim, Verdict::kRefuted);
    claim.result.reason = "a pause changes nothing: V8 counts entries, and the count stays at 1";
    const double ms = std::string_view(engine) == "libnode" ? 0.0412 : 0.0517;
    Added measured = Add(record, "restart/claims/thread-costs-1-ms", engine, StrategyKind::kClaim,
                         Verdict::kRefuted);
    measured.result.reason = "the median is not about 1 ms";
    measured.result.figures = {{"thread, made and joined", ms, "ms", "about 1 ms"},
                               {"threads", 200, "", ""}};
    measured.trial.evidence.figures = measured.result.figures;
    measured.trial.evidence.claim = ClaimOutcome{false, false, measured.result.reason};
  }
  Added unclear = Add(record, "restart/claims/process-costs-10-ms", "libnode", StrategyKind::kClaim,
                      Verdict::kInconclusive);
  unclear.result.reason = "the trial told no outcome: it was killed by SIGKILL";
  unclear.trial.evidence.claim = ClaimOutcome();
  Added upheld = Add(record, "restart/claims/explicit-drop", "libnode", StrategyKind::kClaim,
                     Verdict::kUpheld);
  upheld.result.reason = "ended cleanly in 3 of 3 trials";
  AddFailures(record);
  Added closed = Add(record, "restart/threads/exits-out-of-order", "libnode", StrategyKind::kBroken,
                     Verdict::kGapClosed);
  closed.result.reason = "remove the gap from its expectation";
  closed.trial.evidence.findings = {StaleLocal()};
  Add(record, "restart/threads/exits-out-of-order", "node-26", StrategyKind::kBroken,
      Verdict::kSkipped);
  Sample sample;
  sample.heap_used = 4'000'000;
  sample.handles = 12;
  record.trials[0].evidence.samples = {sample, sample};
  record.trials[0].evidence.peak_rss = 55'000'000;
  DeclareAll(record);
  return record;
}

RunRecord HostileRecord() {
  const std::string attack =
      "\x1b[31mred\x1b]0;title\x07\r\nnew line\t\xff\xfe \xc3( \xe2\x80\xae<script>\"\\|` "
      "\xe8\xaa\x9e"
      "\xf0\x9f\x94\xa5 0x7ffe12345678 " +
      std::string("\0nul", 4) + std::string(300, 'w');
  RunRecord record = EmptyRecord();
  record.context.command = attack;
  record.context.engines[1].problem = attack;
  record.selftest_problem = attack;
  for (Verdict verdict : {Verdict::kWrongFinding, Verdict::kMissed, Verdict::kKnownGap,
                          Verdict::kGapClosed, Verdict::kRefuted, Verdict::kHarnessError}) {
    std::string id = attack + "/" + attack + "/" + std::string(ToString(verdict)) + attack;
    Added added = Add(record, id, "libnode", StrategyKind::kBroken, verdict);
    added.result.reason = added.trial.reason = attack;
    added.trial.repeat = attack;
    added.trial.instruments = added.result.instruments = {attack};
    Evidence& evidence = added.trial.evidence;
    evidence.exit = {ExitKind::kSanitizer, 66, 0, attack, attack, {{attack, attack, 9}}};
    evidence.output = attack + "\n" + attack;
    evidence.notes = {attack};
    evidence.figures = added.result.figures = {{attack, 1e15, attack, attack}};
    evidence.claim = ClaimOutcome{false, true, attack};
    if (verdict == Verdict::kHarnessError) evidence.harness_error = attack;
    if (verdict == Verdict::kMissed) continue;
    evidence.findings = {{attack, attack, Certainty::kStatistical, attack, {{attack, attack, 7}}}};
  }
  record.scenarios.emplace_back().id = attack;
  record.scenarios.back().story = attack;
  return record;
}

}  // namespace handrail
