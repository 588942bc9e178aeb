// What `handrail audit` tells the library that it loads into the program: environment variables, so
// that child processes inherit them.
#pragma once

namespace handrail::audit {

inline constexpr const char* kLibrary = "libhandrail-audit.so";

inline constexpr const char* kLogVariable = "HANDRAIL_AUDIT_LOG";            // a file; none: stderr
inline constexpr const char* kExitCodeVariable = "HANDRAIL_AUDIT_EXITCODE";  // with findings
inline constexpr const char* kAtExitVariable =
    "HANDRAIL_AUDIT_AT_EXIT";  // "1": tell all at the end
inline constexpr const char* kVerboseVariable = "HANDRAIL_AUDIT_VERBOSE";         // "1"
inline constexpr const char* kNoChildrenVariable = "HANDRAIL_AUDIT_NO_CHILDREN";  // "1"
inline constexpr const char* kProcessVariable = "HANDRAIL_AUDIT_PID";  // of the program itself
inline constexpr const char* kSuppressionsVariable =
    "HANDRAIL_SUPPRESSIONS";  // a file; also the user's

}  // namespace handrail::audit
