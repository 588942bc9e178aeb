#include "harness/core/protocol.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/core/instruments.h"
#include "harness/core/json_reader.h"
#include "harness/core/text.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxRequest = size_t{1} << 20;
constexpr size_t kMaxLine = size_t{64} << 10;  // of what is read; what is written is shorter
constexpr size_t kMaxMessage = 4000;
constexpr int64_t kMost = INT64_MAX;

constexpr std::pair<Event::Kind, std::string_view> kEventNames[] = {
    {Event::Kind::kReached, "reached"},
    {Event::Kind::kFinding, "finding"},
    {Event::Kind::kV8Fatal, "v8-fatal"},
    {Event::Kind::kOutOfMemory, "out-of-memory"},
    {Event::Kind::kNote, "note"},
    {Event::Kind::kFigure, "figure"},
    {Event::Kind::kClaim, "claim"},
    {Event::Kind::kDone, "done"},
};

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// How much of an event is written: the first of these that fits into kMaxEventLine.
struct Budget {
  size_t text;      // bytes of a message
  size_t place;     // bytes of each other string
  size_t stations;  // of a life: the last ones, where the harm shows
};
constexpr Budget kBudgets[] = {{1500, 200, 16}, {400, 80, 8}, {120, 40, 4}};

Json FindingJson(const Finding& finding, const Budget& budget) {
  Json life = Json::array();
  size_t skip = finding.life.size() - std::min(finding.life.size(), budget.stations);
  for (size_t i = skip; i < finding.life.size(); ++i) {
    const LifeEvent& station = finding.life[i];
    life.push_back({{"what", OneLine(station.what, budget.place)},
                    {"file", OneLine(station.file, budget.place)},
                    {"line", station.line}});
  }
  return {{"code", OneLine(finding.code, 16)},
          {"detector", OneLine(finding.detector, budget.place)},
          {"certainty", ToString(finding.certainty)},
          {"message", OneLine(finding.message, budget.text)},
          {"life", std::move(life)},
          {"operation", finding.operation},
          {"count", finding.count}};
}

// What is open has no outcome yet, so it has no word about holding either.
void WriteClaim(const ClaimOutcome& claim, Json& json) {
  if (!claim.open) json["holds"] = claim.holds;
  json["seen"] = OneLine(claim.seen, kMostSeenText);
}

void WriteFigure(const Figure& figure, Json& json) {
  json["what"] = OneLine(figure.what, kMostFigureText);
  json["value"] = figure.value;
  json["unit"] = OneLine(figure.unit, kMostUnitText);
  if (!figure.said.empty()) json["said"] = OneLine(figure.said, kMostFigureText);
}

Json EventJson(const Event& event, const Budget& budget) {
  Json json;
  for (const auto& [kind, name] : kEventNames) {
    if (kind == event.kind) json["event"] = name;
  }
  switch (event.kind) {
    case Event::Kind::kReached:
      json["file"] = OneLine(event.place.file, budget.place);
      json["line"] = event.place.line;
      break;
    case Event::Kind::kFinding:
      json["finding"] = FindingJson(event.finding, budget);
      break;
    case Event::Kind::kV8Fatal:
    case Event::Kind::kOutOfMemory:
      json["where"] = OneLine(event.where, budget.place);
      json["message"] = OneLine(event.message, budget.text);
      break;
    case Event::Kind::kNote:
      json["message"] = OneLine(event.message, budget.text);
      break;
    case Event::Kind::kFigure:
      WriteFigure(event.figure, json);
      break;
    case Event::Kind::kClaim:
      WriteClaim(event.claim, json);
      break;
    case Event::Kind::kDone:
      break;
  }
  return json;
}

Finding ReadFinding(const JsonReader& json) {
  Finding finding;
  finding.code = json.Field("code").Code();
  finding.detector = json.Field("detector").Id();
  std::string certainty = json.Field("certainty").Text();
  if (certainty == ToString(Certainty::kStatistical)) {
    finding.certainty = Certainty::kStatistical;
  } else if (certainty != ToString(Certainty::kCertain)) {
    json.Field("certainty").Fail("neither certain nor statistical");
  }
  finding.message = OneLine(json.Field("message").Text(), kMaxMessage);
  for (const JsonReader& item : json.Field("life").Items(64)) {
    finding.life.push_back({OneLine(item.Field("what").Text(), kMaxMessage),
                            OneLine(item.Field("file").Text(), kMaxMessage),
                            static_cast<int>(item.Field("line").Int(0, INT32_MAX))});
  }
  finding.operation = json.Field("operation").Int(-1, kMost);
  finding.count = json.Field("count").Int(1, int64_t{1} << 40);
  return finding;
}

Figure ReadFigure(const JsonReader& json) {
  Figure figure;
  figure.what = OneLine(json.Field("what").Text(), kMostFigureText);
  if (figure.what.empty()) json.Field("what").Fail("a figure without a name");
  figure.value = json.Field("value").Number(-kLargestFigure, kLargestFigure);
  figure.unit = OneLine(json.Field("unit").Text(), kMostUnitText);
  if (json.Has("said")) figure.said = OneLine(json.Field("said").Text(), kMostFigureText);
  return figure;
}

ClaimOutcome ReadClaim(const JsonReader& json) {
  ClaimOutcome claim;
  claim.open = !json.Has("holds");
  claim.holds = !claim.open && json.Field("holds").Bool();
  claim.seen = OneLine(json.Field("seen").Text(), kMostSeenText);
  return claim;
}

std::optional<Event::Kind> ReadKind(const JsonReader& json) {
  std::string name = json.Field("event").Text();
  for (const auto& [kind, known] : kEventNames) {
    if (known == name) return kind;
  }
  json.Field("event").Fail("'" + OneLine(name, 60) + "' is not an event");
  return std::nullopt;
}

}  // namespace

std::string ToJson(const TrialRequest& request) {
  return Dump({{"protocol", kProtocolVersion},
               {"scenario", request.scenario},
               {"strategy", request.strategy},
               {"seed", request.seed},
               {"size", request.size},
               {"instruments", request.instruments},
               {"sample_pss", request.sample_pss},
               {"sample_spaces", request.sample_spaces}});
}

std::optional<TrialRequest> ParseTrialRequest(std::string_view json, std::string* error) {
  error->clear();
  std::optional<Json> parsed = ParseJson(json, kMaxRequest, error);
  if (!parsed) return std::nullopt;
  JsonReader reader(*parsed, error);
  reader.Field("protocol").Int(kProtocolVersion, kProtocolVersion);
  TrialRequest request;
  request.scenario = reader.Field("scenario").ScenarioId();
  request.strategy = reader.Field("strategy").Id();
  request.seed = reader.Field("seed").Uint();
  request.size = reader.Field("size").Int(1, int64_t{1} << 40);
  for (const JsonReader& item : reader.Field("instruments").Items(64)) {
    request.instruments.push_back(item.Text(128));
    const std::string wrong = item.ok() ? CheckInstrument(request.instruments.back()) : "";
    if (!wrong.empty()) item.Fail(wrong);
  }
  request.sample_pss = reader.Field("sample_pss").Bool();
  request.sample_spaces = reader.Field("sample_spaces").Bool();
  if (!reader.ok()) return std::nullopt;
  return request;
}

std::string ToJsonLine(const Event& event) {
  std::string line;
  for (const Budget& budget : kBudgets) {
    line = Dump(EventJson(event, budget)) + "\n";
    if (line.size() <= kMaxEventLine) break;
  }
  return line;
}

std::optional<Event> ParseEvent(std::string_view line, std::string* error) {
  error->clear();
  std::optional<Json> parsed = ParseJson(line, kMaxLine, error);
  if (!parsed) return std::nullopt;
  JsonReader reader(*parsed, error);
  std::optional<Event::Kind> kind = ReadKind(reader);
  if (!kind) return std::nullopt;
  Event event;
  event.kind = *kind;
  if (event.kind == Event::Kind::kFinding) {
    event.finding = ReadFinding(reader.Field("finding"));
  } else if (event.kind == Event::Kind::kReached) {
    event.place.file = OneLine(reader.Field("file").Text(), kMaxMessage);
    event.place.line = static_cast<int>(reader.Field("line").Int(0, INT32_MAX));
  } else if (event.kind == Event::Kind::kFigure) {
    event.figure = ReadFigure(reader);
  } else if (event.kind == Event::Kind::kClaim) {
    event.claim = ReadClaim(reader);
  } else if (event.kind != Event::Kind::kDone) {
    event.message = OneLine(reader.Field("message").Text(), kMaxMessage);
  }
  if (event.kind == Event::Kind::kV8Fatal || event.kind == Event::Kind::kOutOfMemory) {
    event.where = OneLine(reader.Field("where").Text(), kMaxMessage);
  }
  if (!reader.ok()) return std::nullopt;
  return event;
}

}  // namespace handrail
