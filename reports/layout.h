// Text laid out for a terminal: colours, widths, wrapping. Widths are in columns of a terminal, not
// bytes; wide characters of East Asian scripts and emoji count two. Pure; any thread.
//
// REQUIRES, of all that takes text: it went through OneLine (harness/core/text.h).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace handrail {

enum class Ink { kPlain, kBold, kBad, kGood, kWarning, kPlace, kDim };

struct TextStyle {
  bool colour = false;
  int width = 100;
};

// `text` in that ink, or as it is without colour.
std::string Paint(std::string_view text, Ink ink, bool colour);

// The first `bytes` of `line` in `ink`.
void PaintFront(std::string& line, size_t bytes, Ink ink, bool colour);

int Width(std::string_view text);

// Blanks added up to `columns`; never cut.
std::string PadRight(std::string_view text, int columns);
std::string PadLeft(std::string_view text, int columns);

// At most `columns` wide: the middle is left out, since names differ at both ends.
std::string Shorten(std::string_view text, int columns);

// Lines of at most `columns`, broken at blanks; a longer word is cut. The first line begins with
// `first`, the others with as many blanks.
std::vector<std::string> Wrap(std::string_view first, std::string_view text, int columns);

// "  label: text" with the texts of all labels in one column; at most `most` lines.
std::vector<std::string> Labelled(const TextStyle& style, std::string_view label,
                                  std::string_view text, size_t most);

// As Wrap, for a command that is to be copied: broken only between words, with a backslash, so that
// a shell reads the same command. A longer word is left whole.
std::vector<std::string> WrapCommand(std::string_view first, std::string_view command, int columns);

// Cuts to `most` lines; the last one then ends with "...".
void Limit(std::vector<std::string>& lines, size_t most);

void Append(std::vector<std::string>& lines, std::vector<std::string> more);

// Each line with its line break.
std::string JoinLines(const std::vector<std::string>& lines);

// Text from outside as one printable line without raw addresses: they differ from run to run, and
// nobody can look them up afterwards.
std::string Plain(std::string_view text, size_t max_bytes = 400);

}  // namespace handrail
