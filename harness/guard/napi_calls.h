// Inside napi_watch: one call of Node-API on its way, and what is checked before it and noted after
// it. The wrappers (napi_wrap.h) are templates and thin; the work is done here.
//
// Threads: any; a NapiCall lives in its wrapper's frame.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "harness/guard/handle_life.h"
#include "harness/guard/napi_book.h"
#include "harness/guard/napi_functions.h"
#include "harness/guard/napi_watch.h"

namespace handrail::guard {

struct NapiCall {
  Napi function;
  napi_env env = nullptr;
  const void* at = nullptr;  // the call returns here
  bool watched = false;
  bool pending = false;   // an exception was pending before the call
  bool answered = false;  // the role has made the call itself
  HandleStack* stack = nullptr;
  uintptr_t* next_before = nullptr;
  size_t last_size = 0;  // the last argument that was a size: the length of an array behind it
  // Copies that are passed on instead of the caller's, with callbacks that we have wrapped.
  std::vector<napi_property_descriptor> descriptors{};

  Site site() const { return {at, kFirstNapiNumber + static_cast<uint32_t>(function)}; }
};

// The kinds of callback that are wrapped, by what their arguments are.
enum class NapiCallback : uint8_t { kFunction, kFinalizer, kExecute, kComplete, kCallJs };

// Takes in what happened since the last call. False: the call is not looked at, ours or before the
// start.
bool BeforeNapi(NapiCall& call);
void AfterNapi(NapiCall& call, napi_status status);
// Instead of AfterNapi, when the call was not made.
void AbandonNapi(const NapiCall& call);

// False: it is stale, told, and must not be passed on.
bool CheckValue(const NapiCall& call, napi_value value);
bool CheckThing(const NapiCall& call, NapiThing thing, const void* address);
// A value that the call has handed out is alive.
void NoteValue(const NapiCall& call, napi_value* value);

// What to pass on for a callback: it, or a thunk before it.
const void* WrapNapiCallback(NapiCallback kind, const void* function);
template <class F>
void WrapCallback(NapiCallback kind, F& function) {
  function = reinterpret_cast<F>(
      const_cast<void*>(WrapNapiCallback(kind, reinterpret_cast<const void*>(function))));
}

// A misuse with the call itself as its last station.
void ReportNapi(const NapiCall& call, const char* code, const char* detector, std::string message,
                std::vector<Station> life = {});
// The function behind a thunk of WrapNapiCallback.
const void* CallbackBehind(const void* thunk);
// Whether this is the thread of an environment that we know.
bool IsThreadOf(const void* env);
bool NapiOwnership();
NapiBook& Things();
ChunkKeeper& Chunks();

// Scopes, each with the callback that it was opened in.
void NoteScope(const NapiCall& call, const void* scope);
void CheckScopeCloses(const NapiCall& call, const void* scope);

// The function of Node itself.
const void* RealNapi(Napi function);
const char* NapiName(Napi function);
// Of the table of wrappers, in napi_wrap.cc.
void* WrapperOf(Napi function);

}  // namespace handrail::guard
