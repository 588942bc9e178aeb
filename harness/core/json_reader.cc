#include "harness/core/json_reader.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/core/text.h"

namespace handrail {
namespace {

// Counted before the parse: a megabyte of '[' would otherwise become a hundred megabytes of values.
bool TooDeep(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

// The library's message without its own name: "syntax error while parsing value - ...".
std::string ParserMessage(const nlohmann::json::parse_error& fault) {
  std::string_view text = fault.what();
  size_t end_of_name = text.find("] ");
  if (end_of_name != std::string_view::npos) text.remove_prefix(end_of_name + 2);
  return OneLine(text, 300);
}

}  // namespace

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsScenarioId(std::string_view text) {
  size_t slash = text.find('/');
  return slash != std::string_view::npos && IsId(text.substr(0, slash)) &&
         IsId(text.substr(slash + 1));
}

bool IsCode(std::string_view text) {
  auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 5 && upper(text[0]) && upper(text[1]) && digit(text[2]) && digit(text[3]) &&
         digit(text[4]);
}

std::optional<nlohmann::json> ParseJson(std::string_view text, size_t limit, std::string* error) {
  if (text.size() > limit) {
    *error = std::to_string(text.size()) + " bytes of JSON, at most " + std::to_string(limit) +
             " are read";
    return std::nullopt;
  }
  if (TooDeep(text)) {
    *error = "JSON nested deeper than " + std::to_string(kMaxDepth);
    return std::nullopt;
  }
  // The library reports the place of a fault by exception only; none leaves this function.
  try {
    return nlohmann::json::parse(text.begin(), text.end());
  } catch (const nlohmann::json::parse_error& fault) {
    *error = "not JSON: " + ParserMessage(fault);
  } catch (const std::exception& fault) {
    *error = "not JSON: " + OneLine(fault.what());
  }
  return std::nullopt;
}

JsonReader::JsonReader(const nlohmann::json& value, std::string* error)
    : JsonReader(&value, "", error) {}

JsonReader::JsonReader(const nlohmann::json* value, std::string path, std::string* error)
    : value_(value), path_(std::move(path)), error_(error) {}

void JsonReader::Fail(std::string_view why) const {
  if (!ok()) return;
  *error_ = (path_.empty() ? "the whole" : path_) + ": " + std::string(why);
}

JsonReader JsonReader::Field(std::string_view name) const {
  std::string path = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  JsonReader field(nullptr, std::move(path), error_);
  if (value_ == nullptr) return field;
  if (!value_->is_object()) {
    Fail("not an object");
    return field;
  }
  auto found = value_->find(name);
  if (found == value_->end()) {
    field.Fail("missing");
  } else {
    field.value_ = &*found;
  }
  return field;
}

bool JsonReader::Has(std::string_view name) const {
  if (value_ == nullptr || !value_->is_object()) return false;
  auto found = value_->find(name);
  return found != value_->end() && !found->is_null();
}

std::vector<JsonReader> JsonReader::Items(size_t most) const {
  std::vector<JsonReader> items;
  if (value_ == nullptr) return items;
  if (!value_->is_array()) {
    Fail("not a list");
    return items;
  }
  if (value_->size() > most) {
    Fail(std::to_string(value_->size()) + " items, at most " + std::to_string(most));
    return items;
  }
  for (const nlohmann::json& item : *value_) {
    items.push_back(JsonReader(&item, path_ + "[" + std::to_string(items.size()) + "]", error_));
  }
  return items;
}

std::string JsonReader::Text(size_t limit) const {
  if (value_ == nullptr) return "";
  const auto* text = value_->get_ptr<const nlohmann::json::string_t*>();
  if (text == nullptr) {
    Fail("not a string");
    return "";
  }
  if (text->size() > limit) {
    Fail(std::to_string(text->size()) + " bytes, at most " + std::to_string(limit));
    return "";
  }
  return *text;
}

std::string JsonReader::Checked(bool (*is)(std::string_view), std::string_view what) const {
  std::string text = Text();
  if (ok() && !is(text)) Fail("'" + OneLine(text, 60) + "' is not " + std::string(what));
  return ok() ? text : "";
}

std::string JsonReader::Id() const { return Checked(IsId, "an id (a-z, 0-9, -)"); }

std::string JsonReader::ScenarioId() const { return Checked(IsScenarioId, "family/name"); }

std::string JsonReader::Code() const { return Checked(IsCode, "a finding code"); }

bool JsonReader::Bool() const {
  if (value_ == nullptr) return false;
  if (!value_->is_boolean()) Fail("not true or false");
  return value_->is_boolean() && value_->get<bool>();
}

int64_t JsonReader::Int(int64_t least, int64_t most) const {
  if (value_ == nullptr) return 0;
  if (!value_->is_number_integer()) {
    Fail("not a whole number");
    return 0;
  }
  bool too_big = value_->is_number_unsigned() && value_->get<uint64_t>() > uint64_t{INT64_MAX};
  int64_t number = too_big ? INT64_MAX : value_->get<int64_t>();
  if (!too_big && number >= least && number <= most) return number;
  Fail(value_->dump() + " is not between " + std::to_string(least) + " and " +
       std::to_string(most));
  return 0;
}

uint64_t JsonReader::Uint() const {
  if (value_ == nullptr) return 0;
  if (value_->is_number_unsigned()) return value_->get<uint64_t>();
  Fail("not a whole number of at least 0");
  return 0;
}

double JsonReader::Number(double least, double most) const {
  if (value_ == nullptr) return 0;
  if (!value_->is_number()) {
    Fail("not a number");
    return 0;
  }
  double number = value_->get<double>();
  if (number >= least && number <= most) return number;
  Fail(value_->dump() + " is out of range");
  return 0;
}

std::vector<std::string> JsonReader::Ids(size_t most) const {
  std::vector<std::string> ids;
  for (const JsonReader& item : Items(most)) ids.push_back(item.Id());
  return ids;
}

std::vector<std::string> JsonReader::Codes(size_t most) const {
  std::vector<std::string> codes;
  for (const JsonReader& item : Items(most)) codes.push_back(item.Code());
  return codes;
}

}  // namespace handrail
