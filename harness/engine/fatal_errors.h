// V8's last words. When V8 finds itself misused or out of memory it calls the isolate's handler and
// expects the process to end; ours passes the text on and then aborts, so that it is evidence.
#pragma once

#include <v8.h>

namespace handrail::engine {

// Receives V8's location and message, on whatever thread failed, with V8 in an undefined state: it
// may write what it was given and must not call V8.
using LastWords = void (*)(bool out_of_memory, const char* location, const char* message);

// Process-wide, set once before the first isolate. Without it V8's text goes to stderr only.
void SetLastWords(LastWords last_words);

void CatchFatalErrors(v8::Isolate* isolate);

}  // namespace handrail::engine
