// Inside napi_watch: what is special about single functions of Node-API, as specialisations of
// Role.
#pragma once

#include <algorithm>
#include <optional>

#include "harness/guard/napi_wrap.h"

namespace handrail::guard {

// Most of a role is not there.
struct NoRole {
  template <class... A>
  static napi_status Begins(NapiCall&, A&...) {
    return napi_ok;
  }
  template <class... A>
  static void Returned(NapiCall&, napi_status, A&...) {}
  template <class... A>
  static void Ended(NapiCall&, napi_status, A&...) {}
};

// --- the arguments of a callback become handles of its own scope

inline void GiveSlot(const NapiCall& call, napi_value* value) {
  if (value == nullptr || *value == nullptr || call.stack == nullptr) return;
  const auto* const slot = reinterpret_cast<const uintptr_t*>(*value);
  const auto* const here = reinterpret_cast<const uintptr_t*>(&call);
  HandleArea* const area = call.stack->area();
  const bool in_frame = slot > here && slot < StackHigh();
  if (!in_frame || area->level <= 0 || area->next == nullptr || area->next >= area->limit) return;
  *area->next = *slot;
  *value = reinterpret_cast<napi_value>(area->next++);
}

template <>
struct Role<Napi::napi_get_cb_info> : NoRole {
  static napi_status Begins(NapiCall& call, napi_env&, napi_callback_info&, size_t*& argc,
                            napi_value*&, napi_value*&, void**&) {
    call.last_size = argc == nullptr ? 0 : *argc;
    return napi_ok;
  }
  static void Returned(NapiCall& call, napi_status status, napi_env&, napi_callback_info&, size_t*&,
                       napi_value*& argv, napi_value*& self, void**&) {
    if (status != napi_ok) return;
    for (size_t i = 0; argv != nullptr && i < call.last_size; ++i) GiveSlot(call, argv + i);
    GiveSlot(call, self);
  }
};

template <>
struct Role<Napi::napi_get_new_target> : NoRole {
  static void Returned(NapiCall& call, napi_status status, napi_env&, napi_callback_info&,
                       napi_value*& result) {
    if (status == napi_ok) GiveSlot(call, result);
  }
};

template <>
struct Role<Napi::node_api_create_object_with_properties> : NoRole {
  static napi_status Begins(NapiCall& call, napi_env&, napi_value&, const napi_value*& names,
                            const napi_value*& values, size_t& count, napi_value*&) {
    bool fine = true;
    for (size_t i = 0; i < count; ++i) {
      if (names != nullptr) fine &= CheckValue(call, names[i]);
      if (values != nullptr) fine &= CheckValue(call, values[i]);
    }
    return fine ? napi_ok : napi_invalid_arg;
  }
};

// --- references

inline void NoteReference(const NapiCall& call, napi_status status, napi_ref* result) {
  if (status != napi_ok || result == nullptr) return;
  Things().Made(NapiThing::kReference, *result, {.env = call.env, .made = call.site()});
}

template <>
struct Role<Napi::napi_create_reference> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_value&, uint32_t&,
                    napi_ref*& result) {
    NoteReference(call, status, result);
  }
};

template <>
struct Role<Napi::napi_delete_reference> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_ref& reference) {
    if (status != napi_ok || reference == nullptr) return;
    Things().End(NapiThing::kReference, reference, call.site());
    if (NapiOwnership()) Chunks().Take(reference);
  }
};

// --- deferreds

template <>
struct Role<Napi::napi_create_promise> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_deferred*& deferred,
                    napi_value*&) {
    if (status != napi_ok || deferred == nullptr) return;
    Things().Made(NapiThing::kDeferred, *deferred, {.env = call.env, .made = call.site()});
  }
};

struct Concludes : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_deferred& deferred,
                    napi_value&) {
    // With an exception pending, or without an argument, the deferred stays as it is.
    if (status != napi_ok && status != napi_generic_failure) return;
    Things().End(NapiThing::kDeferred, deferred, call.site());
    if (NapiOwnership()) Chunks().Take(deferred);
  }
};
template <>
struct Role<Napi::napi_resolve_deferred> : Concludes {};
template <>
struct Role<Napi::napi_reject_deferred> : Concludes {};

// --- handle scopes

struct OpensScope : NoRole {
  template <class Scope>
  static void Ended(NapiCall& call, napi_status status, napi_env&, Scope*& scope) {
    if (status == napi_ok && scope != nullptr) NoteScope(call, *scope);
  }
};
struct ClosesScope : NoRole {
  template <class Scope>
  static napi_status Begins(NapiCall& call, napi_env&, Scope& scope) {
    CheckScopeCloses(call, scope);
    return napi_ok;
  }
};
template <>
struct Role<Napi::napi_open_handle_scope> : OpensScope {};
template <>
struct Role<Napi::napi_open_escapable_handle_scope> : OpensScope {};
template <>
struct Role<Napi::napi_close_handle_scope> : ClosesScope {};
template <>
struct Role<Napi::napi_close_escapable_handle_scope> : ClosesScope {};

template <>
struct Role<Napi::napi_escape_handle> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_escapable_handle_scope&,
                    napi_value&, napi_value*&) {
    if (status != napi_escape_called_twice) return;
    ReportNapi(call, "HD011", "quarantine",
               "napi_escape_handle was called twice for one scope: nothing was escaped");
  }
};

// --- asynchronous work

template <>
struct Role<Napi::napi_create_async_work> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_value&, napi_value&,
                    napi_async_execute_callback&, napi_async_complete_callback& complete,
                    void*& data, napi_async_work*& result) {
    if (status != napi_ok || result == nullptr) return;
    NapiEntry entry{.env = call.env, .made = call.site()};
    entry.complete = CallbackBehind(reinterpret_cast<const void*>(complete));
    entry.data = data;
    Things().Made(NapiThing::kWork, *result, entry);
  }
};

template <>
struct Role<Napi::napi_queue_async_work> : NoRole {
  static napi_status Begins(NapiCall&, napi_env&, napi_async_work& work) {
    // Before the call: complete may come as soon as it returns. Without one nobody tells when it is
    // over.
    Things().With(NapiThing::kWork, work,
                  [](NapiEntry& entry) { entry.queued = entry.complete != nullptr; });
    return napi_ok;
  }
};

template <>
struct Role<Napi::napi_delete_async_work> : NoRole {
  static napi_status Begins(NapiCall& call, napi_env&, napi_async_work& work) {
    const std::optional<NapiEntry> entry = Things().Find(NapiThing::kWork, work);
    if (!entry || !entry->queued || !NapiOwnership()) return napi_ok;
    ReportNapi(call, "HD037", "ownership",
               "asynchronous work was deleted while the thread pool had it in its hands",
               {{"made here", entry->made.at}});
    return napi_generic_failure;
  }
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_async_work& work) {
    if (status != napi_ok) return;
    Things().End(NapiThing::kWork, work, call.site());
    if (NapiOwnership()) Chunks().Take(work);
  }
};

template <>
struct Role<Napi::napi_async_init> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_value&, napi_value&,
                    napi_async_context*& result) {
    if (status != napi_ok || result == nullptr) return;
    Things().Made(NapiThing::kAsyncContext, *result, {.env = call.env, .made = call.site()});
  }
};
template <>
struct Role<Napi::napi_async_destroy> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_async_context& context) {
    if (status != napi_ok) return;
    Things().End(NapiThing::kAsyncContext, context, call.site());
    if (NapiOwnership()) Chunks().Take(context);
  }
};

// --- thread-safe functions: `count` uses are left, and each is given back once

template <>
struct Role<Napi::napi_create_threadsafe_function> : NoRole {
  static void Ended(NapiCall& call, napi_status status, napi_env&, napi_value&, napi_value&,
                    napi_value&, size_t& max_queue, size_t& threads, void*&, napi_finalize&, void*&,
                    napi_threadsafe_function_call_js&, napi_threadsafe_function*& result) {
    if (status != napi_ok || result == nullptr) return;
    NapiEntry entry{.env = call.env, .made = call.site()};
    entry.count = static_cast<int64_t>(threads);
    entry.bounded = max_queue > 0;
    Things().Made(NapiThing::kFunction, *result, entry);
  }
};

// False: nobody may use it any more, and this was told.
bool CheckFunction(const NapiCall& call, napi_threadsafe_function function);
void GiveBack(const NapiCall& call, napi_threadsafe_function function, bool abort);

template <>
struct Role<Napi::napi_call_threadsafe_function> : NoRole {
  static napi_status Begins(NapiCall& call, napi_threadsafe_function& function, void*& data,
                            napi_threadsafe_function_call_mode& mode);
  static void Ended(NapiCall& call, napi_status status, napi_threadsafe_function& function, void*&,
                    napi_threadsafe_function_call_mode&) {
    if (status == napi_closing) GiveBack(call, function, false);
  }
};

// One that is not referenced may stay open: Node ends it with the environment.
struct References : NoRole {
  static napi_status Set(NapiCall& call, napi_threadsafe_function function, bool referenced) {
    if (!CheckFunction(call, function)) return napi_invalid_arg;
    Things().With(NapiThing::kFunction, function,
                  [&](NapiEntry& entry) { entry.may_stay = !referenced; });
    return napi_ok;
  }
};
template <>
struct Role<Napi::napi_unref_threadsafe_function> : References {
  static napi_status Begins(NapiCall& call, napi_env&, napi_threadsafe_function& function) {
    return Set(call, function, false);
  }
};
template <>
struct Role<Napi::napi_ref_threadsafe_function> : References {
  static napi_status Begins(NapiCall& call, napi_env&, napi_threadsafe_function& function) {
    return Set(call, function, true);
  }
};

template <>
struct Role<Napi::napi_acquire_threadsafe_function> : NoRole {
  static napi_status Begins(NapiCall& call, napi_threadsafe_function& function) {
    return CheckFunction(call, function) ? napi_ok : napi_closing;
  }
  static void Ended(NapiCall&, napi_status status, napi_threadsafe_function& function) {
    if (status != napi_ok) return;
    Things().With(NapiThing::kFunction, function, [](NapiEntry& entry) { ++entry.count; });
  }
};

template <>
struct Role<Napi::napi_release_threadsafe_function> : NoRole {
  // Counted before the call: another thread may see the function end as soon as it is made.
  static napi_status Begins(NapiCall& call, napi_threadsafe_function& function,
                            napi_threadsafe_function_release_mode& mode) {
    if (!CheckFunction(call, function)) return napi_invalid_arg;
    GiveBack(call, function, mode == napi_tsfn_abort);
    return napi_ok;
  }
};

}  // namespace handrail::guard
