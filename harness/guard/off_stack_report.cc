#include "harness/guard/off_stack_report.h"

#include <cstdio>

namespace handrail::guard {
namespace {

// From the site outwards; deeper is of use to a debugger only.
constexpr size_t kFramesShown = 12;

std::string Line(const Frame& frame) {
  std::string text = PlaceOf(frame);
  if (!frame.function.empty()) text += "  " + frame.function;
  return text + '\n';
}

}  // namespace

std::string_view ToString(Storage storage) {
  switch (storage) {
    case Storage::kHeap:
      return "on the heap";
    case Storage::kCoroutine:
      return "in a coroutine's frame on the heap";
    case Storage::kStatic:
      return "in a static variable";
    case Storage::kThreadLocal:
      return "in a thread_local variable";
  }
  return "?";
}

std::string PlaceOf(const Frame& frame) {
  if (!frame.file.empty()) return frame.file + ':' + std::to_string(frame.line);
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%llx", static_cast<unsigned long long>(frame.offset));
  return (frame.module.empty() ? "?" : frame.module.substr(frame.module.rfind('/') + 1)) + offset;
}

std::string ToText(const OffStackSite& site) {
  std::string text = "error[HD002]: a " + site.handle + " is stored ";
  text += ToString(site.storage);
  if (!site.variable.empty()) text += ", " + site.variable;
  text += ", not on the stack\n  --> " + Line(site.where());
  for (size_t i = 0; i < site.stack.size() && i < site.place + kFramesShown; ++i) {
    if (i != site.place) text += "      " + Line(site.stack[i]);
  }
  return text +
         "  why:   a Local is valid only while the HandleScope is open in which it was made\n"
         "  fix:   keep a v8::Global, and make a Local from it where it is used\n";
}

}  // namespace handrail::guard
