// Writes JSON text piece by piece: a record of 100,000 trials is written without a tree of it in
// memory, keys come out in the order in which they are given, numbers without exponents. Strings
// are made safe (harness/core/text.h), so the text is always valid UTF-8. One thread.
//
// It trusts its caller to close what was opened and to give a key before each value of an object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handrail {

class JsonWriter {
 public:
  // kLines puts each element on a line of its own, so that records can be read, grepped and diffed.
  enum class Layout { kInline, kLines };

  void BeginObject(Layout layout = Layout::kInline) { Open('{', '}', layout); }
  void BeginArray(Layout layout = Layout::kInline) { Open('[', ']', layout); }
  void End();
  void Key(std::string_view key);

  void Text(std::string_view value);
  void Number(int64_t value);
  void Unsigned(uint64_t value);
  // Rounded to 6 decimals; what is not a number is written as null.
  void Real(double value);
  void Flag(bool value);
  void Null();

  void Text(std::string_view key, std::string_view value) { Key(key), Text(value); }
  void Number(std::string_view key, int64_t value) { Key(key), Number(value); }
  void Unsigned(std::string_view key, uint64_t value) { Key(key), Unsigned(value); }
  void Real(std::string_view key, double value) { Key(key), Real(value); }
  void Flag(std::string_view key, bool value) { Key(key), Flag(value); }
  void Texts(std::string_view key, const std::vector<std::string>& values);
  // Null when `value` is kNotMeasured.
  void Measured(std::string_view key, int64_t value);
  void Measured(int64_t value);

  // REQUIRES: everything that was begun is ended.
  std::string Take() { return std::move(text_); }

 private:
  struct Level {
    char close;
    Layout layout;
    bool empty = true;
  };

  void Open(char open, char close, Layout layout);
  void BeforeValue();
  void NewLine();

  std::string text_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace handrail
