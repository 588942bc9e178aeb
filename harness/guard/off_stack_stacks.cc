#include "harness/guard/off_stack_stacks.h"

#include <link.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "harness/guard/off_stack_report.h"

// Of ASan's run-time library, where the program has it.
extern "C" {
[[gnu::weak]] void* __asan_get_current_fake_stack();
[[gnu::weak]] void* __asan_addr_is_in_fake_stack(void* fake_stack, void* address, void** begin,
                                                 void** end);
}

namespace handrail::guard {
namespace {

// With an unlimited stack glibc tells all the memory down to the next mapping, where mappings to
// come will lie. No thread recurses as deep as this.
constexpr uintptr_t kDeepest = uintptr_t{256} << 20;

bool IsMainThread() { return getpid() == gettid(); }

// Lowers `bounds` to end where thread_local variables of this thread begin, if they are inside.
int EndBelowThreadLocals(dl_phdr_info* module, size_t, void* data) {
  auto& bounds = *static_cast<StackBounds*>(data);
  const auto block = reinterpret_cast<uintptr_t>(module->dlpi_tls_data);
  // Above this very frame: what lies below cannot be the top of the stack.
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (block > here && bounds.Contains(block)) bounds.size = block - bounds.low;
  return 0;
}

struct Registered {
  std::shared_mutex mutex;
  std::vector<StackBounds> stacks;  // guarded by mutex; few
  // Counts changes, so that what a thread remembers is not believed for longer than it holds.
  std::atomic<uint64_t> version{1};
};

// Never destroyed: Locals are made until the last moment of a process.
Registered& registered() {
  static auto& stacks = *new Registered;
  return stacks;
}

struct Remembered {
  StackBounds stack;
  uint64_t version = 0;
};
constinit thread_local Remembered t_remembered;

struct Asked {
  uintptr_t address;
  bool yes = false;
};

int AskThreadLocal(dl_phdr_info* module, size_t, void* data) {
  auto& asked = *static_cast<Asked*>(data);
  if (module->dlpi_tls_data == nullptr) return 0;
  const auto block = reinterpret_cast<uintptr_t>(module->dlpi_tls_data);
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const auto& header = module->dlpi_phdr[i];
    if (header.p_type == PT_TLS && asked.address - block < header.p_memsz) asked.yes = true;
  }
  return asked.yes;
}

int AskStatic(dl_phdr_info* module, size_t, void* data) {
  auto& asked = *static_cast<Asked*>(data);
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const auto& header = module->dlpi_phdr[i];
    const uintptr_t begin = module->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && asked.address - begin < header.p_memsz) asked.yes = true;
  }
  return asked.yes;
}

}  // namespace

StackBounds OwnStack() {
  StackBounds bounds;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return bounds;
  void* low = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  const uintptr_t cut = size > kDeepest ? size - kDeepest : 0;
  bounds = {reinterpret_cast<uintptr_t>(low) + cut, size - cut};
  dl_iterate_phdr(EndBelowThreadLocals, &bounds);
  return bounds;
}

bool MayHaveGrown(const StackBounds& known) {
  if (!IsMainThread()) return false;
  rlimit limit{};
  getrlimit(RLIMIT_STACK, &limit);
  // glibc rounds, and leaves out what lies above the first frame: a page or two.
  return std::min<uintptr_t>(limit.rlim_cur, kDeepest) > known.size + (uintptr_t{1} << 16);
}

bool OnRegisteredStack(uintptr_t address) {
  Registered& all = registered();
  const uint64_t version = all.version.load(std::memory_order_acquire);
  if (t_remembered.version == version && t_remembered.stack.Contains(address)) return true;
  const std::shared_lock lock(all.mutex);
  for (const StackBounds& stack : all.stacks) {
    if (!stack.Contains(address)) continue;
    t_remembered = {stack, all.version.load(std::memory_order_relaxed)};
    return true;
  }
  return false;
}

bool OnFakeStack(uintptr_t address) {
  if (__asan_get_current_fake_stack == nullptr || __asan_addr_is_in_fake_stack == nullptr) {
    return false;
  }
  void* fake = __asan_get_current_fake_stack();
  return fake != nullptr && __asan_addr_is_in_fake_stack(fake, reinterpret_cast<void*>(address),
                                                         nullptr, nullptr) != nullptr;
}

bool IsThreadLocal(uintptr_t address) {
  Asked asked{address};
  dl_iterate_phdr(AskThreadLocal, &asked);
  return asked.yes;
}

bool IsStatic(uintptr_t address) {
  Asked asked{address};
  dl_iterate_phdr(AskStatic, &asked);
  return asked.yes;
}

void RegisterStack(const void* low, const void* high) {
  const auto from = reinterpret_cast<uintptr_t>(low);
  const auto to = reinterpret_cast<uintptr_t>(high);
  Registered& all = registered();
  const std::unique_lock lock(all.mutex);
  all.stacks.push_back({from, to > from ? to - from : 0});
  ++all.version;
}

void UnregisterStack(const void* low, const void* high) {
  const auto from = reinterpret_cast<uintptr_t>(low);
  const auto to = reinterpret_cast<uintptr_t>(high);
  Registered& all = registered();
  const std::unique_lock lock(all.mutex);
  const auto at = std::find_if(all.stacks.begin(), all.stacks.end(), [&](const StackBounds& s) {
    return s.low == from && s.size == (to > from ? to - from : 0);
  });
  if (at != all.stacks.end()) all.stacks.erase(at);
  ++all.version;
}

RegisteredStack::RegisteredStack(const void* low, const void* high)
    : low_(reinterpret_cast<uintptr_t>(low)), high_(reinterpret_cast<uintptr_t>(high)) {
  RegisterStack(low, high);
}

RegisteredStack::~RegisteredStack() {
  UnregisterStack(reinterpret_cast<const void*>(low_), reinterpret_cast<const void*>(high_));
}

}  // namespace handrail::guard
