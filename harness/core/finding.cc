#include "harness/core/finding.h"

#include <utility>

namespace handrail {
namespace {

bool SamePlace(const Finding& a, const Finding& b) {
  if (a.life.empty() || b.life.empty()) return a.life.empty() && b.life.empty();
  const LifeEvent& last_a = a.life.back();
  const LifeEvent& last_b = b.life.back();
  return last_a.line == last_b.line && last_a.file == last_b.file;
}

}  // namespace

std::string_view ToString(Certainty certainty) {
  return certainty == Certainty::kCertain ? "certain" : "statistical";
}

void Fold(std::vector<Finding>& findings, Finding finding) {
  for (Finding& known : findings) {
    if (known.code == finding.code && known.detector == finding.detector &&
        SamePlace(known, finding)) {
      known.count += finding.count;
      return;
    }
  }
  findings.push_back(std::move(finding));
}

}  // namespace handrail
