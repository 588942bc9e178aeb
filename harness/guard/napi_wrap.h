// Inside napi_watch: the wrapper of one function as a template over its type, which tells at
// compile time what each argument is.
//
//   napi_value                what goes in: checked
//   const napi_value*         an array that goes in, its length is the size argument before it:
//   checked napi_value*               what comes out: alive napi_ref, napi_deferred,
//   napi_async_work   must not be over callbacks                 wrapped, so that it is known when
//   they begin and end
//
// What is special about a function is a specialisation of Role (napi_roles.h). A wrapper is an
// ordinary function: unwinding, debuggers and profilers see it as one.
#pragma once

#include <type_traits>

#include "harness/guard/napi_calls.h"

namespace handrail::guard {

// What one function does besides. Begins: anything but napi_ok is returned to the caller, and the
// call not made. Returned: right after it, before it is noted what was made. Ended: last.
template <Napi kFunction>
struct Role {
  template <class... A>
  static napi_status Begins(NapiCall&, A&...) {
    return napi_ok;
  }
  template <class... A>
  static void Returned(NapiCall&, napi_status, A&...) {}
  template <class... A>
  static void Ended(NapiCall&, napi_status, A&...) {}
};

// --- before the call, argument by argument; false: it must not be made

template <class T>
bool CheckArgument(NapiCall&, T&) {
  return true;
}
inline bool CheckArgument(NapiCall& call, size_t& size) {
  call.last_size = size;
  return true;
}
inline bool CheckArgument(NapiCall& call, napi_value& value) { return CheckValue(call, value); }
inline bool CheckArgument(NapiCall& call, const napi_value*& values) {
  bool fine = true;
  for (size_t i = 0; values != nullptr && i < call.last_size; ++i)
    fine &= CheckValue(call, values[i]);
  return fine;
}
inline bool CheckArgument(NapiCall& call, napi_ref& reference) {
  return CheckThing(call, NapiThing::kReference, reference);
}
inline bool CheckArgument(NapiCall& call, napi_deferred& deferred) {
  return CheckThing(call, NapiThing::kDeferred, deferred);
}
inline bool CheckArgument(NapiCall& call, napi_async_work& work) {
  return CheckThing(call, NapiThing::kWork, work);
}
inline bool CheckArgument(NapiCall& call, napi_async_context& context) {
  return CheckThing(call, NapiThing::kAsyncContext, context);
}
inline bool CheckArgument(NapiCall&, napi_callback& callback) {
  WrapCallback(NapiCallback::kFunction, callback);
  return true;
}
inline bool CheckArgument(NapiCall&, napi_finalize& callback) {
  WrapCallback(NapiCallback::kFinalizer, callback);
  return true;
}
inline bool CheckArgument(NapiCall&, napi_async_execute_callback& callback) {
  WrapCallback(NapiCallback::kExecute, callback);
  return true;
}
inline bool CheckArgument(NapiCall&, napi_async_complete_callback& callback) {
  WrapCallback(NapiCallback::kComplete, callback);
  return true;
}
inline bool CheckArgument(NapiCall&, napi_threadsafe_function_call_js& callback) {
  WrapCallback(NapiCallback::kCallJs, callback);
  return true;
}
inline bool CheckArgument(NapiCall& call, const napi_property_descriptor*& descriptors) {
  if (descriptors == nullptr || call.last_size == 0) return true;
  call.descriptors.assign(descriptors, descriptors + call.last_size);
  bool fine = true;
  for (napi_property_descriptor& one : call.descriptors) {
    fine &= CheckValue(call, one.name) && CheckValue(call, one.value);
    WrapCallback(NapiCallback::kFunction, one.method);
    WrapCallback(NapiCallback::kFunction, one.getter);
    WrapCallback(NapiCallback::kFunction, one.setter);
  }
  descriptors = call.descriptors.data();
  return fine;
}

// --- after it

template <class T>
void NoteArgument(NapiCall&, T&) {}
inline void NoteArgument(NapiCall& call, napi_value*& value) { NoteValue(call, value); }

inline napi_env EnvironmentIn() { return nullptr; }
template <class First, class... Others>
napi_env EnvironmentIn(First first, Others...) {
  if constexpr (std::is_same_v<First, napi_env>) {
    return first;
  } else {
    return nullptr;
  }
}

template <Napi kFunction, class Type>
struct Wrapper;

template <Napi kFunction, class... A>
struct Wrapper<kFunction, napi_status(A...)> {
  __attribute__((noinline)) static napi_status Call(A... arguments) {
    const auto real =
        reinterpret_cast<napi_status (*)(A...)>(const_cast<void*>(RealNapi(kFunction)));
    NapiCall call{kFunction, EnvironmentIn(arguments...), __builtin_return_address(0)};
    if (!BeforeNapi(call)) return real(arguments...);
    bool fine = true;
    ((fine &= CheckArgument(call, arguments)), ...);
    if (!fine) {
      AbandonNapi(call);
      return napi_invalid_arg;
    }
    const napi_status refused = Role<kFunction>::Begins(call, arguments...);
    if (refused != napi_ok || call.answered) {
      AbandonNapi(call);
      Role<kFunction>::Ended(call, refused, arguments...);
      return refused;
    }
    const napi_status status = real(arguments...);
    Role<kFunction>::Returned(call, status, arguments...);
    AfterNapi(call, status);
    if (status == napi_ok) (NoteArgument(call, arguments), ...);
    Role<kFunction>::Ended(call, status, arguments...);
    return status;
  }
};

}  // namespace handrail::guard
