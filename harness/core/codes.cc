#include "harness/core/codes.h"

#include <vector>

#include "harness/core/codes_tables.h"

namespace handrail {

std::span<const CodeInfo> AllCodes() {
  static const std::vector<CodeInfo> all = [] {
    std::vector<CodeInfo> codes;
    for (auto part : {HandleAndPromiseCodes(), IsolateAndHeapCodes(), NapiCodes(),
                      ProcessCodes()}) {
      codes.insert(codes.end(), part.begin(), part.end());
    }
    return codes;
  }();
  return all;
}

const CodeInfo* FindCode(std::string_view code) {
  for (const CodeInfo& info : AllCodes()) {
    if (info.code == code) return &info;
  }
  return nullptr;
}

}  // namespace handrail
