// Out of a whole stack, what a person wants to know: which line stores the Local, and of what type
// it is. Pure functions over frames.
#pragma once

#include <vector>

#include "harness/guard/off_stack_report.h"

namespace handrail::guard {

// "v8::Local<v8::Promise::Resolver>", from the innermost call that names it; "v8::Local" where none
// does.
std::string HandleOf(const std::vector<Frame>& frames);

// `frames` without those of V8's headers and the standard library, and which of the rest is the
// site. Constructors that the Local came through are not: of `std::make_unique<Request>(local)` and
// `new Holder(local)` it is that line, not the one inside Request or Holder. Where all is of a
// library, its innermost call. Requires: at least one frame.
struct Blame {
  std::vector<Frame> stack;
  size_t place = 0;
};
Blame BlameOf(const std::vector<Frame>& frames);

}  // namespace handrail::guard
