#include "harness/guard/isolate_book.h"

#include "harness/engine/handle_area.h"

namespace handrail::guard {
namespace {

// The address of the slot that a Local or Global is. Both are one pointer to it in every build that
// this works on; LocateHandleArea has proven it for this one.
template <class Handle>
const uintptr_t* SlotIn(const Handle& handle) {
  static_assert(sizeof handle == sizeof(uintptr_t*));
  return *reinterpret_cast<const uintptr_t* const*>(&handle);
}

v8::Local<v8::Data> Make(v8::Isolate* isolate, std::string_view type) {
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  if (type == "v8::Context") return context;
  v8::Local<v8::Promise::Resolver> resolver;
  if (type == "v8::Promise::Resolver" || type == "v8::Promise") {
    if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
    if (type == "v8::Promise") return resolver->GetPromise();
    return resolver;
  }
  if (type == "v8::Data" || type == "v8::Value" || type == "v8::Object") return v8::Object::New(isolate);
  if (type == "v8::Name" || type == "v8::String" || type == "v8::Primitive") {
    return v8::String::NewFromUtf8Literal(isolate, "(a stale handle)");
  }
  if (type == "v8::Array") return v8::Array::New(isolate);
  if (type == "v8::Map") return v8::Map::New(isolate);
  if (type == "v8::Set") return v8::Set::New(isolate);
  if (type == "v8::Symbol") return v8::Symbol::New(isolate);
  if (type == "v8::Private") return v8::Private::New(isolate);
  if (type == "v8::Number") return v8::Number::New(isolate, 0.5);
  if (type == "v8::Integer" || type == "v8::Int32" || type == "v8::Uint32") {
    return v8::Integer::New(isolate, 0);
  }
  if (type == "v8::Boolean") return v8::Boolean::New(isolate, false);
  if (type == "v8::BigInt") return v8::BigInt::New(isolate, 0);
  if (type == "v8::ArrayBuffer") return v8::ArrayBuffer::New(isolate, 0);
  if (type == "v8::Function") {
    const auto nothing = [](const v8::FunctionCallbackInfo<v8::Value>&) {};
    v8::Local<v8::Function> function;
    if (v8::Function::New(context, nothing).ToLocal(&function)) return function;
  }
  return {};
}

}  // namespace

IsolateBook::IsolateBook() = default;
IsolateBook::~IsolateBook() = default;

KnownIsolate* IsolateBook::Find(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  const auto found = isolates_.find(isolate);
  return found == isolates_.end() ? nullptr : found->second.get();
}

KnownIsolate& IsolateBook::Enter(v8::Isolate* isolate, int entered) {
  std::unique_ptr<KnownIsolate>& entry = isolates_[isolate];
  if (entry == nullptr) {
    entry = std::make_unique<KnownIsolate>();
    entry->isolate = isolate;
    entry->owner = std::this_thread::get_id();
    entry->entered = entered;
    entry->generation = ++generations_;
  }
  return *entry;
}

void IsolateBook::Entered(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  KnownIsolate& known = Enter(isolate, 0);
  if (known.entered == 0) known.owner = std::this_thread::get_id();
  if (known.owner == std::this_thread::get_id()) ++known.entered;
}

void IsolateBook::Exited(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  KnownIsolate& known = Enter(isolate, 1);
  if (known.owner == std::this_thread::get_id() && known.entered > 0) --known.entered;
}

uint64_t IsolateBook::GenerationOf(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  const auto found = isolates_.find(isolate);
  return found == isolates_.end() ? 0 : found->second->generation;
}

HandleStack* IsolateBook::StackOf(v8::Isolate* isolate, bool locked, int max_blocks,
                                  std::function<void()> extend) {
  const std::thread::id key = locked ? std::this_thread::get_id() : std::thread::id();
  KnownIsolate* known = nullptr;
  {
    const std::lock_guard lock(mutex_);
    known = &Enter(isolate, 1);
    const auto stack = known->stacks.find(key);
    if (stack != known->stacks.end()) return stack->second.get();
  }
  void* area = engine::LocateHandleArea(isolate, &problem_);
  if (area == nullptr) return nullptr;
  if (known->tombstone == nullptr) {
    const v8::HandleScope scope(isolate);
    // A symbol needs no context, and JavaScript that meets it fails with a TypeError that shows its name.
    const v8::Local<v8::Symbol> symbol = v8::Symbol::New(
        isolate, v8::String::NewFromUtf8Literal(isolate, "a stale v8::Local (Handrail)"));
    auto* const kept = new v8::Global<v8::Symbol>(isolate, symbol);  // as long as the isolate
    known->tombstone = SlotIn(*kept);
    known->stand_ins = std::make_unique<StandIns>();
  }
  const std::lock_guard lock(mutex_);
  std::unique_ptr<HandleStack>& stack = known->stacks[key];
  stack = std::make_unique<HandleStack>(
      static_cast<HandleArea*>(area), known->tombstone, max_blocks,
      std::move(extend));
  return stack.get();
}

void IsolateBook::Forget(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  const auto found = isolates_.find(isolate);
  if (found == isolates_.end()) return;
  for (const auto& [thread, stack] : found->second->stacks) {
    buried_gone_ += stack->buried();
    given_back_gone_ += stack->given_back();
  }
  found->second->stand_ins.release();  // its Globals lie in an isolate that is no more
  isolates_.erase(found);
}

v8::Isolate* IsolateBook::OwnerOf(const uintptr_t* slot, v8::Isolate* not_this) {
  const std::lock_guard lock(mutex_);
  for (const auto& [isolate, known] : isolates_) {
    if (isolate == not_this) continue;
    for (const auto& [thread, stack] : known->stacks) {
      if (stack->Owns(slot)) return isolate;
    }
  }
  return nullptr;
}

int64_t IsolateBook::buried() {
  const std::lock_guard lock(mutex_);
  int64_t sum = buried_gone_;
  for (const auto& [isolate, known] : isolates_) {
    for (const auto& [thread, stack] : known->stacks) sum += stack->buried();
  }
  return sum;
}

int64_t IsolateBook::given_back() {
  const std::lock_guard lock(mutex_);
  int64_t sum = given_back_gone_;
  for (const auto& [isolate, known] : isolates_) {
    for (const auto& [thread, stack] : known->stacks) sum += stack->given_back();
  }
  return sum;
}

const uintptr_t* StandIns::For(v8::Isolate* isolate, std::string_view type) {
  if (!isolate->InContext() && type != "v8::Symbol") return nullptr;
  // One resolver for each use: what is settled with it must not look settled before.
  const bool fresh = type == "v8::Promise::Resolver" || type == "v8::Promise";
  const auto found = made_.find(type);
  if (found != made_.end() && !fresh) return SlotIn(found->second);
  const v8::HandleScope scope(isolate);
  const v8::TryCatch quiet(isolate);
  const v8::Local<v8::Data> object = Make(isolate, type);
  if (object.IsEmpty()) return nullptr;
  v8::Global<v8::Data>& kept = made_[std::string(type)];
  kept.Reset(isolate, object);
  return SlotIn(kept);
}

}  // namespace handrail::guard
