#include "harness/guard/signature.h"

#include <cxxabi.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace handrail::guard {
namespace {

constexpr size_t kRegisters = 6;

std::string_view TakeWord(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

int Number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Argument ArgumentOf(std::string_view kind, std::string_view detail) {
  using Kind = Argument::Kind;
  if (kind == "this") return {Kind::kThis, -1, detail};
  if (kind == "handle") return {Kind::kHandle, -1, detail};
  if (kind == "handles") return {Kind::kHandles, Number(detail), {}};
  if (kind == "isolate") return {Kind::kIsolate, -1, {}};
  if (kind == "callback") return {Kind::kCallback, -1, {}};
  if (kind == "scope") return {Kind::kScope, -1, {}};
  return {};
}

Signature SignatureOf(std::string_view mangled, std::string_view row) {
  Signature signature{.mangled = mangled, .name = PlainName(mangled)};
  const std::string_view returned = TakeWord(row, '\t');
  signature.in_memory = returned == "memory";
  if (returned.starts_with("handle:")) signature.result = returned.substr(7);
  while (!row.empty()) {
    std::string_view word = TakeWord(row, ' ');
    const std::string_view kind = TakeWord(word, ':');
    if (kind == "stack") {
      signature.stack_words += std::max(Number(word), 0);
    } else if (kind == "float") {
      signature.floats = true;
    } else if (kind == "?" || signature.registers.size() == kRegisters) {
      signature.understood = false;
    } else if (!kind.empty()) {
      signature.registers.push_back(ArgumentOf(kind, word));
    }
  }
  return signature;
}

// The table has one name for all variants of a constructor (C1, C2) or destructor (D0, D1, D2).
std::string WithoutVariant(std::string_view mangled) {
  std::string name(mangled);
  for (size_t i = 1; i + 2 < name.size(); ++i) {
    const bool variant = (name[i] == 'C' && (name[i + 1] == '1' || name[i + 1] == '2')) ||
                         (name[i] == 'D' && name[i + 1] >= '0' && name[i + 1] <= '2');
    // A nested name ends in E before its arguments begin.
    if (variant && name[i + 2] == 'E') {
      name[i + 1] = '4';
      return name;
    }
  }
  return name;
}

}  // namespace

std::string PlainName(std::string_view mangled) {
  int status = 0;
  char* text = abi::__cxa_demangle(std::string(mangled).c_str(), nullptr, nullptr, &status);
  if (text == nullptr) return std::string(mangled);
  std::string name(text);
  std::free(text);
  // Without its arguments: the first bracket that is not part of a template or "(anonymous ...".
  int depth = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (name[i] == '(' && depth == 0) return name.substr(0, i);
  }
  return name;
}

SignatureTable::SignatureTable(std::string_view text) {
  while (!text.empty()) {
    std::string_view row = TakeWord(text, '\n');
    const std::string_view name = TakeWord(row, '\t');
    if (!name.empty() && !row.empty()) rows_.emplace(name, row);
  }
}

const Signature* SignatureTable::Find(std::string_view mangled) const {
  auto row = rows_.find(mangled);
  if (row == rows_.end()) {
    const std::string any = WithoutVariant(mangled);
    row = rows_.find(any);
    if (row == rows_.end()) return nullptr;
  }
  const auto read = read_.find(std::string(mangled));
  if (read != read_.end()) return &read->second;
  Signature signature = SignatureOf(row->first, row->second);
  const auto added = read_.emplace(std::string(mangled), std::move(signature)).first;
  added->second.mangled = added->first;
  added->second.name = PlainName(mangled);
  return &added->second;
}

}  // namespace handrail::guard
