// A lock held while a promise is settled, and the continuation asks for the same lock.
//
// Story: the document keeps its resolvers in a Mutex<HashMap> that resolve_later locks, and settles
// them with that lock held. As long as doit() only awaits, all is well. The day doit() calls
// resolve_later() once more after its await, the program stands still, without using the processor.
// Who: whoever guards the state of native callbacks with a lock and calls into V8 inside it.
// Rule: settling a promise makes its continuations ready, and they run at the next microtask
// checkpoint: with V8's default policy that is when Resolve returns from the outermost call, still
// inside the caller's lock. The policy of this program is explicit, so the checkpoint stands where
// V8 would have put it.
// Seen: the trial is ended at its time limit.
// Not seen: which lock, and who holds it (a debugger shows resolve_later below the checkpoint).
// Reference: rusty_v8_multiple_promises
#include <map>
#include <mutex>
#include <utility>

#include "harness/scenario/scenario.h"
#include "scenarios/escape/promise_program.h"

namespace handrail {
namespace {

using Resolver = v8::Promise::Resolver;
using Use = PromiseProgram::Use;

constexpr const char* kDoitTwice =
    "export async function doit() {\n"
    "  let value = await resolve_later();\n"
    "  resolve_later();\n"
    "  return `Resolution Value = ${value}`;\n"
    "}\n";

// The document's mutex, which also knows whether it is held: one thread uses it.
class Mutex {
 public:
  void lock() {
    mutex_.lock();
    held_ = true;
  }
  void unlock() {
    held_ = false;
    mutex_.unlock();
  }
  bool held() const { return held_; }

 private:
  std::mutex mutex_;
  bool held_ = false;
};

struct Table {
  Mutex mutex;
  std::map<int64_t, v8::Global<Resolver>> resolvers;
  v8::Global<Resolver> Take(int64_t id) { return std::move(resolvers.extract(id).mapped()); }
};

// A strategy settles: hands the resolver of `id` to `use`, which resolves it, and runs what waits.

struct LockHeldWhileSettling {
  static void Settle(PromiseProgram& p, Table& table, int64_t id, const Use& use) {
    const std::lock_guard<Mutex> lock(table.mutex);
    p.trial.Reached();
    use(table.Take(id).Get(p.isolate));
    p.isolate->PerformMicrotaskCheckpoint();
  }
};

struct LockReleasedBeforeSettling {
  static void Settle(PromiseProgram& p, Table& table, int64_t id, const Use& use) {
    v8::Global<Resolver> resolver;
    {
      const std::lock_guard<Mutex> lock(table.mutex);
      resolver = table.Take(id);
    }
    use(resolver.Get(p.isolate));
    p.isolate->PerformMicrotaskCheckpoint();
  }
};

// "I realize the mutex might be not needed here": indeed, everything happens on one thread.
struct NoLock {
  static void Settle(PromiseProgram& p, Table& table, int64_t id, const Use& use) {
    use(table.Take(id).Get(p.isolate));
    p.isolate->PerformMicrotaskCheckpoint();
  }
};

template <class Strategy>
struct Experiment final : PromiseProgram {
  using PromiseProgram::PromiseProgram;
  Table table;

  void Keep(v8::EscapableHandleScope&, int64_t id, v8::Local<Resolver> resolver) override {
    if (table.mutex.held()) trial.Triggered();  // by this thread: the next line waits for itself
    const std::lock_guard<Mutex> lock(table.mutex);
    table.resolvers[id].Reset(isolate, resolver);
  }
  void With(int64_t id, const Use& use) override { Strategy::Settle(*this, table, id, use); }
};

template <class Strategy>
void Run(Trial& trial) {
  OwnedIsolate isolate(trial);
  Experiment<Strategy> program(trial, isolate.get(), kDoitTwice);
  program.CallDoit(trial.size());
  program.SettleAllInRandomOrder();
}

}  // namespace

Scenario LockReentry() {
  return Scenario("escape/lock-reentry")
      .Title("a lock held while a promise is settled, whose continuation takes it again")
      .Story(
          "The table of resolvers is guarded by a mutex that is held while a promise is "
          "settled. The continuation calls resolve_later again, and the program stands still.")
      .Reference("rusty_v8_multiple_promises")
      .Sizes({10, 1000, 10000}, 6, 8)
      .Correct<LockReleasedBeforeSettling>("lock-released-before-settling",
                                           Run<LockReleasedBeforeSettling>,
                                           "the resolver is taken out under the lock, then settled")
      .Correct<NoLock>("no-lock", Run<NoLock>, "one thread needs no lock")
      .Broken<LockHeldWhileSettling>("lock-held-while-settling", Run<LockHeldWhileSettling>,
                                     "the document's: settled with the lock held")
      .Gives({"PX003"})
      .TimeLimit(1000);
}

}  // namespace handrail
