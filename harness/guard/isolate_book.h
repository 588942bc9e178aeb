// The isolates that were seen, each with the thread that owns it, its handle stacks (one for each thread
// that used it) and what stands in dead slots.
//
// Threads: any; one lock. What is inside an entry belongs to the thread that is inside the isolate.
#pragma once

#include <v8.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/guard/handle_stack.h"

namespace handrail::guard {

class StandIns;

struct KnownIsolate {
  v8::Isolate* isolate = nullptr;
  std::thread::id owner{};        // who may use it without holding its lock
  int entered = 0;                // how often its owner is inside
  bool locked_once = false;       // a thread has held its lock: from then on each one must
  const uintptr_t* tombstone = nullptr;  // a Global's slot: the GC keeps its value up to date
  std::unique_ptr<StandIns> stand_ins;
  // By thread where its lock is used: V8 then keeps a handle stack for each. Without, there is one, which
  // whatever thread is inside goes on with (the empty id).
  std::map<std::thread::id, std::unique_ptr<HandleStack>> stacks;
  uint64_t generation = 0;  // tells an isolate from an earlier one with its address
};

class IsolateBook {
 public:
  IsolateBook();
  ~IsolateBook();

  // nullptr: not known.
  KnownIsolate* Find(v8::Isolate* isolate);
  // Requires: entered on this thread, which may use it. Makes the tombstone where there is none.
  // `extend`: as HandleStack wants it. nullptr: its handle area cannot be located; problem() says why, once.
  HandleStack* StackOf(v8::Isolate* isolate, bool locked, int max_blocks,
                       std::function<void()> extend);
  // The isolate was entered on this thread, or is about to be exited. What was never seen entered counts as
  // entered once.
  void Entered(v8::Isolate* isolate);
  void Exited(v8::Isolate* isolate);
  // 0: there is no such isolate now.
  uint64_t GenerationOf(v8::Isolate* isolate);
  // It is gone, or an isolate with its address begins.
  void Forget(v8::Isolate* isolate);
  // The isolate in whose live blocks the slot lies, other than `not_this`; nullptr: none.
  v8::Isolate* OwnerOf(const uintptr_t* slot, v8::Isolate* not_this);
  // Sums over all stacks.
  int64_t buried();
  int64_t given_back();

  const std::string& problem() const { return problem_; }

 private:
  KnownIsolate& Enter(v8::Isolate* isolate, int entered);  // requires the lock

  std::mutex mutex_;
  std::map<v8::Isolate*, std::unique_ptr<KnownIsolate>> isolates_;
  std::string problem_;
  int64_t buried_gone_ = 0;  // of stacks that are no more
  int64_t given_back_gone_ = 0;
  uint64_t generations_ = 0;
};

// Objects of the right type for calls that were made with a stale handle: a release V8 casts without
// looking, so a tombstone of another type would be a crash far from its cause.
class StandIns {
 public:
  // The place of a handle to a fresh-enough object of this type ("v8::Promise::Resolver"); nullptr:
  // there is none, and the call had better not be made. Requires: a current context.
  const uintptr_t* For(v8::Isolate* isolate, std::string_view type);

 private:
  std::map<std::string, v8::Global<v8::Data>, std::less<>> made_;
};

}  // namespace handrail::guard
