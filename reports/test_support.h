// What the tests of reports share: golden files and checks on text meant for a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace handrail {

// Expects `text` to be what reports/testdata/`name` holds. With HANDRAIL_UPDATE_GOLDEN=1 writes it
// there instead: the change is then reviewed as a diff.
void ExpectGolden(const std::string& name, const std::string& text);

// Expects no control character but line breaks, no invalid UTF-8, no blank at a line's end, and no
// line of more than `columns`.
void ExpectFitForTerminal(const std::string& text, int columns);

std::vector<std::string> SplitLines(std::string_view text);

std::string ReadWhole(const std::string& path);

}  // namespace handrail
