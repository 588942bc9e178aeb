#include "reports/layout.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>

#include "harness/core/text.h"

namespace handrail {
namespace {

std::string_view Escape(Ink ink) {
  switch (ink) {
    case Ink::kPlain:
      return "";
    case Ink::kBold:
      return "\x1b[1m";
    case Ink::kBad:
      return "\x1b[1;31m";
    case Ink::kGood:
      return "\x1b[32m";
    case Ink::kWarning:
      return "\x1b[33m";
    case Ink::kPlace:
      return "\x1b[1;34m";
    case Ink::kDim:
      return "\x1b[2m";
  }
  return "";
}

// First and last of the ranges that terminals draw two columns wide.
constexpr uint32_t kWide[][2] = {
    {0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD},
};

struct Character {
  size_t bytes;
  int columns;
};

// The character at the front of valid UTF-8.
Character Front(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  bytes = std::min(bytes, text.size());
  uint32_t point = bytes == 1 ? lead : lead & (0x7F >> bytes);
  for (size_t i = 1; i < bytes; ++i) point = point << 6 | (static_cast<uint8_t>(text[i]) & 0x3F);
  for (const auto& range : kWide) {
    if (point >= range[0] && point <= range[1]) return {bytes, 2};
  }
  return {bytes, 1};
}

// Bytes of the longest front of `text` that is at most `columns` wide.
size_t Fit(std::string_view text, int columns) {
  size_t bytes = 0;
  while (bytes < text.size()) {
    Character character = Front(text.substr(bytes));
    columns -= character.columns;
    if (columns < 0) break;
    bytes += character.bytes;
  }
  return bytes;
}

// Where the next line ends: at a blank, or inside a word that is too long.
size_t BreakAt(std::string_view text, int columns) {
  size_t fit = Fit(text, columns);
  if (fit == text.size() || text[fit] == ' ') return fit;
  size_t blank = text.rfind(' ', fit);
  if (blank != std::string_view::npos && blank > 0) return blank;
  return std::max(fit, Front(text).bytes);
}

// The words of a shell's command, quotes kept.
std::vector<std::string_view> Words(std::string_view command) {
  std::vector<std::string_view> words;
  size_t begin = 0;
  bool quoted = false;
  for (size_t i = 0; i <= command.size(); ++i) {
    bool end = i == command.size() || (command[i] == ' ' && !quoted);
    if (end && i > begin) words.push_back(command.substr(begin, i - begin));
    if (end) {
      begin = i + 1;
    } else if (command[i] == '\\' && !quoted) {
      ++i;
    } else if (command[i] == '\'') {
      quoted = !quoted;
    }
  }
  return words;
}

constexpr size_t kAddressDigits = 6;  // shorter ones are codes and sizes

}  // namespace

std::string Paint(std::string_view text, Ink ink, bool colour) {
  if (!colour || ink == Ink::kPlain || text.empty()) return std::string(text);
  return std::string(Escape(ink)) + std::string(text) + "\x1b[0m";
}

void PaintFront(std::string& line, size_t bytes, Ink ink, bool colour) {
  bytes = std::min(bytes, line.size());
  line = Paint(line.substr(0, bytes), ink, colour) + line.substr(bytes);
}

int Width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    Character character = Front(text);
    columns += character.columns;
    text.remove_prefix(character.bytes);
  }
  return columns;
}

std::string PadRight(std::string_view text, int columns) {
  return std::string(text).append(static_cast<size_t>(std::max(0, columns - Width(text))), ' ');
}

std::string PadLeft(std::string_view text, int columns) {
  return std::string(static_cast<size_t>(std::max(0, columns - Width(text))), ' ').append(text);
}

std::string Shorten(std::string_view text, int columns) {
  if (Width(text) <= columns) return std::string(text);
  if (columns <= 4) return std::string(text.substr(0, Fit(text, columns)));
  int tail = (columns - 2) / 2;
  int head = columns - 2 - tail;
  size_t from = 0;
  while (Width(text.substr(from)) > tail) from += Front(text.substr(from)).bytes;
  return std::string(text.substr(0, Fit(text, head))) + ".." + std::string(text.substr(from));
}

std::vector<std::string> Wrap(std::string_view first, std::string_view text, int columns) {
  std::vector<std::string> lines;
  std::string prefix(first);
  int room = std::max(10, columns - Width(first));
  do {
    size_t end = BreakAt(text, room);
    lines.push_back(prefix + std::string(text.substr(0, end)));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    prefix.assign(static_cast<size_t>(Width(first)), ' ');
  } while (!text.empty());
  return lines;
}

std::vector<std::string> WrapCommand(std::string_view first, std::string_view command,
                                     int columns) {
  std::vector<std::string> lines(1, std::string(first));
  bool line_empty = true;
  for (std::string_view word : Words(command)) {
    constexpr int kBackslash = 2;
    if (!line_empty && Width(lines.back()) + 1 + Width(word) + kBackslash > columns) {
      lines.back() += " \\";
      lines.emplace_back(static_cast<size_t>(Width(first)), ' ');
      line_empty = true;
    }
    if (!line_empty) lines.back() += ' ';
    lines.back() += word;
    line_empty = false;
  }
  return lines;
}

std::vector<std::string> Labelled(const TextStyle& style, std::string_view label,
                                  std::string_view text, size_t most) {
  std::vector<std::string> lines = Wrap("  " + PadRight(label, 7), text, style.width);
  Limit(lines, most);
  PaintFront(lines[0], 2 + label.size(), Ink::kPlace, style.colour);
  return lines;
}

void Limit(std::vector<std::string>& lines, size_t most) {
  if (lines.size() <= most || most == 0) return;
  lines.resize(most);
  std::string& last = lines.back();
  last = last.substr(0, Fit(last, std::max(3, Width(last) - 4))) + " ...";
}

void Append(std::vector<std::string>& lines, std::vector<std::string> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

std::string JoinLines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string Plain(std::string_view text, size_t max_bytes) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    bool prefix =
        text[i] == '0' && i + 1 < text.size() && (text[i + 1] == 'x' || text[i + 1] == 'X');
    size_t end = i + 2;
    while (prefix && end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])))
      ++end;
    if (prefix && end - (i + 2) >= kAddressDigits) {
      plain += "<address>";
      i = end - 1;
    } else {
      plain += text[i];
    }
  }
  return OneLine(plain, max_bytes);
}

}  // namespace handrail
