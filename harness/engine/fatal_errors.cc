#include "harness/engine/fatal_errors.h"

#include <cstdio>
#include <cstdlib>

#include "harness/engine/versions.h"

namespace handrail::engine {
namespace {

// V8's callbacks carry no data pointer, so this cannot be a member of anything.
LastWords g_last_words = nullptr;

[[noreturn]] void End(bool out_of_memory, const char* location, const char* message) {
  location = location != nullptr ? location : "";
  message = message != nullptr ? message : "";
  std::fprintf(stderr, "\n#\n# Fatal error in %s\n# %s\n#\n\n", location, message);
  if (g_last_words != nullptr) g_last_words(out_of_memory, location, message);
  std::abort();
}

void OnFatal(const char* location, const char* message) { End(false, location, message); }
void OnOutOfMemory(const char* location, OomKind kind) { End(true, location, OomDetail(kind)); }

}  // namespace

void SetLastWords(LastWords last_words) { g_last_words = last_words; }

void CatchFatalErrors(v8::Isolate* isolate) {
  isolate->SetFatalErrorHandler(OnFatal);
  isolate->SetOOMErrorHandler(OnOutOfMemory);
}

}  // namespace handrail::engine
