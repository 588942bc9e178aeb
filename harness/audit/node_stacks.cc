#include "harness/audit/node_stacks.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "harness/guard/napi_functions.h"

namespace handrail::audit {
namespace {

using guard::HandleArea;
using guard::HandleStack;

constexpr int kMostBlocks = 8;
constexpr size_t kSearched = 16 << 10;  // bytes; every isolate is larger by far
constexpr int kProofs = 4;
constexpr int kMostLevel = 1 << 16;

// A Smi of a 64-bit V8 with and without compressed pointers: the lowest bit, and here the lower
// half, is 0.
constexpr uintptr_t kTombstone = uintptr_t{0x57A1E} << 36;

template <class Function>
Function* Find(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

const void* CurrentIsolate() {
  static const auto current = [] {
    auto* found = Find<const void*()>("_ZN2v87Isolate13TryGetCurrentEv");
    return found != nullptr ? found : Find<const void*()>("_ZN2v87Isolate10GetCurrentEv");
  }();
  return current == nullptr ? nullptr : current();
}

// Makes handles that need nothing from the heap: it may be that the garbage collector is at work.
class Probe {
 public:
  explicit Probe(napi_env env) : env_(env) {
    good_ =
        open_ != nullptr && close_ != nullptr && make_ != nullptr && open_(env, &scope_) == napi_ok;
  }
  ~Probe() {
    if (good_) close_(env_, scope_);
  }
  // Its slot; nullptr: it could not be made.
  uintptr_t* Make() const {
    napi_value value = nullptr;
    if (!good_ || make_(env_, 1, &value) != napi_ok) return nullptr;
    return reinterpret_cast<uintptr_t*>(value);
  }

 private:
  decltype(::napi_open_handle_scope)* open_ =
      Find<decltype(::napi_open_handle_scope)>("napi_open_handle_scope");
  decltype(::napi_close_handle_scope)* close_ =
      Find<decltype(::napi_close_handle_scope)>("napi_close_handle_scope");
  decltype(::napi_create_int32)* make_ = Find<decltype(::napi_create_int32)>("napi_create_int32");
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
  bool good_ = false;
};

bool LooksRight(const HandleArea& area, const uintptr_t* slot) {
  return area.next == slot + 1 && area.limit >= area.next &&
         area.limit <= slot + HandleStack::kSlots && area.level > 0 && area.level < kMostLevel;
}

std::vector<HandleArea*> Candidates(const void* isolate, const uintptr_t* slot) {
  using NextAddress = HandleArea*(const void*);
  if (auto* exported =
          Find<NextAddress>("_ZN2v88internal11HandleScope20current_next_addressEPNS0_7IsolateE")) {
    return {exported(isolate)};
  }
  std::vector<HandleArea*> found;
  auto* const words = const_cast<uintptr_t*>(static_cast<const uintptr_t*>(isolate));
  for (size_t i = 0; i + 3 <= kSearched / sizeof *words; ++i) {
    auto* const area = reinterpret_cast<HandleArea*>(words + i);
    if (LooksRight(*area, slot)) found.push_back(area);
  }
  return found;
}

HandleArea* Locate(napi_env env, const void* isolate) {
  const Probe probe(env);
  const uintptr_t* slot = probe.Make();
  if (slot == nullptr) return nullptr;
  std::vector<HandleArea*> candidates = Candidates(isolate, slot);
  for (int i = 0; i < kProofs; ++i) {
    slot = probe.Make();
    if (slot == nullptr) return nullptr;
    std::erase_if(candidates, [&](const HandleArea* area) { return !LooksRight(*area, slot); });
  }
  return candidates.size() == 1 ? candidates.front() : nullptr;
}

struct Book {
  std::mutex mutex;
  std::map<const void*, std::unique_ptr<HandleStack>> stacks;  // nullptr: could not be located
  std::vector<std::unique_ptr<HandleStack>> forgotten;  // a callback may still be on its way out
  std::string problem;
};

HandleStack* (*g_stack)() = nullptr;  // of who keeps them instead
void (*g_forget)() = nullptr;

thread_local constinit const void* t_isolate = nullptr;  // `t_stack` is of this one
thread_local constinit HandleStack* t_stack = nullptr;
thread_local constinit napi_env t_env = nullptr;  // of the call that is being made

Book& TheBook() {
  static auto* const book = new Book;  // as long as the process
  return *book;
}

// One handle that needs nothing from the heap, in the call that is being made.
void Extend() {
  static auto* const make = Find<decltype(::napi_create_int32)>("napi_create_int32");
  napi_value value = nullptr;
  if (make != nullptr) make(t_env, 1, &value);
}

}  // namespace

void LeaveStacksTo(HandleStack* (*stack)(), void (*forget)()) {
  g_forget = forget;
  g_stack = stack;
}

HandleStack* NodeStack(napi_env env) {
  if (g_stack != nullptr) return g_stack();
  const void* const isolate = CurrentIsolate();
  if (isolate == nullptr) return nullptr;
  t_env = env;
  if (isolate == t_isolate) return t_stack;
  Book& book = TheBook();
  {
    const std::lock_guard lock(book.mutex);
    const auto found = book.stacks.find(isolate);
    if (found != book.stacks.end()) {
      t_isolate = isolate;
      return t_stack = found->second.get();
    }
  }
  HandleArea* const area = Locate(env, isolate);
  const std::lock_guard lock(book.mutex);
  std::unique_ptr<HandleStack>& stack = book.stacks[isolate];
  if (area != nullptr) {
    stack = std::make_unique<HandleStack>(area, &kTombstone, kMostBlocks, Extend);
  } else {
    book.problem =
        "napi_value and handle scopes: this V8 keeps its handles where they could not be found";
  }
  t_isolate = isolate;
  return t_stack = stack.get();
}

void ForgetNodeStack() {
  if (g_stack != nullptr) return g_forget();
  const void* const isolate = CurrentIsolate();
  t_isolate = nullptr;
  t_stack = nullptr;
  Book& book = TheBook();
  const std::lock_guard lock(book.mutex);
  const auto found = book.stacks.find(isolate);
  if (found == book.stacks.end()) return;
  book.forgotten.push_back(std::move(found->second));
  book.stacks.erase(found);
}

std::string HandleProblem() {
  Book& book = TheBook();
  const std::lock_guard lock(book.mutex);
  return book.problem;
}

}  // namespace handrail::audit
