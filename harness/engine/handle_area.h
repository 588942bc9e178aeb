// Where an isolate keeps the pointers of its handle stack: two words, `next` and `limit`, and the number
// of open scopes behind them. V8 tells it in three ways, by version; whichever is found is tried out
// before it is believed.
#pragma once

#include <v8.h>

#include <string>

namespace handrail::engine {

// Once a Locker was used in the process, V8 ends it at any scope that is opened without the lock.
extern const bool kLockerIsForAll;

// nullptr: it could not be located, and `problem` says why. Requires: `isolate` is entered on this
// thread. Opens a scope of its own and makes one handle to prove what it found.
void* LocateHandleArea(v8::Isolate* isolate, std::string* problem);

}  // namespace handrail::engine
