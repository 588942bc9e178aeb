// Small text helpers that several folders need: globs, nearest match, numbers for people, text made
// safe for a terminal. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handrail {

// '*' stands for any characters but '/', '**' for any, '?' for one. A pattern with fewer segments
// than the text matches its front: "escape" and "escape/double-*" both match
// "escape/double-escape/escape-twice".
bool GlobMatch(std::string_view pattern, std::string_view text);

// The candidate that was probably meant; empty when none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

// One line of printable text: control characters and invalid UTF-8 become '?', line breaks and tabs
// a blank (none at the end), and what is longer than `max_bytes` is cut with "...".
std::string OneLine(std::string_view text, size_t max_bytes = 400);

// Valid UTF-8 without control characters but line breaks and tabs.
std::string SafeText(std::string_view text);

// "1,234,567".
std::string Grouped(int64_t number);
// "512 bytes", "8.0 MiB".
std::string HumanBytes(int64_t bytes);

// `argument` so that a POSIX shell reads it as one word.
std::string ShellQuote(std::string_view argument);

}  // namespace handrail
