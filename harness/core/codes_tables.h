// The parts that the catalog of codes is put together from; codes.h is what others include.
#pragma once

#include <span>

#include "harness/core/codes.h"

namespace handrail {

std::span<const CodeInfo> HandleAndPromiseCodes();  // HD, PR
std::span<const CodeInfo> IsolateAndHeapCodes();    // IS, HP
std::span<const CodeInfo> NapiCodes();              // HD, PR, IS of addons
std::span<const CodeInfo> ProcessCodes();           // PX

}  // namespace handrail
