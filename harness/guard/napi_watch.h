// Watches the calls that a module makes through Node-API: typed wrappers of its C functions, put
// into the module's import table in place of Node's.
//
//   NapiOptions options;
//   options.report = [](const Misuse& misuse) { ... };
//   options.stack = [](napi_env) { return StackOfThisThread(); };
//   StartNapiWatch(options);
//   const NapiCoverage coverage = WatchNapiImports(&AFunctionOfTheModule);
//
// A wrapper is a template over the function's own type: a napi_value is checked against the
// quarantine (handle_stack.h), a napi_value* is what the call has made, callbacks are passed on
// through a thunk, so that it is known when one begins and ends. A stale value is not passed on:
// the call returns napi_invalid_arg, and the environment's last error stays as it was. The same
// goes for references, deferreds, thread-safe functions and work that are no more; all else is
// reported and then done.
//
// The arguments of a callback lie in the frame of its JavaScript caller, where nothing keeps a
// place from reuse: napi_get_cb_info hands out handles of the same values in the callback's own
// scope instead.
//
// What is seen, as quarantine:
//   HD001 a value used after its scope or callback    HD003 an argument used after its callback
//   HD011 escaped twice    HD030 a scope left open by a callback    HD031 scopes out of order
// and as ownership:
//   HD032 a reference used after its deletion    HD033 what is still open at the end
//   HD034 a call refused, an exception was pending    HD035 a thread-safe function after its release
//   HD037 work deleted while it is the pool's    HD039 a call that waits for its own thread
//   PR011, PR020 deferreds concluded never or twice
//   IS006 the wrong thread    IS007 a thing of another environment
// What is not: code that reached the functions in a way that no import table shows; cleanup hooks
// that are called with what is no more; what happened before the module's imports were redirected.
//
// No V8 header: it works in every Node that has these functions. x86-64 Linux. Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/guard/handle_stack.h"
#include "harness/guard/misuse.h"

struct napi_env__;

namespace handrail::guard {

struct NapiOptions {
  ReportMisuse report;
  bool quarantine = true;
  bool ownership = true;
  // The handle stack of the isolate that is current on this thread, which is the environment's;
  // nullptr: it could not be located, and values are not checked.
  HandleStack* (*stack)(napi_env__* env) = nullptr;
  // An environment has ended, on its thread: its hooks have run. nullptr: nobody wants to know.
  void (*ends)() = nullptr;
};

// REQUIRES: Node is in this process. Once; later calls are ignored.
void StartNapiWatch(const NapiOptions& options);

// What stands in for a function, "napi_create_object"; nullptr: it is not wrapped, or this Node
// lacks it.
void* NapiWrapper(std::string_view name);
// Whether the name is one of Node-API's, known to us or not.
bool IsNapiName(std::string_view name);

struct NapiCoverage {
  int functions = 0;                     // imports that go through a wrapper
  std::vector<std::string> not_covered;  // what does not, each with its reason
};
// `module`: any address in the module to watch.
NapiCoverage WatchNapiImports(const void* module);

// The process ends: what environments that have ended left open, by the place that made it, goes to
// `report`. Of those that were cut short, as by process.exit(), nothing can be said.
void ConcludeNapi(const ReportMisuse& report);

}  // namespace handrail::guard
