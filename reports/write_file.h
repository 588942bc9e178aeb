// Writes a report whole or not at all: first beside its place, then by one rename, so that a reader
// sees the earlier file or the new one and never half of either. Any thread; blocks on the disk.
//
// What it cannot see: a kill between the first byte and the rename leaves the temporary file
// (".handrail-*.tmp") behind; the report itself is then still the earlier one.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace handrail {

// Makes missing parent folders. A path that is a symbolic link is written at its target; one that
// is a device or a pipe (/dev/stdout) is written straight, there is nothing to keep whole.
// Errors: the message names the path, the cause and what to do; the earlier file is as it was.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content);

}  // namespace handrail
