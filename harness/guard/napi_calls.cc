#include "harness/guard/napi_calls.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "harness/guard/import_table.h"
#include "harness/guard/thunk.h"

namespace handrail::guard {
namespace {

constexpr auto kFunctions = static_cast<size_t>(Napi::kCount);
constexpr size_t kMostCallbacks = 10'000;  // distinct ones; more means code that is made as it runs

constexpr std::array<const char*, kFunctions> kNames = {
#define HANDRAIL_NAPI_NAME(name) #name,
    HANDRAIL_NAPI_FUNCTIONS(HANDRAIL_NAPI_NAME)
#undef HANDRAIL_NAPI_NAME
};

struct Callback {
  NapiCallback kind;
  const void* function;
};

struct OpenScope {
  const void* scope;
  size_t depth;  // callbacks that were active
  Site opened;
};

struct Environment {
  std::thread::id owner{};
  const void* isolate = nullptr;
  bool pending = false;  // as far as we know
  bool ended = false;    // its hooks have run: another may get its address
  Site threw{};
  std::vector<OpenScope> scopes{};
};

// A callback that has not returned.
struct Frame {
  const Call* call;
  const Callback* callback;
  napi_env env;
  HandleStack* stack;
  uintptr_t* next;
  size_t depth = 0;  // as the stack counts callbacks
};

struct Watch {
  NapiOptions options;
  std::array<const void*, kFunctions> real{};
  const void* (*current)() = nullptr;  // the isolate that is current on this thread
  NapiBook things;
  ChunkKeeper chunks;
  std::mutex mutex;  // over what follows
  std::map<napi_env, std::unique_ptr<Environment>> environments;
  std::map<std::pair<NapiCallback, const void*>, void*> wrapped;
  std::deque<Callback> callbacks;
  ThunkArena arena;
  std::vector<std::unique_ptr<ImportTable>> tables;
};
Watch* g_watch = nullptr;

thread_local constinit bool t_inside = false;
std::vector<Frame>& Frames() {
  thread_local std::vector<Frame> frames;
  return frames;
}

std::string NameOfNapi(uint32_t number) {
  const uint32_t index = number - kFirstNapiNumber;
  return number >= kFirstNapiNumber && index < kFunctions ? kNames[index] : "";
}

Environment* Find(napi_env env) {
  const std::lock_guard lock(g_watch->mutex);
  const auto found = g_watch->environments.find(env);
  return found == g_watch->environments.end() ? nullptr : found->second.get();
}

void EnvironmentEnds(void* env) {
  if (Environment* const known = Find(static_cast<napi_env>(env))) known->ended = true;
  if (g_watch->options.ends != nullptr) g_watch->options.ends();
}

// An environment belongs to the thread on which it is first seen with an isolate.
Environment* EnvironmentOf(napi_env env) {
  Environment* const known = Find(env);
  const bool another =
      known != nullptr && known->ended && known->owner != std::this_thread::get_id();
  if (known != nullptr && !another) return known;
  const void* const isolate = g_watch->current == nullptr ? nullptr : g_watch->current();
  if (isolate == nullptr) return nullptr;
  // The first hook to be added is the last to be called.
  using AddHook = decltype(::napi_add_env_cleanup_hook)*;
  const void* const add = RealNapi(Napi::napi_add_env_cleanup_hook);
  if (add != nullptr) {
    reinterpret_cast<AddHook>(const_cast<void*>(add))(env, EnvironmentEnds, env);
  }
  const std::lock_guard lock(g_watch->mutex);
  auto& entry = g_watch->environments[env];
  entry = std::make_unique<Environment>();
  entry->owner = std::this_thread::get_id();
  entry->isolate = isolate;
  return entry.get();
}

// Certain: a thread that is inside the environment's isolate may call, whichever thread it is.
bool OnWrongThread(const Environment& environment) {
  return environment.owner != std::this_thread::get_id() && g_watch->current != nullptr &&
         g_watch->current() != environment.isolate;
}

// A thread that calls where it may not does so over and over. It is told once a place, so that the
// telling does not change how the threads meet.
bool ToldHere(const void* at) {
  thread_local std::array<const void*, 16> told{};
  thread_local size_t next = 0;
  if (std::find(told.begin(), told.end(), at) != told.end()) return true;
  told[next++ % told.size()] = at;
  return false;
}

void Report(const Misuse& misuse) {
  t_inside = true;
  g_watch->options.report(misuse);
  t_inside = false;
}

bool IsPending(napi_env env) {
  using IsExceptionPending = decltype(::napi_is_exception_pending)*;
  bool pending = false;
  const auto ask = reinterpret_cast<IsExceptionPending>(
      const_cast<void*>(RealNapi(Napi::napi_is_exception_pending)));
  return ask != nullptr && ask(env, &pending) == napi_ok && pending;
}

// Callbacks that were left by an exception or longjmp lie below the one that is called now.
void Prune(const void* here) {
  std::vector<Frame>& frames = Frames();
  while (!frames.empty() && static_cast<const void*>(frames.back().call) < here) frames.pop_back();
}

const void* BeforeCallback(void* what, Call* call) {
  const auto* callback = static_cast<const Callback*>(what);
  Prune(call);
  Frame frame{call, callback, reinterpret_cast<napi_env>(call->registers[0]), nullptr, nullptr};
  Environment* const environment = frame.env == nullptr ? nullptr : EnvironmentOf(frame.env);
  const bool elsewhere = callback->kind == NapiCallback::kExecute || environment == nullptr ||
                         OnWrongThread(*environment);
  if (!elsewhere) {
    environment->pending = false;
    if (g_watch->options.stack != nullptr) frame.stack = g_watch->options.stack(frame.env);
  }
  if (callback->kind == NapiCallback::kComplete) {
    g_watch->things.Completes(callback->function, reinterpret_cast<void*>(call->registers[2]));
  }
  if (frame.stack != nullptr) {
    frame.depth = frame.stack->EnterCallback();
    frame.next = frame.stack->area()->next;
  }
  Frames().push_back(frame);
  return callback->function;
}

void TellScopesLeftOpen(Environment& environment, size_t depth) {
  while (!environment.scopes.empty() && environment.scopes.back().depth >= depth) {
    const OpenScope open = environment.scopes.back();
    environment.scopes.pop_back();
    if (!g_watch->options.quarantine) continue;
    Report({"HD030",
            "quarantine",
            "a callback returned and had not closed a handle scope that it had opened",
            {{"opened here" + ByFunction(open.opened.function), open.opened.at}}});
  }
}

// What a callback returns is read by Node before the callback's scope closes.
uintptr_t* ResultOf(const Frame& frame, Call& call) {
  if (frame.callback->kind != NapiCallback::kFunction || call.value == 0) return nullptr;
  auto* const slot = reinterpret_cast<uintptr_t*>(call.value);
  const SlotState state = ExamineSlot(frame.stack, slot, &call);
  if (state == SlotState::kFine) return slot;
  Misuse misuse{state == SlotState::kDead ? "HD001" : "HD003",
                "quarantine",
                "a callback returned a napi_value whose scope had closed",
                {}};
  if (state == SlotState::kDead) misuse.life = LifeOf(*frame.stack, slot);
  misuse.life.push_back({"returned by this callback",
                         static_cast<const char*>(frame.callback->function) + 1});
  Report(misuse);
  call.value = 0;
  return nullptr;
}

void AfterCallback(void* what, Call* call) {
  std::vector<Frame>& frames = Frames();
  Prune(call);
  if (frames.empty() || frames.back().call != call || frames.back().callback != what) return;
  const Frame frame = frames.back();
  if (frame.stack != nullptr) {
    uintptr_t* const result = g_watch->options.quarantine ? ResultOf(frame, *call) : nullptr;
    frame.stack->LeaveCallback(frame.depth, frame.next, {}, result);
  }
  if (frame.callback->kind != NapiCallback::kExecute && frame.env != nullptr) {
    if (Environment* const environment = Find(frame.env)) {
      environment->pending = false;
      TellScopesLeftOpen(*environment, frames.size());
    }
  }
  frames.pop_back();
}

}  // namespace

const void* RealNapi(Napi function) { return g_watch->real[static_cast<size_t>(function)]; }
const char* NapiName(Napi function) { return kNames[static_cast<size_t>(function)]; }
bool NapiOwnership() { return g_watch->options.ownership; }
NapiBook& Things() { return g_watch->things; }
ChunkKeeper& Chunks() { return g_watch->chunks; }

bool BeforeNapi(NapiCall& call) {
  if (t_inside || g_watch == nullptr) return false;
  call.watched = true;
  if (call.env == nullptr) return true;
  Environment* const environment = EnvironmentOf(call.env);
  if (environment == nullptr) return true;
  if (OnWrongThread(*environment)) {
    if (g_watch->options.ownership && !ToldHere(call.at)) {
      const bool in_execute =
          !Frames().empty() && Frames().back().callback->kind == NapiCallback::kExecute;
      ReportNapi(call, "IS006", "ownership",
                 in_execute
                     ? "the execute of asynchronous work called Node-API, on a thread of the pool"
                     : "Node-API was called on a thread that is not its environment's");
    }
    return true;
  }
  call.pending = environment->pending && call.function != Napi::napi_get_last_error_info &&
                 IsPending(call.env);
  if (g_watch->options.stack != nullptr && g_watch->options.quarantine) {
    call.stack = g_watch->options.stack(call.env);
  }
  if (call.stack == nullptr) return true;
  call.stack->Before(call.site());
  call.next_before = call.stack->area()->next;
  return true;
}

void AfterNapi(NapiCall& call, napi_status status) {
  if (call.stack != nullptr) call.stack->After(call.site(), call.next_before);
  Environment* const environment = call.env == nullptr ? nullptr : Find(call.env);
  if (environment == nullptr || environment->owner != std::this_thread::get_id()) return;
  if (call.function == Napi::napi_get_and_clear_last_exception) environment->pending = false;
  if (status != napi_pending_exception) return;
  if (call.pending) {
    if (!g_watch->options.ownership) return;
    ReportNapi(call, "HD034", "ownership", "a call did nothing, an exception was pending",
               {{"an exception was left pending here" + ByFunction(environment->threw.function),
                 environment->threw.at}});
    return;
  }
  environment->pending = true;
  environment->threw = call.site();
}

void AbandonNapi(const NapiCall& call) {
  if (call.stack != nullptr) call.stack->After(call.site(), call.stack->area()->next);
}

void ReportNapi(const NapiCall& call, const char* code, const char* detector, std::string message,
                std::vector<Station> life) {
  life.push_back({std::string("used here by ") + NapiName(call.function), call.at});
  Report({code, detector, std::move(message), std::move(life)});
}

bool CheckValue(const NapiCall& call, napi_value value) {
  if (!g_watch->options.quarantine) return true;
  const auto* const slot = reinterpret_cast<const uintptr_t*>(value);
  const SlotState state = ExamineSlot(call.stack, slot, &call);
  if (state == SlotState::kFine) return true;
  if (state == SlotState::kFrameIsGone) {
    ReportNapi(call, "HD003", "quarantine",
               "a napi_value was used whose frame has returned: the argument of a callback, kept");
    return false;
  }
  const Slot* const record = call.stack->Find(slot);
  const auto info = kFirstNapiNumber + static_cast<uint32_t>(Napi::napi_get_cb_info);
  const bool argument = record != nullptr && record->made_by == info;
  const Death* const death = record == nullptr ? nullptr : call.stack->DeathOf(*record);
  const bool by_callback = death != nullptr && death->by_callback;
  ReportNapi(call, argument ? "HD003" : "HD001", "quarantine",
             argument      ? "the argument of a callback was used after the callback had returned"
             : by_callback ? "a napi_value was used after the callback that made it had returned"
                           : "a napi_value was used after its handle scope had closed",
             LifeOf(*call.stack, slot));
  return false;
}

void NoteValue(const NapiCall& call, napi_value* value) {
  if (call.stack == nullptr || value == nullptr || *value == nullptr) return;
  const auto* const slot = reinterpret_cast<const uintptr_t*>(*value);
  if (!call.stack->IsFine(slot)) call.stack->Revive(slot);
}

void NoteScope(const NapiCall& call, const void* scope) {
  Environment* const environment = Find(call.env);
  if (environment == nullptr || environment->owner != std::this_thread::get_id()) return;
  environment->scopes.push_back({scope, Frames().size(), call.site()});
}

void CheckScopeCloses(const NapiCall& call, const void* scope) {
  Environment* const environment = Find(call.env);
  if (environment == nullptr || environment->owner != std::this_thread::get_id()) return;
  std::vector<OpenScope>& scopes = environment->scopes;
  const auto found = std::find_if(scopes.rbegin(), scopes.rend(),
                                  [&](const OpenScope& open) { return open.scope == scope; });
  if (found == scopes.rend()) return;  // opened before we looked, or on another thread
  const OpenScope open = *found;
  const OpenScope inner = scopes.back();
  scopes.erase(std::next(found).base());
  if (inner.scope == scope || !g_watch->options.quarantine) return;
  ReportNapi(
      call, "HD031", "quarantine", "a handle scope was closed while one inside it was open",
      {{"opened here", open.opened.at}, {"the one inside it was opened here", inner.opened.at}});
}

const void* WrapNapiCallback(NapiCallback kind, const void* function) {
  if (function == nullptr || g_watch == nullptr) return function;
  const std::lock_guard lock(g_watch->mutex);
  if (g_watch->arena.Contains(function)) return function;
  const auto found = g_watch->wrapped.find({kind, function});
  if (found != g_watch->wrapped.end()) return found->second;
  if (g_watch->wrapped.size() >= kMostCallbacks) return function;
  g_watch->callbacks.push_back({kind, function});
  void* const thunk = g_watch->arena.Make({.function = function,
                                           .what = &g_watch->callbacks.back(),
                                           .before = BeforeCallback,
                                           .after = AfterCallback});
  if (thunk == nullptr) return function;
  g_watch->wrapped[{kind, function}] = thunk;
  return thunk;
}

const void* CallbackBehind(const void* thunk) {
  if (g_watch == nullptr) return thunk;
  const std::lock_guard lock(g_watch->mutex);
  for (const auto& [callback, wrapped] : g_watch->wrapped) {
    if (wrapped == thunk) return callback.second;
  }
  return thunk;
}

bool IsThreadOf(const void* env) {
  const Environment* const environment = Find(static_cast<napi_env>(const_cast<void*>(env)));
  return environment != nullptr && environment->owner == std::this_thread::get_id();
}

void StartNapiWatch(const NapiOptions& options) {
  if (g_watch != nullptr) return;
  auto* const watch = new Watch;  // as long as the process: wrappers look at it
  watch->options = options;
  for (size_t i = 0; i < kFunctions; ++i) watch->real[i] = dlsym(RTLD_DEFAULT, kNames[i]);
  // Known in every V8 from 10.2 on; on a thread without an isolate it gives nullptr.
  void* current = dlsym(RTLD_DEFAULT, "_ZN2v87Isolate13TryGetCurrentEv");
  if (current == nullptr) current = dlsym(RTLD_DEFAULT, "_ZN2v87Isolate10GetCurrentEv");
  watch->current = reinterpret_cast<const void* (*)()>(current);
  AddNames(NameOfNapi);
  g_watch = watch;
}

bool IsNapiName(std::string_view name) {
  return name.starts_with("napi_") || name.starts_with("node_api_");
}

void* NapiWrapper(std::string_view name) {
  for (size_t i = 0; g_watch != nullptr && i < kFunctions; ++i) {
    if (name == kNames[i]) return g_watch->real[i] == nullptr ? nullptr : WrapperOf(Napi(i));
  }
  return nullptr;
}

NapiCoverage WatchNapiImports(const void* module) {
  NapiCoverage coverage;
  auto table = std::make_unique<ImportTable>(ImportTable::OfModuleAt(module));
  if (!table->problem().empty()) {
    coverage.not_covered.push_back(table->path() + ": " + table->problem());
    return coverage;
  }
  for (const Import& import : table->imports()) {
    if (!IsNapiName(import.name)) continue;
    void* const wrapper = NapiWrapper(import.name);
    if (wrapper == nullptr) continue;
    if (table->Redirect(import, wrapper)) {
      ++coverage.functions;
    } else {
      coverage.not_covered.push_back(std::string(import.name) + ": its entry cannot be changed");
    }
  }
  const std::lock_guard lock(g_watch->mutex);
  g_watch->tables.push_back(std::move(table));
  return coverage;
}

namespace {

bool HasEnded(const void* env) {
  const Environment* const known = Find(static_cast<napi_env>(const_cast<void*>(env)));
  return known != nullptr && known->ended;
}

}  // namespace

void ConcludeNapi(const ReportMisuse& report) {
  if (g_watch == nullptr) return;
  static constexpr std::array<std::pair<const char*, const char*>, 5> kWhat = {
      {{"reference was", "references were"},
       {"promise was", "promises were"},
       {"piece of asynchronous work was", "pieces of asynchronous work were"},
       {"thread-safe function was", "thread-safe functions were"},
       {"asynchronous context was", "asynchronous contexts were"}}};
  for (const NapiBook::Left& left : g_watch->things.Conclude(HasEnded)) {
    if (!g_watch->options.ownership) continue;
    const auto& [one, many] = kWhat.at(static_cast<size_t>(left.thing));
    const bool promise = left.thing == NapiThing::kDeferred;
    report({promise ? "PR011" : "HD033",
            "ownership",
            std::to_string(left.count) + " " + (left.count == 1 ? one : many) +
                (promise ? " never settled: no napi_deferred was concluded"
                         : " still open when the environment ended"),
            {{"made here" + ByFunction(left.made.function), left.made.at}}});
  }
}

}  // namespace handrail::guard
