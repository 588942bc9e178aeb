// Watches the calls that a module makes into V8: the handle quarantine and the ownership checks.
//
//   WatchOptions options;
//   options.signatures = EngineSignatures();
//   options.report = [](const Misuse& misuse) { ... };
//   const Coverage coverage = StartWatching(&AFunctionOfTheModule, options);
//
// The module's imports of V8 are redirected to thunks (import_table.h, thunk.h). Before each call a thunk
// takes in which scopes were closed since the last one, checks `this` and every handle argument against
// the quarantine (handle_stack.h), and that this thread may use this isolate; after it, it notes which
// slots the call made. A call with a stale handle is reported and then made with a stand-in of the same
// type, or not made at all where there is none (its result is then empty).
//
// What is seen:
//   quarantine  HD001 used after its scope, HD003 a callback's argument used after the callback
//   ownership   HD004 a handle of another isolate, HD005 a scope closed out of order, HD006 a scope left
//               open by a callback, HD022 to HD024 Globals on a wrong thread, after their isolate, left at
//               its end, IS004 a thread that neither owns nor has locked the isolate, IS005 a callback
//               that changed the current isolate
// What is not: uses that V8's headers inline into the embedder (comparison of Locals, IsUndefined,
// ReturnValue::Set, fast paths of internal fields, by version); calls through virtual functions; calls of
// modules that were not asked for; functions in Coverage::not_covered.
//
// x86-64 Linux. One watch a process. Threads: StartWatching before the module calls V8, or while no other
// thread is inside it; everything else any thread.
#pragma once

#include <v8.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/guard/handle_stack.h"
#include "harness/guard/misuse.h"

namespace handrail::guard {

struct WatchOptions {
  std::string_view signatures{};  // table of this engine's functions, outlives the watch
  ReportMisuse report;
  bool quarantine = true;
  bool ownership = true;
  bool empty = false;  // thunks that look at nothing: the floor to compare costs with
  int max_blocks = 8;  // how many blocks of 1022 handles the quarantine may fill, for each isolate and thread
  // Called before every V8 call that is watched, at which collecting garbage is allowed, with its number
  // counted from 1; nullptr: not. May call V8.
  void (*at_call)(v8::Isolate* isolate, int64_t number) = nullptr;
};

struct Coverage {
  int functions = 0;                    // imports of V8 that go through a thunk
  std::vector<std::string> not_covered;  // what does not, each with its reason
};

// `module`: any address in the module to watch. May be called for several modules, with the options of
// the first.
Coverage StartWatching(const void* module, const WatchOptions& options);
// Puts the imports back. Thunks stay: callbacks that V8 holds go through them.
void StopWatching();

// The isolate is about to be disposed by something whose calls are not watched (Node's platform). Concludes
// what is known of its Globals. A watched Isolate::Dispose does this by itself.
void IsolateEnds(v8::Isolate* isolate);

// The isolate ends by something that is not watched, and nothing is to be told of its Globals.
void ForgetIsolate(v8::Isolate* isolate);

// The handle stack of the isolate that is current on this thread, for others who watch calls that make
// and take handles (napi_watch.h). nullptr: none is current, or it could not be located.
HandleStack* StackOfThisThread();

struct WatchFigures {
  int64_t calls = 0;       // V8 calls through thunks
  int64_t buried = 0;      // slots put into quarantine
  int64_t given_back = 0;  // of them taken out again, the bound was reached
};
WatchFigures Figures();

// "v8::Object::New" for the number of a Site.
std::string FunctionName(uint32_t number);

}  // namespace handrail::guard
