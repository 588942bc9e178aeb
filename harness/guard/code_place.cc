#include "harness/guard/code_place.h"

#include <backtrace.h>
#include <dlfcn.h>
#include <execinfo.h>

#include <cstdio>
#include <mutex>
#include <string_view>

#include "harness/guard/signature.h"

#ifndef HANDRAIL_SOURCE_DIR
#define HANDRAIL_SOURCE_DIR ""
#endif

namespace handrail::guard {
namespace {

bool IsLibraryHeader(std::string_view file) {
  return file.find("/include/") != std::string_view::npos ||
         file.find("/node-addon-api/") != std::string_view::npos;
}

std::string WithoutRoot(std::string_view file) {
  constexpr std::string_view kRoot = HANDRAIL_SOURCE_DIR;
  if (!kRoot.empty() && file.starts_with(kRoot)) file.remove_prefix(kRoot.size());
  return std::string(file);
}

// Of the functions inlined at an address, from the innermost to the outermost.
int Take(void* data, uintptr_t, const char* file, int line, const char* function) {
  auto* place = static_cast<CodePlace*>(data);
  if (file == nullptr || line == 0) return 0;
  const bool known = place->line != 0 && !IsLibraryHeader(place->file);
  if (known) return 0;
  place->file = WithoutRoot(file);
  place->line = line;
  if (function != nullptr) place->function = PlainName(function);
  return 0;
}

void Ignore(void*, const char*, int) {}

}  // namespace

CodePlace PlaceOfCall(const void* return_address) {
  static std::mutex mutex;
  static backtrace_state* const state = backtrace_create_state(nullptr, 0, Ignore, nullptr);
  CodePlace place;
  if (return_address == nullptr) return place;
  const std::lock_guard lock(mutex);
  const uintptr_t address = reinterpret_cast<uintptr_t>(return_address) - 1;  // in the call itself
  if (state != nullptr) backtrace_pcinfo(state, address, Take, Ignore, &place);
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(address), &info) == 0) return place;
  const std::string_view path = info.dli_fname == nullptr ? "" : info.dli_fname;
  place.module = path.substr(path.rfind('/') + 1);
  place.offset = address - reinterpret_cast<uintptr_t>(info.dli_fbase);
  if (place.function.empty() && info.dli_sname != nullptr) place.function = PlainName(info.dli_sname);
  return place;
}

std::string ToString(const CodePlace& place) {
  if (place.line != 0) return place.file + ":" + std::to_string(place.line);
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%llx", static_cast<unsigned long long>(place.offset));
  std::string text = (place.module.empty() ? "unknown code" : place.module) + offset;
  if (!place.function.empty()) text += " (" + place.function + ")";
  return text;
}

std::vector<const void*> Callers(int most) {
  std::vector<void*> addresses(static_cast<size_t>(most));
  addresses.resize(static_cast<size_t>(backtrace(addresses.data(), most)));
  return {addresses.begin(), addresses.end()};
}

}  // namespace handrail::guard
