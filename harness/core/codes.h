// The catalog of finding codes: what each means, which V8 rule stands behind it and how to mend it.
// One source for the terminal, `handrail explain` and every report. Codes are stable: never reused,
// never renumbered. HD handles, PR promises, IS isolates, HP heap, PX process.
#pragma once

#include <span>
#include <string_view>

namespace handrail {

struct CodeInfo {
  std::string_view code;
  std::string_view title;  // one line, the head of a finding
  std::string_view why;    // the V8 rule that was broken
  std::string_view fix;    // what to write instead
  std::string_view seen;   // how it is seen, and what it looks like without Handrail
};

std::span<const CodeInfo> AllCodes();

// nullptr when there is no such code.
const CodeInfo* FindCode(std::string_view code);

}  // namespace handrail
