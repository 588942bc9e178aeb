// libhandrail-audit.so: loaded into a person's own program by `handrail audit` (LD_PRELOAD), it
// puts the wrappers of Node-API into the import tables of the program's modules, addons among them
// as they are loaded, and prints what they find.
//
// A module's functions are redirected after it was relocated and before its first call: when the
// dlopen that loaded it returns. dlopen and _exit are what this library takes the place of for all;
// a module's own dlsym is redirected like its other imports, because some addons look up everything
// with it.
//
// Threads: any.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "harness/audit/node_stacks.h"
#include "harness/audit/report.h"
#include "harness/audit/settings.h"
#include "harness/audit/v8_side.h"
#include "harness/guard/handle_life.h"
#include "harness/guard/import_table.h"
#include "harness/guard/napi_watch.h"

namespace handrail::audit {
namespace {

struct Audit {
  Settings settings;
  std::unique_ptr<Report> report;
  std::mutex mutex;            // over what follows
  std::set<const void*> seen;  // modules, by their first address
  std::vector<std::unique_ptr<guard::ImportTable>> tables;
  bool watching = false;
  bool has_v8 = false;
  bool v8_tried = false;
  const V8Side* v8 = nullptr;
  pid_t process = 0;  // a fork that runs no program of its own has nothing to say
  std::atomic<bool> ended{false};
};
Audit* g_audit = nullptr;

constexpr const char* kV8GetVersion = "_ZN2v82V810GetVersionEv";

using DlOpen = void*(const char*, int);
using DlSym = void*(void*, const char*);

DlOpen* RealDlOpen() {
  static auto* const real = reinterpret_cast<DlOpen*>(dlsym(RTLD_NEXT, "dlopen"));
  return real;
}

bool IsOn(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && std::strcmp(value, "1") == 0;
}

const void* ModuleOf(const void* address) {
  Dl_info info;
  return address != nullptr && dladdr(address, &info) != 0 ? info.dli_fbase : nullptr;
}

// In place of a module's dlsym. RTLD_NEXT depends on who asks, and stays the module's own question.
void* FindForModule(void* handle, const char* name) {
  if (handle != RTLD_NEXT && name != nullptr && guard::IsNapiName(name)) {
    void* const found = dlsym(handle, name);
    // Only where the module would have got Node's own.
    if (found != nullptr && found == dlsym(RTLD_DEFAULT, name)) {
      void* const wrapper = guard::NapiWrapper(name);
      if (wrapper == nullptr) return found;
      Dl_info caller{};
      dladdr(__builtin_return_address(0), &caller);
      g_audit->report->CoverLookedUp(caller.dli_fname == nullptr ? "?" : caller.dli_fname, name);
      return wrapper;
    }
    return found;
  }
  return dlsym(handle, name);  // a jump: dlsym looks at who called it
}

// "14.6" of what V8 says of itself; empty: there is none that exports it.
std::string V8Version() {
  auto* const get = reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, kV8GetVersion));
  const std::string version = get == nullptr ? "" : get();
  return version.substr(0, version.find('.', version.find('.') + 1));
}

// The library for the V8 that is running; nullptr: there is none, and that is told.
const V8Side* LoadV8Side() {
  Dl_info self{};
  dladdr(reinterpret_cast<const void*>(&LoadV8Side), &self);
  const std::string own = self.dli_fname == nullptr ? "" : self.dli_fname;
  const std::string version = V8Version();
  const bool in_node = ModuleOf(dlsym(RTLD_DEFAULT, kV8GetVersion)) ==
                       ModuleOf(reinterpret_cast<const void*>(getauxval(AT_ENTRY)));
  const std::string path = own.substr(0, own.rfind('/') + 1) + "libhandrail-audit-v8-" + version +
                           (in_node ? "-node.so" : "-lib.so");
  if (version.empty() || access(path.c_str(), R_OK) != 0) {
    g_audit->report->CannotCover(
        "calls of V8's C++ API: handrail was not built with the headers of V8 " +
        (version.empty() ? "that is in this program" : version));
    return nullptr;
  }
  void* const library = RealDlOpen()(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  auto* const get =
      library == nullptr ? nullptr : reinterpret_cast<GetV8Side*>(dlsym(library, kV8Side));
  if (get == nullptr) {
    g_audit->report->CannotCover("calls of V8's C++ API: " + std::string(dlerror()));
    return nullptr;
  }
  return get();
}

bool CallsV8(const guard::ImportTable& table) {
  return std::any_of(
      table.imports().begin(), table.imports().end(), [](const guard::Import& import) {
        return import.name.starts_with("_ZN2v8") || import.name.starts_with("_ZNK2v8");
      });
}

// Node disposes of a worker's isolate without a call that is seen.
void ForgetAtItsEnd() {
  using AddHook = void(const void* isolate, void (*hook)(void*), void* data);
  auto* const current =
      reinterpret_cast<const void* (*)()>(dlsym(RTLD_DEFAULT, "_ZN2v87Isolate13TryGetCurrentEv"));
  auto* const add = reinterpret_cast<AddHook*>(
      dlsym(RTLD_DEFAULT, "_ZN4node25AddEnvironmentCleanupHookEPN2v87IsolateEPFvPvES3_"));
  const void* const isolate = current == nullptr || add == nullptr ? nullptr : current();
  thread_local const void* last = nullptr;
  if (isolate == nullptr || isolate == last) return;
  last = isolate;
  add(
      isolate,
      [](void*) {
        last = nullptr;
        g_audit->v8->forget();
      },
      nullptr);
}

int CoverV8(const guard::LoadedModule& module) {
  if (!g_audit->v8_tried) {
    g_audit->v8_tried = true;
    g_audit->v8 = LoadV8Side();
    if (g_audit->v8 != nullptr) {
      guard::AddNames(g_audit->v8->name);
      LeaveStacksTo(g_audit->v8->stack, g_audit->v8->forget);
    }
  }
  if (g_audit->v8 == nullptr) return 0;
  const V8Covered covered = g_audit->v8->cover(
      module.address, [](const guard::Misuse& misuse) { g_audit->report->Tell(misuse); });
  for (const std::string& what : covered.not_covered) g_audit->report->CannotCover(what);
  return covered.functions;
}

void CoverModule(const guard::LoadedModule& module, bool at_start) {
  guard::NapiCoverage coverage;
  if (g_audit->watching) coverage = guard::WatchNapiImports(module.address);
  int functions = coverage.functions;
  auto table = std::make_unique<guard::ImportTable>(guard::ImportTable::OfModuleAt(module.address));
  if (CallsV8(*table)) functions += CoverV8(module);
  for (const guard::Import& import : table->imports()) {
    if (at_start || import.name != "dlsym") continue;
    if (!table->Redirect(import, reinterpret_cast<void*>(&FindForModule))) {
      g_audit->report->CannotCover(module.path + ": its dlsym cannot be redirected");
    }
  }
  g_audit->tables.push_back(std::move(table));
  if (functions > 0) g_audit->report->Cover({module.path, functions});
  for (const std::string& what : coverage.not_covered) {
    if (!at_start) g_audit->report->CannotCover(what);
  }
}

void StartWatch() {
  guard::NapiOptions options;
  options.report = [](const guard::Misuse& misuse) { g_audit->report->Tell(misuse); };
  options.stack = NodeStack;
  options.ends = ForgetNodeStack;
  guard::StartNapiWatch(options);
  g_audit->watching = true;
}

// Looks at the modules that have come since the last time.
void CoverNewModules(bool at_start) {
  const std::lock_guard lock(g_audit->mutex);
  const void* const node = ModuleOf(dlsym(RTLD_DEFAULT, "napi_create_object"));
  const void* const v8 = ModuleOf(dlsym(RTLD_DEFAULT, kV8GetVersion));
  if (node == nullptr && v8 == nullptr) return;  // neither is here, or not yet
  if (node != nullptr && !g_audit->watching) StartWatch();
  g_audit->has_v8 = true;
  const void* const self = ModuleOf(reinterpret_cast<const void*>(&CoverNewModules));
  for (const guard::LoadedModule& module : guard::LoadedModules()) {
    if (!g_audit->seen.insert(module.address).second) continue;
    const void* const base = ModuleOf(module.address);
    const bool ours = module.path.find("/libhandrail-audit") != std::string::npos;
    if (base == node || base == v8 || base == self || ours) continue;
    CoverModule(module, at_start);
  }
  if (g_audit->v8 != nullptr) ForgetAtItsEnd();
}

// Children get what they need from the environment; with --no-children they must not get it.
void ForgetInChildren() {
  const char* preload = std::getenv("LD_PRELOAD");
  std::string rest;
  for (const char* at = preload; at != nullptr && *at != '\0';) {
    const size_t length = std::strcspn(at, ": ");
    const std::string one(at, length);
    if (!one.ends_with(kLibrary) && !one.empty()) rest += (rest.empty() ? "" : ":") + one;
    at += length;
    if (*at != '\0') ++at;
  }
  if (rest.empty()) {
    unsetenv("LD_PRELOAD");
  } else {
    setenv("LD_PRELOAD", rest.c_str(), 1);
  }
}

Settings ReadSettings() {
  Settings settings;
  if (const char* log = std::getenv(kLogVariable)) {
    const int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd >= 0) settings.fd = fd;
  } else {
    // The program may close or redirect its own.
    const int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
    if (fd >= 0) settings.fd = fd;
  }
  if (const char* code = std::getenv(kExitCodeVariable)) settings.exit_code = std::atoi(code);
  settings.at_exit = IsOn(kAtExitVariable);
  settings.verbose = IsOn(kVerboseVariable);
  const char* program = std::getenv(kProcessVariable);
  settings.the_program = program != nullptr && std::atoi(program) == getpid();
  return settings;
}

__attribute__((constructor)) void Start() {
  if (std::getenv(kProcessVariable) == nullptr)
    return;             // loaded by something else than `handrail audit`
  g_audit = new Audit;  // as long as the process
  g_audit->process = getpid();
  g_audit->settings = ReadSettings();
  g_audit->report = std::make_unique<Report>(g_audit->settings);
  std::string problem;
  const char* suppressions = std::getenv(kSuppressionsVariable);
  if (suppressions != nullptr && *suppressions != '\0' &&
      !g_audit->report->suppressions().Read(suppressions, &problem)) {
    g_audit->report->CannotCover("suppressions: " + problem);
  }
  if (IsOn(kNoChildrenVariable)) ForgetInChildren();
  CoverNewModules(true);
}

// The exit code that there must be instead of the program's; 0: its own.
int Conclude() {
  if (g_audit == nullptr || getpid() != g_audit->process || g_audit->ended.exchange(true)) return 0;
  if (g_audit->watching) {
    guard::ConcludeNapi([](const guard::Misuse& misuse) { g_audit->report->TellOpen(misuse); });
    if (const std::string problem = HandleProblem(); !problem.empty()) {
      g_audit->report->CannotCover(problem);
    }
  } else if (g_audit->settings.the_program && !g_audit->has_v8) {
    g_audit->report->CannotCover(
        "this program: it has no Node-API and no V8, or they are linked into it and export "
        "nothing");
  }
  return g_audit->report->Summarize() == 0 ? 0 : g_audit->settings.exit_code;
}

[[noreturn]] void Leave(int status) {
  syscall(SYS_exit_group, status);
  __builtin_unreachable();
}

__attribute__((destructor)) void End() {
  const int code = Conclude();
  if (code == 0) return;
  std::fflush(nullptr);
  Leave(code);
}

[[noreturn]] void EndAndLeave(int status) {
  const int code = Conclude();
  Leave(code == 0 ? status : code);
}

}  // namespace
}  // namespace handrail::audit

// The program's dlopen. A name without a '/' is looked for where the caller's own run path says:
// that call is passed on as a jump, so that the linker sees the caller.
extern "C" __attribute__((visibility("default"))) void* dlopen(const char* path, int flags) {
  using namespace handrail::audit;
  DlOpen* const real = RealDlOpen();
  if (path == nullptr || std::strchr(path, '/') == nullptr || g_audit == nullptr)
    return real(path, flags);
  void* const handle = real(path, flags);
  if (handle != nullptr) CoverNewModules(false);
  return handle;
}

// A program may leave without what runs at its exit, as shells do. Nothing else of it is run here
// either.
extern "C" __attribute__((visibility("default"))) void _exit(int status) {
  handrail::audit::EndAndLeave(status);
}
extern "C" __attribute__((visibility("default"))) void _Exit(int status) {
  handrail::audit::EndAndLeave(status);
}
