// The part of the audit that knows a version of V8: the quarantine and the ownership checks over
// V8's C++ API (guard/call_watch.h), a library of its own for each engine that was built. The audit
// library loads the one that was made from the headers of the V8 that is running, and no other:
// what functions take and where handles lie differs by version.
//
//   libhandrail-audit-v8-14.6-node.so    inside a Node     libhandrail-audit-v8-10.2-lib.so    V8
//   as a library
//
// Both libraries come from one build and share their types.
#pragma once

#include <string>
#include <vector>

#include "harness/guard/handle_stack.h"
#include "harness/guard/misuse.h"

namespace handrail::audit {

struct V8Covered {
  int functions = 0;
  std::vector<std::string> not_covered{};
};

struct V8Side {
  V8Covered (*cover)(const void* module, const guard::ReportMisuse& report);
  // The handle stack of the isolate that is current on this thread; nullptr: none.
  guard::HandleStack* (*stack)();
  // The isolate that is current on this thread is about to end: what is known of it is void.
  void (*forget)();
  // The function of a Site's number.
  std::string (*name)(uint32_t number);
};

// What such a library exports.
inline constexpr const char* kV8Side = "HandrailAuditV8Side";
using GetV8Side = const V8Side*();

}  // namespace handrail::audit
