#include "harness/scenario/guard_findings.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "harness/guard/off_stack_guard.h"

namespace handrail {
namespace {

// The compiler told debug information where the repository lies; findings name files inside it.
std::string InRepository(const std::string& file) {
  constexpr std::string_view kFolder = HANDRAIL_SOURCE_FOLDER;
  return file.starts_with(kFolder) ? file.substr(kFolder.size()) : file;
}

LifeEvent Station(std::string what, const guard::Frame& frame) {
  return {std::move(what), InRepository(frame.file), frame.line};
}

Finding ToFinding(const guard::OffStackSite& site) {
  Finding finding;
  finding.code = "HD002";
  finding.detector = "guard";
  finding.message = "a " + site.handle + " was stored ";
  finding.message += ToString(site.storage);
  if (!site.variable.empty()) finding.message += ", " + site.variable;
  // The caller is of help where the line belongs to a helper; the site is the last station.
  if (site.place + 1 < site.stack.size()) {
    const guard::Frame& caller = site.stack[site.place + 1];
    if (caller.file.starts_with(HANDRAIL_SOURCE_FOLDER)) {
      finding.life.push_back(Station("on behalf of this line", caller));
    }
  }
  if (site.where().file.empty()) {
    finding.message += ", by " + guard::PlaceOf(site.where());
  } else {
    finding.life.push_back(Station("stored off the stack here", site.where()));
  }
  return finding;
}

}  // namespace

GuardFindings::GuardFindings(Report report, const std::atomic<int64_t>* operations, bool hooked)
    : report_(std::move(report)) {
  if (!guard::IsLive()) {  // a guard that is not called finds nothing, and would call that clean
    std::fputs("handrail worker: it was built with the off-stack guard, which is not called\n",
               stderr);
    std::abort();
  }
  guard::Forget();  // statics of other scenarios, which lie in the same worker
  guard::SetMode(hooked ? guard::Mode::kReport : guard::Mode::kOff);
  guard::SetReportHandler([this, operations](const guard::OffStackSite& site) {
    Finding finding = ToFinding(site);
    finding.operation = *operations;
    report_(std::move(finding));
  });
}

GuardFindings::~GuardFindings() {
  guard::SetMode(guard::Mode::kOff);
  for (const guard::OffStackSite& site : guard::Sites()) {
    if (site.count == 1) continue;
    Finding again = ToFinding(site);
    again.count = site.count - 1;  // the first has been told
    report_(std::move(again));
  }
  guard::SetReportHandler(nullptr);
  guard::Forget();  // told: no summary at exit
}

}  // namespace handrail
