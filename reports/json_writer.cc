#include "reports/json_writer.h"

#include <charconv>
#include <cmath>

#include "harness/core/sample.h"
#include "harness/core/text.h"

namespace handrail {

void JsonWriter::NewLine() {
  text_ += '\n';
  text_.append(2 * levels_.size(), ' ');
}

void JsonWriter::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) text_ += ',';
  if (level.layout == Layout::kLines) {
    NewLine();
  } else if (!level.empty) {
    text_ += ' ';
  }
  level.empty = false;
}

void JsonWriter::Open(char open, char close, Layout layout) {
  BeforeValue();
  text_ += open;
  levels_.push_back({close, layout});
}

void JsonWriter::End() {
  Level level = levels_.back();
  levels_.pop_back();
  if (level.layout == Layout::kLines && !level.empty) NewLine();
  text_ += level.close;
  if (levels_.empty()) text_ += '\n';
}

void JsonWriter::Key(std::string_view key) {
  Text(key);
  text_ += ": ";
  after_key_ = true;
}

void JsonWriter::Text(std::string_view value) {
  BeforeValue();
  text_ += '"';
  for (char c : SafeText(value)) {
    switch (c) {
      case '"':
        text_ += "\\\"";
        break;
      case '\\':
        text_ += "\\\\";
        break;
      case '\n':
        text_ += "\\n";
        break;
      case '\t':
        text_ += "\\t";
        break;
      default:
        text_ += c;
    }
  }
  text_ += '"';
}

void JsonWriter::Number(int64_t value) {
  BeforeValue();
  char digits[24];
  text_.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

void JsonWriter::Unsigned(uint64_t value) {
  BeforeValue();
  char digits[24];
  text_.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

void JsonWriter::Real(double value) {
  if (!std::isfinite(value)) return Null();
  BeforeValue();
  char digits[400];  // the largest double has 309 digits before its point
  auto end = std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::fixed, 6).ptr;
  std::string_view number(digits, static_cast<size_t>(end - digits));
  while (number.back() == '0') number.remove_suffix(1);
  if (number.back() == '.') number.remove_suffix(1);
  text_ += number == "-0" ? "0" : number;
}

void JsonWriter::Flag(bool value) {
  BeforeValue();
  text_ += value ? "true" : "false";
}

void JsonWriter::Null() {
  BeforeValue();
  text_ += "null";
}

void JsonWriter::Texts(std::string_view key, const std::vector<std::string>& values) {
  Key(key);
  BeginArray();
  for (const std::string& value : values) Text(value);
  End();
}

void JsonWriter::Measured(int64_t value) {
  if (value == kNotMeasured) return Null();
  Number(value);
}

void JsonWriter::Measured(std::string_view key, int64_t value) {
  Key(key);
  Measured(value);
}

}  // namespace handrail
