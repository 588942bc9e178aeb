#include <nlohmann/json.hpp>
#include <utility>

#include "harness/core/text.h"
#include "reports/record_json.h"
#include "reports/record_reading.h"
#include "reports/record_samples.h"
#include "reports/record_scenarios.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

std::optional<Certainty> ParseCertainty(std::string_view text) {
  for (Certainty certainty : {Certainty::kCertain, Certainty::kStatistical}) {
    if (ToString(certainty) == text) return certainty;
  }
  return std::nullopt;
}

RunContext ReadContext(const JsonReader& json) {
  RunContext context;
  context.handrail = ReadText(json, "handrail");
  context.commit = ReadText(json, "commit");
  context.host = ReadText(json, "host");
  context.started = ReadText(json, "started");
  context.command = ReadText(json, "command");
  context.profile = ReadText(json, "profile");
  for (const JsonReader& item : json.Field("engines").Items(kMostItems)) {
    context.engines.push_back({ReadText(item, "id"), ReadText(item, "v8_version"),
                               ReadText(item, "path"), TextOr(item, "problem"),
                               TextsOr(item, "instruments")});
  }
  context.duration_ms = RealOr(json, "duration_ms", 0);
  context.interrupted = json.Field("interrupted").Bool();
  context.planned_trials = static_cast<size_t>(IntOr(json, "planned_trials", 0));
  return context;
}

Exit ReadExit(const JsonReader& json) {
  Exit exit;
  exit.kind = Word(json.Field("kind"), ParseExitKind, ExitKind::kClean);
  exit.code = IntOr(json, "code", 0);
  exit.signal = IntOr(json, "signal", 0);
  exit.where = TextOr(json, "where");
  exit.message = TextOr(json, "message");
  if (!json.Has("frames")) return exit;
  for (const JsonReader& item : json.Field("frames").Items(kMostItems)) {
    exit.frames.push_back(
        {ReadText(item, "function"), TextOr(item, "file"), IntOr(item, "line", 0)});
  }
  return exit;
}

Finding ReadFinding(const JsonReader& json) {
  Finding finding;
  finding.code = ReadText(json, "code");
  finding.detector = ReadText(json, "detector");
  finding.certainty = Word(json.Field("certainty"), ParseCertainty, Certainty::kCertain);
  finding.message = ReadText(json, "message");
  for (const JsonReader& item : json.Field("life").Items(kMostItems)) {
    finding.life.push_back({ReadText(item, "what"), TextOr(item, "file"), IntOr(item, "line", 0)});
  }
  if (json.Has("operation")) finding.operation = ReadCount(json, "operation");
  finding.count = ReadCount(json, "count");
  return finding;
}

std::vector<Figure> ReadFigures(const JsonReader& json) {
  std::vector<Figure> figures;
  if (!json.Has("figures")) return figures;
  for (const JsonReader& item : json.Field("figures").Items(kMostItems)) {
    figures.push_back({ReadText(item, "what"), RealOr(item, "value", 0), ReadText(item, "unit"),
                       TextOr(item, "said")});
  }
  return figures;
}

std::optional<ClaimOutcome> ReadClaim(const JsonReader& json) {
  if (!json.Has("claim")) return std::nullopt;
  const JsonReader claim = json.Field("claim");
  const bool open = !claim.Has("holds");
  return ClaimOutcome{open, !open && claim.Field("holds").Bool(), ReadText(claim, "seen")};
}

// All but the samples, which are too many for a reader that knows the place of each value.
Evidence ReadEvidence(const JsonReader& json) {
  Evidence evidence;
  evidence.exit = ReadExit(json.Field("exit"));
  for (const JsonReader& item : json.Field("findings").Items(kMostItems)) {
    evidence.findings.push_back(ReadFinding(item));
  }
  evidence.figures = ReadFigures(json);
  evidence.claim = ReadClaim(json);
  evidence.samples_dropped = ReadCount(json, "samples_dropped");
  evidence.reached = ReadCount(json, "reached");
  evidence.triggered = ReadCount(json, "triggered");
  evidence.operations = ReadCount(json, "operations");
  evidence.notes = ReadTexts(json, "notes");
  evidence.output = ReadText(json, "output");
  evidence.duration_ms = RealOr(json, "duration_ms", 0);
  evidence.cpu_ms = RealOr(json, "cpu_ms", 0);
  if (json.Has("peak_rss")) evidence.peak_rss = ReadCount(json, "peak_rss");
  evidence.harness_error = TextOr(json, "harness_error");
  return evidence;
}

TrialRecord ReadTrial(const JsonReader& json) {
  TrialRecord trial;
  trial.scenario = ReadText(json, "scenario");
  trial.strategy = ReadText(json, "strategy");
  trial.kind = Word(json.Field("kind"), ParseStrategyKind, StrategyKind::kCorrect);
  trial.engine = ReadText(json, "engine");
  trial.instruments = ReadTexts(json, "instruments");
  trial.size = ReadCount(json, "size");
  trial.seed = json.Field("seed").Uint();
  trial.verdict = Word(json.Field("verdict"), ParseVerdict, Verdict::kSkipped);
  trial.reason = ReadText(json, "reason");
  trial.detected = json.Field("detected").Bool();
  trial.evidence = ReadEvidence(json);
  trial.repeat = ReadText(json, "repeat");
  return trial;
}

ResultRecord ReadResult(const JsonReader& json) {
  ResultRecord result;
  result.scenario = ReadText(json, "scenario");
  result.strategy = ReadText(json, "strategy");
  result.kind = Word(json.Field("kind"), ParseStrategyKind, StrategyKind::kCorrect);
  result.engine = ReadText(json, "engine");
  result.instruments = TextsOr(json, "instruments");
  result.verdict = Word(json.Field("verdict"), ParseVerdict, Verdict::kSkipped);
  result.reason = ReadText(json, "reason");
  result.trials = IntOr(json, "trials", 0);
  result.detected = IntOr(json, "detected", 0);
  result.triggered = IntOr(json, "triggered", 0);
  result.figures = ReadFigures(json);
  return result;
}

// Empty, or why a document of this version, or of none, is not read.
std::string VersionFault(const Json& root) {
  if (!root.is_object()) return "not a Handrail run record: the file holds no JSON object";
  auto version = root.find("schema_version");
  if (version == root.end() || !root.contains("context") || !root.contains("trials")) {
    return "not a Handrail run record: it has no schema_version, context and trials";
  }
  if (!version->is_number_integer()) return "schema_version: not a whole number";
  std::string text = "schema_version: " + version->dump();
  std::string ours = std::to_string(kSchemaVersion);
  if (*version > kSchemaVersion) {
    return text + " is newer than this handrail reads (" + ours + "): use a newer handrail";
  }
  if (*version < kSchemaVersion) {
    return text + " is older than this handrail reads (" + ours + "): run it again";
  }
  return "";
}

// REQUIRES: the trials were read, so they are there.
void ReadAllSamples(const Json& root, std::vector<TrialRecord>& trials, std::string* error) {
  const Json& list = root["trials"];
  for (size_t i = 0; i < trials.size() && error->empty(); ++i) {
    std::string place = "trials[" + std::to_string(i) + "].samples";
    auto samples = list[i].find("samples");
    if (samples == list[i].end()) {
      *error = place + ": missing";
    } else {
      trials[i].evidence.samples = ReadSamples(*samples, place, error);
    }
  }
}

RunRecord ReadRoot(const Json& root, std::string* error) {
  RunRecord record;
  JsonReader json(root, error);
  record.context = ReadContext(json.Field("context"));
  record.selftest_ran = json.Field("selftest").Field("ran").Bool();
  record.selftest_problem = TextOr(json.Field("selftest"), "problem");
  for (const JsonReader& item : json.Field("scenarios").Items(kMostItems)) {
    record.scenarios.push_back(ReadScenario(item));
  }
  for (const JsonReader& item : json.Field("trials").Items(kMostItems)) {
    record.trials.push_back(ReadTrial(item));
    if (!json.ok()) return record;
  }
  for (const JsonReader& item : json.Field("results").Items(kMostItems)) {
    record.results.push_back(ReadResult(item));
  }
  if (json.ok()) ReadAllSamples(root, record.trials, error);
  return record;
}

}  // namespace

std::optional<RunRecord> ParseRecord(std::string_view json, std::string* error) {
  error->clear();
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    *error = "the file is empty";
    return std::nullopt;
  }
  std::optional<Json> root = ParseJson(json, kMostRecord, error);
  if (!root) {
    char last = json[json.find_last_not_of(" \t\r\n")];
    if (last != '}' && json.find("schema_version") != std::string_view::npos) {
      *error = "the record was cut off: " + *error;
    }
    return std::nullopt;
  }
  *error = VersionFault(*root);
  if (!error->empty()) return std::nullopt;
  RunRecord record = ReadRoot(*root, error);
  *error = OneLine(*error);
  if (!error->empty()) return std::nullopt;
  return record;
}

}  // namespace handrail
