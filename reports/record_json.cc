#include "reports/record_json.h"

#include <algorithm>

#include "harness/core/text.h"
#include "reports/json_writer.h"
#include "reports/record_detection.h"
#include "reports/record_samples.h"
#include "reports/record_scenarios.h"
#include "reports/tally.h"

namespace handrail {
namespace {

using Layout = JsonWriter::Layout;

// Head and tail: the first error says what began, the last lines say what ended it.
std::string CutOutput(std::string_view output) {
  std::string safe = SafeText(output);
  if (safe.size() <= kMaxOutputBytes) return safe;
  constexpr size_t kMark = 64;  // room for the line that says what is missing
  size_t head = kMaxOutputBytes / 2 - kMark;
  size_t tail = safe.size() - kMaxOutputBytes / 2;
  auto inside_character = [&safe](size_t at) { return (safe[at] & 0xC0) == 0x80; };
  while (head > 0 && inside_character(head)) --head;
  while (tail < safe.size() && inside_character(tail)) ++tail;
  return safe.substr(0, head) + "\n[" + std::to_string(tail - head) + " bytes left out]\n" +
         safe.substr(tail);
}

void WriteContext(JsonWriter& json, const RunContext& context) {
  json.Key("context");
  json.BeginObject(Layout::kLines);
  json.Text("handrail", context.handrail);
  json.Text("commit", context.commit);
  json.Text("host", context.host);
  json.Text("started", context.started);
  json.Text("command", context.command);
  json.Text("profile", context.profile);
  json.Key("engines");
  json.BeginArray(Layout::kLines);
  for (const EngineInfo& engine : context.engines) {
    json.BeginObject();
    json.Text("id", engine.id);
    json.Text("v8_version", engine.v8_version);
    json.Text("path", engine.path);
    if (!engine.instruments.empty()) json.Texts("instruments", engine.instruments);
    if (!engine.problem.empty()) json.Text("problem", engine.problem);
    json.End();
  }
  json.End();
  json.Real("duration_ms", context.duration_ms);
  json.Flag("interrupted", context.interrupted);
  json.Number("planned_trials", static_cast<int64_t>(context.planned_trials));
  json.End();
}

void WriteExit(JsonWriter& json, const Exit& exit) {
  json.Key("exit");
  json.BeginObject();
  json.Text("kind", ToString(exit.kind));
  if (exit.code != 0) json.Number("code", exit.code);
  if (exit.signal != 0) json.Number("signal", exit.signal);
  if (!exit.where.empty()) json.Text("where", exit.where);
  if (!exit.message.empty()) json.Text("message", exit.message);
  if (!exit.frames.empty()) {
    json.Key("frames");
    json.BeginArray();
    for (const Frame& frame : exit.frames) {
      json.BeginObject();
      json.Text("function", frame.function);
      if (!frame.file.empty()) json.Text("file", frame.file);
      if (frame.line != 0) json.Number("line", frame.line);
      json.End();
    }
    json.End();
  }
  json.End();
}

void WriteFinding(JsonWriter& json, const Finding& finding) {
  json.BeginObject();
  json.Text("code", finding.code);
  json.Text("detector", finding.detector);
  json.Text("certainty", ToString(finding.certainty));
  json.Text("message", finding.message);
  json.Key("life");
  json.BeginArray();
  for (const LifeEvent& event : finding.life) {
    json.BeginObject();
    json.Text("what", event.what);
    if (!event.file.empty()) json.Text("file", event.file);
    if (event.line != 0) json.Number("line", event.line);
    json.End();
  }
  json.End();
  json.Measured("operation", finding.operation);
  json.Number("count", finding.count);
  json.End();
}

void WriteFigures(JsonWriter& json, const std::vector<Figure>& figures) {
  if (figures.empty()) return;
  json.Key("figures");
  json.BeginArray();
  for (const Figure& figure : figures) {
    json.BeginObject();
    json.Text("what", figure.what);
    json.Real("value", figure.value);
    json.Text("unit", figure.unit);
    if (!figure.said.empty()) json.Text("said", figure.said);
    json.End();
  }
  json.End();
}

void WriteClaim(JsonWriter& json, const ClaimOutcome& claim) {
  json.Key("claim");
  json.BeginObject();
  if (!claim.open) json.Flag("holds", claim.holds);
  json.Text("seen", claim.seen);
  json.End();
}

void WriteEvidence(JsonWriter& json, const Evidence& evidence) {
  json.Number("reached", evidence.reached);
  json.Number("triggered", evidence.triggered);
  json.Number("operations", evidence.operations);
  WriteExit(json, evidence.exit);
  json.Key("findings");
  json.BeginArray();
  for (const Finding& finding : evidence.findings) WriteFinding(json, finding);
  json.End();
  WriteFigures(json, evidence.figures);
  if (evidence.claim) WriteClaim(json, *evidence.claim);
  json.Key("samples");
  WriteSamples(json, evidence.samples);
  json.Number("samples_dropped", evidence.samples_dropped);
  json.Texts("notes", evidence.notes);
  json.Text("output", CutOutput(evidence.output));
  json.Real("duration_ms", evidence.duration_ms);
  json.Real("cpu_ms", evidence.cpu_ms);
  json.Measured("peak_rss", evidence.peak_rss);
  if (!evidence.harness_error.empty()) json.Text("harness_error", evidence.harness_error);
}

void WriteTrial(JsonWriter& json, const TrialRecord& trial) {
  json.BeginObject();
  json.Text("scenario", trial.scenario);
  json.Text("strategy", trial.strategy);
  json.Text("kind", ToString(trial.kind));
  json.Text("engine", trial.engine);
  json.Texts("instruments", trial.instruments);
  json.Number("size", trial.size);
  json.Unsigned("seed", trial.seed);
  json.Text("verdict", ToString(trial.verdict));
  json.Text("reason", trial.reason);
  json.Flag("detected", trial.detected);
  WriteEvidence(json, trial.evidence);
  json.Text("repeat", trial.repeat);
  json.End();
}

void WriteResult(JsonWriter& json, const ResultRecord& result) {
  json.BeginObject();
  json.Text("scenario", result.scenario);
  json.Text("strategy", result.strategy);
  json.Text("kind", ToString(result.kind));
  json.Text("engine", result.engine);
  json.Texts("instruments", result.instruments);
  json.Text("verdict", ToString(result.verdict));
  json.Text("reason", result.reason);
  json.Number("trials", result.trials);
  json.Number("detected", result.detected);
  json.Number("triggered", result.triggered);
  WriteFigures(json, result.figures);
  json.End();
}

void WriteSummary(JsonWriter& json, const RunRecord& record) {
  Tally tally(record);
  json.Key("summary");
  json.BeginObject(Layout::kLines);
  for (Verdict verdict : kAllVerdicts) {
    std::string key(ToString(verdict));
    std::replace(key.begin(), key.end(), '-', '_');
    json.Number(key, tally.Of(verdict));
  }
  json.Number("trials", static_cast<int64_t>(record.trials.size()));
  json.Number("exit_code", ExitCode(record));
  json.End();
}

template <typename Element>
void WriteList(JsonWriter& json, std::string_view key, const std::vector<Element>& elements,
               void (*write)(JsonWriter&, const Element&)) {
  json.Key(key);
  json.BeginArray(Layout::kLines);
  for (const Element& element : elements) write(json, element);
  json.End();
}

}  // namespace

std::string RecordToJson(const RunRecord& record) {
  JsonWriter json;
  json.BeginObject(Layout::kLines);
  json.Number("schema_version", kSchemaVersion);
  WriteContext(json, record.context);
  json.Key("selftest");
  json.BeginObject();
  json.Flag("ran", record.selftest_ran);
  if (!record.selftest_problem.empty()) json.Text("problem", record.selftest_problem);
  json.End();
  WriteList(json, "scenarios", record.scenarios, WriteScenario);
  WriteList(json, "trials", record.trials, WriteTrial);
  WriteList(json, "results", record.results, WriteResult);
  WriteDetection(json, record);
  WriteSummary(json, record);
  json.End();
  return json.Take();
}

}  // namespace handrail
