#include "harness/core/text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <utility>

namespace handrail {
namespace {

// One token of a glob applied to the set of text positions reached so far.
using Positions = std::vector<char>;

void StepStar(std::string_view text, bool crosses_slash, Positions& at) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (at[i] && (crosses_slash || text[i] != '/')) at[i + 1] = 1;
  }
}

void StepCharacter(std::string_view text, char wanted, Positions& at) {
  Positions next(at.size(), 0);
  for (size_t i = 0; i < text.size(); ++i) {
    bool fits = wanted == '?' ? text[i] != '/' : text[i] == wanted;
    if (at[i] && fits) next[i + 1] = 1;
  }
  at = std::move(next);
}

constexpr uint32_t kInvalid = 0xFFFFFFFF;

// Decodes the character at the front of `text`; on nonsense kInvalid with `length` 1.
uint32_t DecodeUtf8(std::string_view text, size_t& length) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  length = 1;
  uint32_t lead = byte(0);
  if (lead < 0x80) return lead;
  size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < want) return kInvalid;
  uint32_t point = lead & (0x7F >> want);
  for (size_t i = 1; i < want; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kInvalid;
    point = point << 6 | (byte(i) & 0x3F);
  }
  bool overlong = (want == 3 && point < 0x800) || (want == 4 && point < 0x10000);
  bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) return kInvalid;
  length = want;
  return point;
}

// What a terminal would act on instead of showing: C0, DEL, C1 (0x9B starts an escape sequence as
// well as ESC [ does) and the marks that reorder the text around them.
bool IsHarmful(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point <= 0x9F) || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == kInvalid;
}

bool IsLineBreak(uint32_t point) {
  return point == '\n' || point == '\r' || point == 0x2028 || point == 0x2029;
}

size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  }
  return lower;
}

}  // namespace

// Walks a set of positions instead of backtracking: patterns come from the command line and from
// workers, and "*a*a*a*b" must not take exponential time.
bool GlobMatch(std::string_view pattern, std::string_view text) {
  if (pattern.size() > 1 && pattern.back() == '/') pattern.remove_suffix(1);
  Positions at(text.size() + 1, 0);
  at[0] = 1;
  for (size_t p = 0; p < pattern.size(); ++p) {
    if (pattern[p] != '*') {
      StepCharacter(text, pattern[p], at);
      continue;
    }
    bool crosses_slash = p + 1 < pattern.size() && pattern[p + 1] == '*';
    if (crosses_slash) ++p;
    StepStar(text, crosses_slash, at);
  }
  if (at[text.size()]) return true;
  for (size_t i = 1; i < text.size(); ++i) {
    if (at[i] && text[i] == '/') return true;
  }
  return false;
}

std::string Nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr size_t kLongest = 256;  // distance is quadratic, and no id is that long
  if (word.empty() || word.size() > kLongest) return "";
  std::string wanted = Lower(word);
  const std::string* best = nullptr;
  const std::string* holds_it = nullptr;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest) continue;
    std::string lower = Lower(candidate);
    if (holds_it == nullptr && wanted.size() >= 3 && lower.find(wanted) != std::string::npos) {
      holds_it = &candidate;
    }
    size_t distance = Distance(wanted, lower);
    if (distance >= best_distance || distance >= wanted.size()) continue;
    best_distance = distance;
    best = &candidate;
  }
  // "multiple-promises" means "escape/multiple-promises", however far apart they are in letters.
  if (best == nullptr) best = holds_it;
  return best == nullptr ? "" : *best;
}

std::string OneLine(std::string_view text, size_t max_bytes) {
  constexpr std::string_view kCut = "...";
  std::string line;
  size_t fits = 0;  // length of `line` that leaves room for kCut
  while (!text.empty()) {
    size_t length;
    uint32_t point = DecodeUtf8(text, length);
    bool blank = IsLineBreak(point) || point == '\t';
    if (text.substr(0, 2) == "\r\n") length = 2;
    if (blank) {
      line += ' ';
    } else if (IsHarmful(point)) {
      line += '?';
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(length);
    if (line.size() + kCut.size() <= max_bytes) fits = line.size();
    if (line.size() > max_bytes) {
      line.resize(fits);
      return line.append(kCut.substr(0, max_bytes));
    }
  }
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

std::string SafeText(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    size_t length;
    uint32_t point = DecodeUtf8(text, length);
    bool harmful = IsHarmful(point) && point != '\n' && point != '\t';
    if (text.substr(0, 2) == "\r\n") {
      harmful = false;
      text.remove_prefix(1);
    }
    safe += harmful ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(length);
  }
  return safe;
}

std::string Grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(), first = number < 0 ? 1 : 0; at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string HumanBytes(int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes > -1024 && bytes < 1024) return std::to_string(bytes) + " bytes";
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  for (; std::abs(amount) >= 1024 && unit + 1 < std::size(kUnits); ++unit) amount /= 1024;
  char text[40];
  std::snprintf(text, sizeof(text), "%.1f %s", amount, kUnits[unit]);
  return text;
}

std::string ShellQuote(std::string_view argument) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(argument);
  }
  std::string quoted = "'";
  for (char c : argument) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace handrail
