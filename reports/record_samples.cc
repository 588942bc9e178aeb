#include "reports/record_samples.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "harness/core/text.h"

namespace handrail {
namespace {

using Json = nlohmann::json;

// Growth shows in one of these, so these keep their peaks.
constexpr std::array kPeaks = {&Sample::heap_used, &Sample::handles, &Sample::rss};
constexpr size_t kRowsPerStretch = 2 * kPeaks.size();
constexpr size_t kStretches = (kMaxSampleRows - 2) / kRowsPerStretch;

// Adds the indices in [begin, end) of the least and the greatest of each of kPeaks.
void AddPeaks(const std::vector<Sample>& samples, size_t begin, size_t end,
              std::vector<size_t>& kept) {
  for (int64_t Sample::*member : kPeaks) {
    size_t least = end;
    size_t greatest = end;
    for (size_t i = begin; i < end; ++i) {
      int64_t value = samples[i].*member;
      if (value == kNotMeasured) continue;
      if (least == end || value < samples[least].*member) least = i;
      if (greatest == end || value > samples[greatest].*member) greatest = i;
    }
    if (least == end) continue;
    kept.push_back(least);
    kept.push_back(greatest);
  }
}

std::vector<SampleColumn> MeasuredColumns(const std::vector<const Sample*>& rows) {
  std::vector<SampleColumn> columns;
  for (const SampleColumn& column : SampleColumns()) {
    bool measured = std::any_of(rows.begin(), rows.end(), [&column](const Sample* row) {
      return Column(*row, column) != kNotMeasured;
    });
    if (measured) columns.push_back(column);
  }
  return columns;
}

// The table's members, or nullptr and the fault.
const Json* ArrayAt(const Json& table, std::string_view name, const std::string& place,
                    std::string* error) {
  if (table.is_object()) {
    auto found = table.find(name);
    if (found != table.end() && found->is_array()) return &*found;
  }
  *error = place + "." + std::string(name) + ": not a list";
  return nullptr;
}

std::vector<SampleColumn> ReadColumns(const Json& names, const std::string& place,
                                      std::string* error) {
  std::vector<SampleColumn> columns;
  for (const Json& name : names) {
    std::string where = place + ".columns[" + std::to_string(columns.size()) + "]: ";
    if (!name.is_string()) {
      *error = where + "not a string";
      break;
    }
    const auto& text = name.get_ref<const std::string&>();
    auto known = std::find_if(SampleColumns().begin(), SampleColumns().end(),
                              [&text](const SampleColumn& column) { return column.name == text; });
    if (known == SampleColumns().end()) {
      *error = where + "there is no column '" + OneLine(text, 60) + "'";
      break;
    }
    columns.push_back(*known);
  }
  return columns;
}

// Empty, or what is wrong with the row.
std::string ReadRow(const Json& row, const std::vector<SampleColumn>& columns, Sample& sample) {
  if (!row.is_array() || row.size() != columns.size()) {
    return "not a list of " + std::to_string(columns.size()) + " values";
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    int64_t value = kNotMeasured;
    if (!row[i].is_null()) {
      if (!row[i].is_number_integer()) return "column " + std::to_string(i) + " is no whole number";
      value = row[i].get<int64_t>();
    }
    std::memcpy(reinterpret_cast<char*>(&sample) + columns[i].offset, &value, sizeof(value));
  }
  return "";
}

}  // namespace

std::vector<const Sample*> ThinSamples(const std::vector<Sample>& samples) {
  std::vector<size_t> kept;
  if (samples.size() <= kMaxSampleRows) {
    for (size_t i = 0; i < samples.size(); ++i) kept.push_back(i);
  } else {
    kept = {0, samples.size() - 1};
    for (size_t stretch = 0; stretch < kStretches; ++stretch) {
      AddPeaks(samples, samples.size() * stretch / kStretches,
               samples.size() * (stretch + 1) / kStretches, kept);
    }
    std::sort(kept.begin(), kept.end());
    kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  }
  std::vector<const Sample*> rows;
  rows.reserve(kept.size());
  for (size_t index : kept) rows.push_back(&samples[index]);
  return rows;
}

void WriteSamples(JsonWriter& json, const std::vector<Sample>& samples) {
  std::vector<const Sample*> rows = ThinSamples(samples);
  std::vector<SampleColumn> columns = MeasuredColumns(rows);
  json.BeginObject();
  json.Key("columns");
  json.BeginArray();
  for (const SampleColumn& column : columns) json.Text(column.name);
  json.End();
  json.Key("rows");
  json.BeginArray();
  for (const Sample* row : rows) {
    json.BeginArray();
    for (const SampleColumn& column : columns) json.Measured(Column(*row, column));
    json.End();
  }
  json.End();
  json.End();
}

std::vector<Sample> ReadSamples(const Json& table, const std::string& place, std::string* error) {
  std::vector<Sample> samples;
  const Json* names = ArrayAt(table, "columns", place, error);
  if (names == nullptr) return samples;
  const Json* rows = ArrayAt(table, "rows", place, error);
  if (rows == nullptr) return samples;
  std::vector<SampleColumn> columns = ReadColumns(*names, place, error);
  if (!error->empty()) return samples;
  samples.reserve(rows->size());
  for (const Json& row : *rows) {
    Sample sample;
    std::string fault = ReadRow(row, columns, sample);
    if (!fault.empty()) {
      *error = place + ".rows[" + std::to_string(samples.size()) + "]: " + fault;
      break;
    }
    samples.push_back(sample);
  }
  return samples;
}

}  // namespace handrail
