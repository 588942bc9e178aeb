#include "harness/guard/napi_wrap.h"

#include <array>
#include <string>

#include "harness/guard/napi_roles.h"

namespace handrail::guard {
namespace {

struct Words {
  const char* code;
  const char* over;     // used after its end
  const char* foreign;  // of another environment
};

Words WordsFor(NapiThing thing) {
  switch (thing) {
    case NapiThing::kReference:
      return {"HD032", "a napi_ref was used after it had been deleted", "a napi_ref"};
    case NapiThing::kDeferred:
      return {"PR020", "a napi_deferred was concluded a second time", "a napi_deferred"};
    case NapiThing::kWork:
      return {"HD037", "a napi_async_work was used after it had been deleted", "a napi_async_work"};
    case NapiThing::kFunction:
      return {"HD035", "a thread-safe function was used after its last release", "a function"};
    case NapiThing::kAsyncContext:
      return {"HD032", "a napi_async_context was used after it had been destroyed",
              "a napi_async_context"};
  }
  return {"HD032", "something was used after its end", "something"};
}

}  // namespace

bool CheckThing(const NapiCall& call, NapiThing thing, const void* address) {
  if (address == nullptr || !NapiOwnership()) return true;
  const std::optional<NapiEntry> entry = Things().Find(thing, address);
  if (!entry) return true;  // made before we looked
  const Words words = WordsFor(thing);
  if (entry->over) {
    ReportNapi(call, words.code, "ownership", words.over,
               {{"made here" + ByFunction(entry->made.function), entry->made.at},
                {"ended here" + ByFunction(entry->ended.function), entry->ended.at}});
    return false;
  }
  if (call.env != nullptr && entry->env != call.env) {
    ReportNapi(call, "IS007", "ownership",
               std::string(words.foreign) + " of another environment was passed in",
               {{"made here" + ByFunction(entry->made.function), entry->made.at}});
  }
  return true;
}

bool CheckFunction(const NapiCall& call, napi_threadsafe_function function) {
  return CheckThing({call.function, nullptr, call.at}, NapiThing::kFunction, function);
}

void GiveBack(const NapiCall& call, napi_threadsafe_function function, bool abort) {
  bool last = false;
  Things().With(NapiThing::kFunction, function, [&](NapiEntry& entry) {
    entry.closing |= abort;
    if (entry.count > 0) --entry.count;
    last = entry.count == 0;
  });
  if (last) Things().End(NapiThing::kFunction, function, call.site());
}

napi_status Role<Napi::napi_call_threadsafe_function>::Begins(
    NapiCall& call, napi_threadsafe_function& function, void*& data,
    napi_threadsafe_function_call_mode& mode) {
  if (!CheckFunction(call, function)) return napi_closing;
  if (mode != napi_tsfn_blocking || !NapiOwnership()) return napi_ok;
  const std::optional<NapiEntry> entry = Things().Find(NapiThing::kFunction, function);
  if (!entry || !entry->bounded || !IsThreadOf(entry->env)) return napi_ok;
  // Whether it would wait is seen by trying it without waiting; when it goes well it is done.
  const auto real = reinterpret_cast<decltype(::napi_call_threadsafe_function)*>(
      const_cast<void*>(RealNapi(Napi::napi_call_threadsafe_function)));
  const napi_status tried = real(function, data, napi_tsfn_nonblocking);
  if (tried != napi_queue_full) {
    call.answered = true;
    return tried;
  }
  ReportNapi(
      call, "HD039", "ownership",
      "a blocking call waits for its own thread: the queue is full, and only Node's loop, which "
      "is this thread's, empties it",
      {{"made here" + ByFunction(entry->made.function), entry->made.at}});
  return napi_ok;
}

void* WrapperOf(Napi function) {
  static constexpr auto kAddress = [](auto* wrapper) { return reinterpret_cast<void*>(wrapper); };
  static const std::array<void*, static_cast<size_t>(Napi::kCount)> kWrappers = {
#define HANDRAIL_NAPI_WRAPPER(name) kAddress(&Wrapper<Napi::name, decltype(::name)>::Call),
      HANDRAIL_NAPI_FUNCTIONS(HANDRAIL_NAPI_WRAPPER)
#undef HANDRAIL_NAPI_WRAPPER
  };
  return kWrappers[static_cast<size_t>(function)];
}

}  // namespace handrail::guard
