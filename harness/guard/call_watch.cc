#include "harness/guard/call_watch.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "harness/engine/handle_area.h"
#include "harness/guard/global_book.h"
#include "harness/guard/handle_life.h"
#include "harness/guard/import_table.h"
#include "harness/guard/isolate_book.h"
#include "harness/guard/signature.h"
#include "harness/guard/thunk.h"

namespace handrail::guard {
namespace {

// What is special about a function, besides its handles.
enum class Role : uint8_t {
  kPlain,
  kAnyThread,        // V8 allows it on every thread
  kLock,             // constructor of a Locker, on any thread
  kEnter,            // Isolate::Enter
  kExit,             // Isolate::Exit
  kNewIsolate,       // returns an isolate that begins
  kDisposeIsolate,   // Isolate::Dispose
  kOpenScope,        // constructor of a HandleScope that is not inlined
  kCloseScope,       // its destructor
  kOpenEscapable,    // constructor of an EscapableHandleScope
  kEscape,           // puts a handle into its parent's slot
  kExtend,           // gets a new block for a header, which only then moves `next` into it
  kNumberOfHandles,  // counts quarantined slots too
  kGlobalize,        // makes a Global of a slot
  kGlobalizeValue,   // makes a Global of the value that a header has read from a slot
  kCopyGlobal,
  kResetGlobal,
  kWeaken,
};

struct Watched {
  const Signature* signature;
  const void* function;
  uint32_t number;
  Role role;
  // Of the signature, what is asked for at each call: which registers hold a handle, then which arrays.
  uint8_t handles = 0;
  uint8_t handle_in[6] = {};
  bool arrays = false;
  bool callbacks = false;
  bool returns_handle = false;
  bool after = false;  // there is something to do after the call
};

struct Callback {
  const void* function;
};

// A HandleScope whose constructor was seen.
struct OpenedScope {
  const void* scope;
  v8::Isolate* isolate;
  uint64_t generation;  // of the isolate
  Site site;
};

// What one thread is doing. Lives in static thread-local storage, so that reaching it is one load.
struct ThreadState {
  v8::Isolate* isolate;  // `stack` is of this one
  HandleStack* stack;
  KnownIsolate* known;
  int64_t calls;
  std::vector<OpenedScope>* scopes;
  const void* escaped;          // the EscapableHandleScope that was escaped from last
  bool inside;                  // our own calls of V8 are not watched
};
__attribute__((tls_model("initial-exec"))) thread_local constinit ThreadState t_state{};

struct Watch {
  WatchOptions options;
  std::unique_ptr<SignatureTable> signatures;
  ThunkArena arena;
  std::mutex mutex;  // over what follows
  std::vector<std::unique_ptr<Watched>> functions;
  std::map<const void*, void*> thunk_of;     // by the function behind it
  std::map<const void*, void*> callbacks;    // by the embedder's callback
  std::vector<std::unique_ptr<Callback>> callback_records;
  std::vector<std::unique_ptr<ImportTable>> tables;
  Coverage coverage;
  IsolateBook isolates;
  GlobalBook globals;
  std::set<const void*> scopes_reported;
  std::atomic<int64_t> calls{0};
  v8::Isolate* (*current)() = nullptr;
  std::atomic<bool> locker_used{false};
};
Watch* g_watch = nullptr;

// Of this thread; kept where it is reached without asking whether it was made.
std::vector<OpenedScope>& OpenedScopes() {
  if (t_state.scopes == nullptr) [[unlikely]] {
    static thread_local std::vector<OpenedScope> scopes;
    t_state.scopes = &scopes;
  }
  return *t_state.scopes;
}

uint64_t GenerationOf(v8::Isolate* isolate) {
  if (isolate == t_state.isolate && t_state.known != nullptr) [[likely]] return t_state.known->generation;
  return g_watch->isolates.GenerationOf(isolate);
}

class Inside {
 public:
  Inside() : was_(t_state.inside) { t_state.inside = true; }
  ~Inside() { t_state.inside = was_; }

 private:
  bool was_;
};

std::string NameOf(uint32_t number) {
  const std::lock_guard lock(g_watch->mutex);
  return number == 0 || number > g_watch->functions.size()
             ? std::string()
             : g_watch->functions[number - 1]->signature->name;
}

// A program that steps through itself instruction by instruction does not step through our reports.
class NotStepped {
 public:
  NotStepped() {
    asm volatile("pushfq; popq %0" : "=r"(flags_)::"memory");
    if ((flags_ & kTrap) != 0) Set(flags_ & ~kTrap);
  }
  ~NotStepped() {
    if ((flags_ & kTrap) != 0) Set(flags_);
  }

 private:
  static constexpr uint64_t kTrap = 0x100;
  static void Set(uint64_t flags) { asm volatile("pushq %0; popfq" ::"r"(flags) : "memory", "cc"); }
  uint64_t flags_;
};

void Report(const Misuse& misuse) {
  const NotStepped not_stepped;
  const Inside inside;
  g_watch->options.report(misuse);
}

Site SiteOf(const Watched& watched, const Call& call) { return {call.return_address, watched.number}; }

// --- whose isolate this is

bool HoldsLock(v8::Isolate* isolate) {
  const Inside inside;
  return v8::Locker::IsLocked(isolate);
}

// Whether this thread may use the isolate: it is the one inside, or holds the lock, or nobody is inside
// and nobody has ever locked it. Then it is the owner from here on.
bool MayUse(KnownIsolate& known) {
  const std::thread::id self = std::this_thread::get_id();
  if (HoldsLock(known.isolate)) {
    known.locked_once = true;
    known.owner = self;
    return true;
  }
  if (known.locked_once) return false;
  if (known.owner != self && known.entered != 0) return false;
  known.owner = self;
  return true;
}

// False: reported.
bool CheckThread(KnownIsolate& known, const Watched& watched, const Call& call) {
  if (MayUse(known)) return true;
  Report({"IS004",
          "ownership",
          "V8 was called on a thread that neither owns this isolate nor holds a v8::Locker of it",
          {{"called here: " + watched.signature->name, call.return_address}}});
  return false;
}

// The current isolate is another than at this thread's last call.
HandleStack* SwitchTo(v8::Isolate* isolate, const Watched& watched, const Call& call) {
  t_state.isolate = isolate;
  t_state.stack = nullptr;
  t_state.known = nullptr;
  if (isolate == nullptr || !g_watch->options.quarantine) return nullptr;
  if (KnownIsolate* known = g_watch->isolates.Find(isolate)) {
    // Where it may not be, we do not go either: V8 would end the process at our own scope.
    const bool any_thread = watched.role == Role::kAnyThread || watched.role == Role::kLock;
    if (!g_watch->options.ownership ? !MayUse(*known)
                                    : !any_thread && !CheckThread(*known, watched, call)) {
      return nullptr;
    }
  }
  {
    const bool locked = HoldsLock(isolate);
    // V8 before 13 ends the process at any scope without a lock, ours too, once there was a Locker.
    if (g_watch->locker_used && !locked && engine::kLockerIsForAll) return nullptr;
    const Inside inside;
    t_state.stack =
        g_watch->isolates.StackOf(isolate, locked, g_watch->options.max_blocks, [isolate] {
          const Inside making;
          static_cast<void>(v8::Integer::New(isolate, 1));  // a Smi: nothing is allocated on the heap
        });
    // Between two Lockers V8 frees what this thread had.
    if (locked && t_state.stack != nullptr && t_state.stack->area()->level == 0) t_state.stack->StartOver();
  }
  t_state.known = g_watch->isolates.Find(isolate);
  return t_state.stack;
}

// --- handles

void ReportStale(const Watched& watched, const Call& call, const uintptr_t* slot, std::string_view type,
                 const char* as) {
  const bool in_frame = t_state.stack == nullptr || t_state.stack->Find(slot) == nullptr;
  Misuse misuse;
  misuse.code = in_frame ? "HD003" : "HD001";
  misuse.detector = "quarantine";
  std::string what = type.empty() ? std::string("handle") : "v8::Local<" + std::string(type) + ">";
  misuse.message = in_frame
                       ? "a " + what + " was used whose frame has returned: the argument of a callback, kept"
                       : "a " + what + " was used after its HandleScope had closed";
  if (!in_frame) misuse.life = LifeOf(*t_state.stack, slot);
  misuse.life.push_back({std::string("used here as ") + as + " of " + watched.signature->name,
                         call.return_address});
  Report(std::move(misuse));
}

void ReportForeign(const Watched& watched, const Call& call, std::string_view type) {
  Report({"HD004",
          "ownership",
          "a v8::Local<" + std::string(type) + "> of another isolate was passed in",
          {{"passed here to " + watched.signature->name, call.return_address}}});
}

// Whether the handle may not be used. Rare ones only come here: those that are not in the topmost block.
enum class Verdict : uint8_t { kFine, kStale, kForeign, kNotInside };

Verdict Examine(const uintptr_t* slot, const Call& call) {
  if (t_state.isolate == nullptr) {
    return g_watch->isolates.OwnerOf(slot, nullptr) == nullptr ? Verdict::kFine : Verdict::kNotInside;
  }
  if (ExamineSlot(t_state.stack, slot, &call) != SlotState::kFine) return Verdict::kStale;
  if (t_state.stack != nullptr && t_state.stack->Owns(slot)) return Verdict::kFine;
  if (g_watch->options.ownership && t_state.isolate != nullptr &&
      g_watch->isolates.OwnerOf(slot, t_state.isolate) != nullptr) {
    return Verdict::kForeign;
  }
  return Verdict::kFine;
}

const void* Refuse(void*, void*, void*, void*, void*, void*) { return nullptr; }

// False: the call had better not be made.
bool CheckHandle(const Watched& watched, Call& call, uint64_t& argument, std::string_view type,
                 const char* as) {
  const auto* slot = reinterpret_cast<const uintptr_t*>(argument);
  const Verdict verdict = Examine(slot, call);
  if (verdict == Verdict::kFine) return true;
  if (verdict == Verdict::kForeign) {
    ReportForeign(watched, call, type);
    return true;
  }
  if (verdict == Verdict::kNotInside) {
    if (!g_watch->options.ownership) return true;
    Report({"IS004", "ownership", "a handle was used on a thread that is in no isolate",
            {{std::string("used here as ") + as + " of " + watched.signature->name, call.return_address}}});
    return false;
  }
  ReportStale(watched, call, slot, type, as);
  const Inside inside;
  const uintptr_t* other = t_state.known == nullptr || t_state.isolate == nullptr
                               ? nullptr
                               : t_state.known->stand_ins->For(t_state.isolate, type);
  if (other == nullptr) return false;
  argument = reinterpret_cast<uint64_t>(other);
  return true;
}

bool CheckArray(const Watched& watched, Call& call, int array, int count_in) {
  const auto* slots = reinterpret_cast<const uintptr_t* const*>(call.registers[array]);
  if (slots == nullptr || count_in < 0 || count_in >= 6) return true;
  const auto count = static_cast<int32_t>(call.registers[count_in]);
  for (int32_t i = 0; i < std::min(count, 1 << 16); ++i) {
    if (slots[i] == nullptr || Examine(slots[i], call) == Verdict::kFine) continue;
    auto slot = reinterpret_cast<uint64_t>(slots[i]);
    // The array is the caller's own and const for V8: it is told, and the call not made.
    if (!CheckHandle(watched, call, slot, "v8::Value", "an argument") ||
        slot != reinterpret_cast<uint64_t>(slots[i])) {
      return false;
    }
  }
  return true;
}

bool CheckArrays(const Watched& watched, Call& call) {
  const std::vector<Argument>& arguments = watched.signature->registers;
  bool fine = true;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].kind != Argument::Kind::kHandles) continue;
    fine &= CheckArray(watched, call, static_cast<int>(i), arguments[i].count_in);
  }
  return fine;
}

bool CheckHandles(const Watched& watched, Call& call, const HandleStack* stack) {
  bool fine = true;
  for (uint8_t i = 0; i < watched.handles; ++i) {
    uint64_t& argument = call.registers[watched.handle_in[i]];
    const auto* slot = reinterpret_cast<const uintptr_t*>(argument);
    if (slot == nullptr || (stack != nullptr && stack->IsFine(slot))) [[likely]] continue;
    const Argument& what = watched.signature->registers[watched.handle_in[i]];
    fine &= CheckHandle(watched, call, argument, what.type,
                        what.kind == Argument::Kind::kThis ? "this" : "an argument");
  }
  if (watched.arrays) fine &= CheckArrays(watched, call);
  return fine;
}

// --- callbacks of the embedder

const void* BeforeCallback(void* what, Call* call) {
  HandleStack* const stack = t_state.stack;
  v8::Isolate* const isolate = g_watch->current();
  call->kept[0] = reinterpret_cast<uint64_t>(isolate);
  call->kept[1] = 0;
  if (stack != nullptr && isolate == t_state.isolate) {
    call->kept[3] = stack->EnterCallback();
    call->kept[1] = reinterpret_cast<uint64_t>(stack->area()->next);
    call->kept[2] = static_cast<uint64_t>(stack->area()->level);
  }
  return static_cast<const Callback*>(what)->function;
}

void AfterCallback(void*, Call* call) {
  v8::Isolate* const isolate = g_watch->current();
  if (reinterpret_cast<uint64_t>(isolate) != call->kept[0]) {
    if (g_watch->options.ownership) {
      Report({"IS005",
              "ownership",
              "a callback returned with another current isolate than it was called with",
              {}});
    }
    return;
  }
  HandleStack* const stack = t_state.stack;
  if (stack == nullptr || call->kept[1] == 0 || isolate != t_state.isolate) return;
  if (g_watch->options.ownership &&
      stack->area()->level > static_cast<int>(static_cast<int64_t>(call->kept[2]))) {
    Report({"HD006", "ownership", "a callback returned with a HandleScope of its own still open", {}});
  }
  stack->LeaveCallback(call->kept[3], reinterpret_cast<uintptr_t*>(call->kept[1]), {});
}

void WrapCallback(uint64_t& argument) {
  const auto* const function = reinterpret_cast<const void*>(argument);
  if (function == nullptr || g_watch->arena.Contains(function)) return;
  const std::lock_guard lock(g_watch->mutex);
  void*& wrapped = g_watch->callbacks[function];
  if (wrapped == nullptr) {
    g_watch->callback_records.push_back(std::make_unique<Callback>(Callback{function}));
    wrapped = g_watch->arena.Make({.function = function,
                                   .what = g_watch->callback_records.back().get(),
                                   .before = BeforeCallback,
                                   .after = AfterCallback});
  }
  if (wrapped != nullptr) argument = reinterpret_cast<uint64_t>(wrapped);
}

void WrapCallbacks(const Watched& watched, Call& call) {
  for (size_t i = 0; i < watched.signature->registers.size(); ++i) {
    if (watched.signature->registers[i].kind == Argument::Kind::kCallback) {
      WrapCallback(call.registers[i]);
    }
  }
}

// --- Globals

void CheckGlobalsThread(v8::Isolate* isolate, const Watched& watched, const Call& call) {
  if (isolate == nullptr || isolate == t_state.isolate) return;
  KnownIsolate* const known = g_watch->isolates.Find(isolate);
  if (known == nullptr || known->owner == std::this_thread::get_id() || HoldsLock(isolate)) return;
  if (known->entered == 0) return;  // nobody is inside: it may be ended from anywhere
  Report({"HD022",
          "ownership",
          "a Global was touched on a thread that neither owns nor has locked its isolate",
          {{"called here: " + watched.signature->name, call.return_address}}});
}

// False: the call had better not be made.
bool TouchGlobal(const Watched& watched, const Call& call, uint64_t argument, bool reset) {
  const auto* const global = reinterpret_cast<const uintptr_t*>(argument);
  KnownGlobal known;
  if (!(reset ? g_watch->globals.Reset(global, &known) : g_watch->globals.Find(global, &known))) return true;
  if (!known.outlived) {
    CheckGlobalsThread(known.isolate, watched, call);
    return true;
  }
  Report({"HD023",
          "ownership",
          "a Global was used after its isolate had been disposed",
          {{"made here" + ByFunction(known.made.function), known.made.at},
           {"used here: " + watched.signature->name, call.return_address}}});
  return false;
}

// --- scopes, where V8 does not inline them

void OpenScope(const void* scope, v8::Isolate* isolate, const Site& site) {
  std::vector<OpenedScope>& scopes = OpenedScopes();
  // What lies below on the machine's stack is left over from a frame that an exception left.
  while (!scopes.empty() && scopes.back().scope <= scope) scopes.pop_back();
  scopes.push_back({scope, isolate, GenerationOf(isolate), site});
}

// False: the isolate is gone, V8 would write into whatever is there now.
bool CloseScope(const void* scope, const Watched& watched, const Call& call) {
  std::vector<OpenedScope>& scopes = OpenedScopes();
  if (scopes.empty()) return true;
  const auto opened = std::find_if(scopes.rbegin(), scopes.rend(),
                                   [&](const OpenedScope& one) { return one.scope == scope; });
  if (opened == scopes.rend()) return true;
  const OpenedScope closing = *opened;
  const bool in_order = opened == scopes.rbegin();
  scopes.erase(std::next(opened).base(), scopes.end());
  const uint64_t generation = GenerationOf(closing.isolate);
  if (in_order && (closing.generation == 0 || generation == closing.generation)) [[likely]] return true;
  std::vector<Station> life = {{"opened here", closing.site.at},
                               {"closed here: " + watched.signature->name, call.return_address}};
  if (closing.generation != 0 && generation != closing.generation) {
    if (g_watch->options.ownership) {
      Report({"HD007", "ownership", "a HandleScope was closed after its isolate had been disposed",
              std::move(life)});
    }
    return false;
  }
  if (!in_order && g_watch->options.ownership) {
    Report({"HD005", "ownership", "a HandleScope was closed before one that was opened inside it",
            std::move(life)});
  }
  return true;
}

// A second Escape of the same scope. V8 10.2 ends the process, later ones overwrite the first handle.
bool Escape(const void* scope, const Watched& watched, const Call& call) {
  if (t_state.escaped == scope && g_watch->options.ownership) {
    Report({"HD011", "ownership", "a second handle was escaped from one EscapableHandleScope",
            {{"escaped here: " + watched.signature->name, call.return_address}}});
  }
  t_state.escaped = scope;
  return true;
}

// --- the hooks

bool BeforeRole(const Watched& watched, Call& call) {
  if (watched.role == Role::kCloseScope) {
    return CloseScope(reinterpret_cast<const void*>(call.registers[0]), watched, call);
  }
  if (watched.role == Role::kOpenScope) {
    OpenScope(reinterpret_cast<const void*>(call.registers[0]),
              reinterpret_cast<v8::Isolate*>(call.registers[1]), SiteOf(watched, call));
    return true;
  }
  const NotStepped not_stepped;
  switch (watched.role) {
    case Role::kGlobalizeValue:
      CheckGlobalsThread(reinterpret_cast<v8::Isolate*>(call.registers[0]), watched, call);
      if (t_state.stack != nullptr && call.registers[1] == t_state.stack->tombstone()) {
        Report({"HD001",
                "quarantine",
                "a Global was made of a v8::Local whose HandleScope had closed",
                {{"used here: " + watched.signature->name, call.return_address}}});
      }
      return true;
    case Role::kGlobalize:
      CheckGlobalsThread(reinterpret_cast<v8::Isolate*>(call.registers[0]), watched, call);
      return call.registers[1] == 0 ||
             CheckHandle(watched, call, call.registers[1], "v8::Value", "the handle");
    case Role::kCopyGlobal:
    case Role::kWeaken:
      return TouchGlobal(watched, call, call.registers[0], false);
    case Role::kResetGlobal:
      return TouchGlobal(watched, call, call.registers[0], true);
    case Role::kCloseScope:
      return CloseScope(reinterpret_cast<const void*>(call.registers[0]), watched, call);
    case Role::kLock:
      g_watch->locker_used = true;
      return true;
    case Role::kOpenEscapable:
      t_state.escaped = nullptr;
      return true;
    case Role::kEscape:
      return Escape(reinterpret_cast<const void*>(call.registers[0]), watched, call);
    case Role::kDisposeIsolate:
      IsolateEnds(reinterpret_cast<v8::Isolate*>(call.registers[0]));
      return true;
    default:
      return true;
  }
}

void AfterRole(const Watched& watched, Call& call) {
  const NotStepped not_stepped;
  switch (watched.role) {
    case Role::kGlobalize:
    case Role::kGlobalizeValue:
      g_watch->globals.Made(reinterpret_cast<const uintptr_t*>(call.value),
                            reinterpret_cast<v8::Isolate*>(call.registers[0]), SiteOf(watched, call));
      break;
    case Role::kCopyGlobal: {
      KnownGlobal known;
      g_watch->globals.Find(reinterpret_cast<const uintptr_t*>(call.registers[0]), &known);
      g_watch->globals.Made(reinterpret_cast<const uintptr_t*>(call.value), known.isolate,
                            SiteOf(watched, call));
      break;
    }
    case Role::kNumberOfHandles:
      if (t_state.stack != nullptr) {
        const auto handles = static_cast<int32_t>(call.value) - t_state.stack->quarantined();
        call.value = static_cast<uint32_t>(std::max<int64_t>(handles, 0));
      }
      break;
    case Role::kNewIsolate:
      g_watch->isolates.Forget(reinterpret_cast<v8::Isolate*>(call.value));
      break;
    case Role::kEnter:
      g_watch->isolates.Entered(reinterpret_cast<v8::Isolate*>(call.registers[0]));
      break;
    case Role::kExit:
      g_watch->isolates.Exited(reinterpret_cast<v8::Isolate*>(call.registers[0]));
      break;
    default:
      break;
  }
}

constexpr uint64_t kNotWatched = ~uint64_t{0};

const void* BeforeCall(void* what, Call* call) {
  const auto& watched = *static_cast<const Watched*>(what);
  if (t_state.inside) [[unlikely]] {
    call->kept[0] = kNotWatched;
    return watched.function;
  }
  ++t_state.calls;
  v8::Isolate* const isolate = g_watch->current();
  HandleStack* stack = t_state.stack;
  if (isolate != t_state.isolate) [[unlikely]] stack = SwitchTo(isolate, watched, *call);
  call->kept[0] = reinterpret_cast<uint64_t>(stack);
  if (stack != nullptr) [[likely]] {
    stack->Before(SiteOf(watched, *call), watched.after);
    call->kept[1] = reinterpret_cast<uint64_t>(stack->area()->next);
  }
  bool fine = CheckHandles(watched, *call, stack);
  if (watched.role != Role::kPlain) [[unlikely]] fine &= BeforeRole(watched, *call);
  if (watched.callbacks) [[unlikely]] WrapCallbacks(watched, *call);
  if (!fine && !watched.signature->in_memory) return reinterpret_cast<const void*>(&Refuse);
  return watched.function;
}

void AfterCall(void* what, Call* call) {
  const auto& watched = *static_cast<const Watched*>(what);
  if (call->kept[0] == kNotWatched) [[unlikely]] return;
  auto* const stack = reinterpret_cast<HandleStack*>(call->kept[0]);
  if (stack != nullptr && stack == t_state.stack) [[likely]] {
    stack->After(SiteOf(watched, *call), reinterpret_cast<uintptr_t*>(call->kept[1]));
    if (watched.returns_handle && call->value != 0) {
      const auto* slot = reinterpret_cast<const uintptr_t*>(call->value);
      if (!stack->IsFine(slot)) stack->Revive(slot);
    }
  }
  if (watched.role != Role::kPlain) [[unlikely]] AfterRole(watched, *call);
}

const void* BeforeNothing(void* what, Call*) { return static_cast<const Watched*>(what)->function; }
void AfterNothing(void*, Call*) {}

// --- which function is what

Role RoleOf(std::string_view mangled, const std::string& name) {
  static const std::map<std::string, Role, std::less<>> kRoles = {
      {"v8::Isolate::Enter", Role::kEnter},
      {"v8::Isolate::Exit", Role::kExit},
      {"v8::Isolate::New", Role::kNewIsolate},
      {"v8::Isolate::Allocate", Role::kNewIsolate},
      {"node::NewIsolate", Role::kNewIsolate},
      {"v8::Isolate::Dispose", Role::kDisposeIsolate},
      {"v8::HandleScope::NumberOfHandles", Role::kNumberOfHandles},
      {"v8::api_internal::CopyGlobalReference", Role::kCopyGlobal},
      {"v8::V8::CopyGlobalReference", Role::kCopyGlobal},
      {"v8::api_internal::DisposeGlobal", Role::kResetGlobal},
      {"v8::V8::DisposeGlobal", Role::kResetGlobal},
      {"v8::api_internal::MakeWeak", Role::kWeaken},
      {"v8::V8::MakeWeak", Role::kWeaken},
      {"v8::api_internal::ClearWeak", Role::kWeaken},
      {"v8::V8::ClearWeak", Role::kWeaken},
      {"v8::HandleScope::Extend", Role::kExtend},
      {"v8::HandleScope::HandleScope", Role::kOpenScope},
      {"v8::HandleScope::~HandleScope", Role::kCloseScope},
      {"v8::EscapableHandleScope::EscapableHandleScope", Role::kOpenEscapable},
      {"v8::EscapableHandleScopeBase::EscapableHandleScopeBase", Role::kOpenEscapable},
      {"v8::EscapableHandleScope::Escape", Role::kEscape},
      {"v8::EscapableHandleScopeBase::EscapeSlot", Role::kEscape},
      {"v8::Isolate::TerminateExecution", Role::kAnyThread},
      {"v8::Isolate::CancelTerminateExecution", Role::kAnyThread},
      {"v8::Isolate::IsExecutionTerminating", Role::kAnyThread},
      {"v8::Isolate::RequestInterrupt", Role::kAnyThread},
      {"v8::Isolate::GetCurrent", Role::kAnyThread},
      {"v8::Isolate::TryGetCurrent", Role::kAnyThread},
      {"v8::Isolate::IsInUse", Role::kAnyThread},
      {"v8::Locker::IsLocked", Role::kAnyThread},
      {"v8::Locker::Initialize", Role::kLock},
      {"v8::Locker::Locker", Role::kLock},
      {"v8::Unlocker::Initialize", Role::kAnyThread},
      {"v8::Locker::~Locker", Role::kAnyThread},
      {"v8::Unlocker::~Unlocker", Role::kAnyThread},
  };
  if (name == "v8::api_internal::GlobalizeReference" || name == "v8::V8::GlobalizeReference") {
    return mangled.ends_with("Pm") ? Role::kGlobalize : Role::kGlobalizeValue;
  }
  const auto found = kRoles.find(name);
  return found == kRoles.end() ? Role::kPlain : found->second;
}

// Free functions that are not of V8's API proper pass no handles: nothing is missed without them.
bool PassesNoHandle(std::string_view mangled) {
  return mangled.starts_with("_ZN2v88platform") || mangled.starts_with("_ZN2v88internal") ||
         mangled.find("Local") == std::string_view::npos;
}

Watched WatchedOf(const Signature& signature, const void* function, uint32_t number, Role role) {
  using Kind = Argument::Kind;
  Watched watched{.signature = &signature, .function = function, .number = number, .role = role};
  for (size_t i = 0; i < signature.registers.size(); ++i) {
    const Kind kind = signature.registers[i].kind;
    if (kind == Kind::kThis || kind == Kind::kHandle) {
      watched.handle_in[watched.handles++] = static_cast<uint8_t>(i);
    }
    watched.arrays |= kind == Kind::kHandles;
    watched.callbacks |= kind == Kind::kCallback;
  }
  watched.returns_handle = !signature.result.empty();
  // What another call leaves behind is seen before the next one.
  watched.after = watched.returns_handle || signature.in_memory ||
                  (role != Role::kPlain && role != Role::kAnyThread && role != Role::kOpenScope &&
                   role != Role::kCloseScope && role != Role::kExtend);
  return watched;
}

void* ThunkFor(Watch& watch, const Import& import) {
  const bool ours = import.name.starts_with("_ZN2v8") || import.name.starts_with("_ZNK2v8");
  if (!ours) return nullptr;
  const Signature* const signature = watch.signatures->Find(import.name);
  if (signature == nullptr || !signature->understood) {
    if (signature != nullptr || !PassesNoHandle(import.name)) {
      watch.coverage.not_covered.push_back(PlainName(import.name) + ": its arguments are not understood");
    }
    return nullptr;
  }
  const void* const function = dlsym(RTLD_DEFAULT, std::string(import.name).c_str());
  if (function == nullptr) {
    watch.coverage.not_covered.push_back(PlainName(import.name) + ": not exported by this engine");
    return nullptr;
  }
  void*& thunk = watch.thunk_of[function];
  if (thunk != nullptr) return thunk;
  watch.functions.push_back(std::make_unique<Watched>(
      WatchedOf(*signature, function, static_cast<uint32_t>(watch.functions.size() + 1),
                RoleOf(import.name, signature->name))));
  thunk = watch.arena.Make({.function = function,
                            .what = watch.functions.back().get(),
                            .before = watch.options.empty ? BeforeNothing : BeforeCall,
                            .after = !watch.functions.back()->after ? nullptr
                                     : watch.options.empty          ? AfterNothing
                                                                    : AfterCall,
                            .stack_words = signature->stack_words,
                            .floats = signature->floats});
  if (thunk == nullptr) {
    watch.coverage.not_covered.push_back(signature->name + ": no memory for code can be had");
  } else {
    ++watch.coverage.functions;
  }
  return thunk;
}

}  // namespace

Coverage StartWatching(const void* module, const WatchOptions& options) {
  if (g_watch == nullptr) {
    g_watch = new Watch;  // as long as the process: thunks point to it
    g_watch->options = options;
    g_watch->signatures = std::make_unique<SignatureTable>(options.signatures);
    g_watch->current = reinterpret_cast<v8::Isolate* (*)()>(
        dlsym(RTLD_DEFAULT, "_ZN2v87Isolate10GetCurrentEv"));
    AddNames(NameOf);
  }
  Watch& watch = *g_watch;
  const std::lock_guard lock(watch.mutex);
  if (watch.tables.empty() && watch.options.empty != options.empty) {
    watch.options.empty = options.empty;
    watch.thunk_of.clear();
  }
  auto table = std::make_unique<ImportTable>(ImportTable::OfModuleAt(module));
  if (!table->problem().empty() || watch.current == nullptr) {
    watch.coverage.not_covered.push_back(
        table->path() + ": " +
        (watch.current == nullptr ? "V8 is linked into it and exports nothing" : table->problem()));
    return watch.coverage;
  }
  for (const Import& import : table->imports()) {
    void* const thunk = ThunkFor(watch, import);
    if (thunk == nullptr) continue;
    if (!table->Redirect(import, thunk)) {
      watch.coverage.not_covered.push_back(PlainName(import.name) + ": its entry cannot be changed");
    }
  }
  watch.tables.push_back(std::move(table));
  return watch.coverage;
}

void StopWatching() {
  if (g_watch == nullptr) return;
  const std::lock_guard lock(g_watch->mutex);
  for (const auto& table : g_watch->tables) table->Restore();
  g_watch->tables.clear();
}

void IsolateEnds(v8::Isolate* isolate) {
  if (g_watch == nullptr) return;
  if (g_watch->options.ownership) {
    for (const GlobalBook::Left& left : g_watch->globals.Conclude(isolate)) {
      Report({"HD024",
              "ownership",
              std::to_string(left.count) + (left.count == 1 ? " Global was" : " Globals were") +
                  " still alive when the isolate was disposed",
              {{"made here" + ByFunction(left.made.function), left.made.at}}});
    }
  }
  ForgetIsolate(isolate);
}

void ForgetIsolate(v8::Isolate* isolate) {
  if (g_watch == nullptr) return;
  g_watch->isolates.Forget(isolate);
  if (t_state.isolate == isolate) {
    t_state.isolate = nullptr;
    t_state.stack = nullptr;
    t_state.known = nullptr;
  }
}

HandleStack* StackOfThisThread() {
  if (g_watch == nullptr || g_watch->current == nullptr || t_state.inside) return nullptr;
  v8::Isolate* const isolate = g_watch->current();
  if (isolate == t_state.isolate) return t_state.stack;
  static const Signature kNone{.name = "Node-API"};
  const Watched watched{&kNone, nullptr, 0, Role::kAnyThread};
  return SwitchTo(isolate, watched, Call{});
}

WatchFigures Figures() {
  if (g_watch == nullptr) return {};
  return {t_state.calls, g_watch->isolates.buried(), g_watch->isolates.given_back()};
}

std::string FunctionName(uint32_t number) { return g_watch == nullptr ? "" : NameOf(number); }

}  // namespace handrail::guard
