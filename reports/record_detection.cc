#include "reports/record_detection.h"

#include "reports/detection.h"
#include "reports/record_index.h"

namespace handrail {
namespace {

using Kind = DetectionCell::Kind;
using Layout = JsonWriter::Layout;

std::string_view WordOf(Kind kind) {
  switch (kind) {
    case Kind::kCaught:
      return "caught";
    case Kind::kSometimes:
      return "sometimes";
    case Kind::kMissed:
      return "missed";
    case Kind::kGap:
      return "gap";
    case Kind::kWrong:
      return "wrong";
    case Kind::kInconclusive:
      return "inconclusive";
    case Kind::kNotApplicable:
      return "not-applicable";
    case Kind::kError:
      return "error";
  }
  return "error";
}

void WriteColumn(JsonWriter& json, const DetectionColumn& column) {
  json.BeginObject();
  json.Text("engine", column.engine);
  json.Texts("instruments", column.instruments);
  json.Number("caught", column.caught);
  json.Number("sometimes", column.sometimes);
  json.Number("missed", column.missed);
  json.Number("inconclusive", column.inconclusive);
  json.Number("not_applicable", column.not_applicable);
  json.Number("correct", column.correct);
  json.Number("false_alarms", column.false_alarms);
  json.Key("slow_down");
  if (column.slow_down == kNoSlowDown) {
    json.Null();
  } else {
    json.Real(column.slow_down);
  }
  json.End();
}

void WriteCell(JsonWriter& json, const DetectionCell& cell) {
  json.BeginObject();
  json.Text("kind", WordOf(cell.kind));
  if (!cell.code.empty()) json.Text("code", cell.code);
  if (cell.line > 0) json.Number("line", cell.line);
  if (cell.operation >= 0) json.Number("operation", cell.operation);
  json.Number("detected", cell.detected);
  json.Number("triggered", cell.triggered);
  json.End();
}

void WriteRow(JsonWriter& json, const DetectionRow& row) {
  json.BeginObject();
  json.Text("scenario", row.scenario);
  json.Text("strategy", row.strategy);
  json.Key("cells");
  json.BeginArray();
  for (const DetectionCell& cell : row.cells) WriteCell(json, cell);
  json.End();
  json.End();
}

void WriteCover(JsonWriter& json, const DetectionCover& cover) {
  json.BeginObject();
  json.Text("engine", cover.engine);
  json.Number("harmful", cover.harmful);
  json.Number("caught", cover.caught);
  json.Key("by_detector");
  json.BeginArray();
  for (const auto& [detector, trials] : cover.by_detector) {
    json.BeginObject();
    json.Text("detector", detector);
    json.Number("trials", trials);
    json.End();
  }
  json.End();
  json.Texts("uncaught", cover.uncaught);
  json.End();
}

template <typename Element>
void WriteLines(JsonWriter& json, std::string_view key, const std::vector<Element>& elements,
                void (*write)(JsonWriter&, const Element&)) {
  json.Key(key);
  json.BeginArray(Layout::kLines);
  for (const Element& element : elements) write(json, element);
  json.End();
}

}  // namespace

void WriteDetection(JsonWriter& json, const RunRecord& record) {
  if (!HasDetection(record)) return;
  const Detection detection = DetectionOf(RecordIndex(record));
  json.Key("detection");
  json.BeginObject(Layout::kLines);
  WriteLines(json, "columns", detection.columns, WriteColumn);
  WriteLines(json, "rows", detection.rows, WriteRow);
  WriteLines(json, "covers", detection.covers, WriteCover);
  json.End();
}

}  // namespace handrail
