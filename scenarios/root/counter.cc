// A counter that is called again, or closed, from inside its own callback.
//
// Story: the RFC's counter calls back to JavaScript with each number. One user's callback counts
// on, another one closes the counter when it has seen enough; then numbers are missing, or the
// counter of somebody else goes up.
// Who: native code that calls JavaScript in the midst of a change. In Rust the RFC's
// `borrow_mut` panics at the second call; C++ has nothing that would.
// Rule: JavaScript may do anything before it returns, call the same native object included.
// Finish the change first, or refuse to be entered again, and use nothing afterwards that may be
// deleted.
// Seen: counts. The use of a deleted counter itself under ASan.
// Reference: neon_rfc_threadsafe_handles (`MyCounter`)
#include <map>
#include <memory>

#include "counter_program.h"
#include "harness/embed/box.h"

namespace handrail {
namespace {

using Value = v8::Local<v8::Value>;

// A strategy keeps counters for JavaScript and counts them up.

struct CountedFirst {
  Value Make(EmbedHost& host, v8::Local<v8::Function> callback) {
    return MakeBox(host.environment(), Counter{MakeRoot(host.environment(), callback)})
        .ToLocalChecked();
  }
  Counter* Open(EmbedHost& host, Value box) {
    return embed::Unbox<Counter>(host.environment(), box);
  }
  void Incr(Trial&, EmbedHost& host, Counter& counter) {
    ++counter.count;
    counter.Call(host);
  }
  // The native part lives as long as the box, which the caller still has.
  void Close(EmbedHost& host, Value box) { Open(host, box)->callback.Drop(); }
};

struct RefusedInUse : CountedFirst {
  void Incr(Trial&, EmbedHost& host, Counter& counter) {
    if (counter.in_use) {
      host.isolate()->ThrowException(v8::Exception::Error(host.Text("the counter is in use")));
      return;
    }
    counter.in_use = true;
    counter.Call(host);
    ++counter.count;
    counter.in_use = false;
  }
};

struct CountedLast : CountedFirst {
  void Incr(Trial& trial, EmbedHost& host, Counter& counter) {
    const int32_t next = counter.count + 1;
    trial.Reached();
    counter.Call(host);
    if (counter.count >= next) trial.Triggered();  // counted meanwhile
    counter.count = next;
  }
};

struct DeletedWhileInUse {
  std::map<int32_t, std::unique_ptr<Counter>> counters;
  Value Make(EmbedHost& host, v8::Local<v8::Function> callback) {
    const auto id = static_cast<int32_t>(counters.size());
    counters[id].reset(new Counter{MakeRoot(host.environment(), callback)});
    return v8::Integer::New(host.isolate(), id);
  }
  Counter* Open(EmbedHost&, Value id) { return counters[id.As<v8::Int32>()->Value()].get(); }
  void Incr(Trial& trial, EmbedHost& host, Counter& counter) {
    trial.Reached();
    counter.Call(host);
    if (counters[0] == nullptr) trial.Triggered();  // this one was deleted
    ++counter.count;
  }
  void Close(EmbedHost&, Value id) { counters[id.As<v8::Int32>()->Value()].reset(); }
};

template <class Counters, const char* const& kScript>
void Run(Trial& trial) {
  for (int64_t i = 0; i < trial.size(); ++i) {
    CounterProgram<Counters>{trial}.Run(kScript);
    trial.Step();
  }
}

}  // namespace

Scenario RootCounter() {
  return Scenario("root/counter")
      .Title("a counter is called again or closed from inside its own callback")
      .Story(
          "Native code calls JavaScript in the midst of a change, and JavaScript calls the same "
          "native object. Numbers are lost, or counted for another.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({1, 10}, 10, 3000)
      .Correct<CountedFirst>("counted-first", Run<CountedFirst, kAgain>,
                             "the change is done when JavaScript is called")
      .Correct<RefusedInUse>("refused-in-use", Run<RefusedInUse, kAgain>,
                             "as borrow_mut: in use, the second call throws")
      .Correct<CountedFirst>("closed-box", Run<CountedFirst, kClosed>,
                             "closed inside: the native part lives on in its box")
      .Broken<CountedLast>("counted-last", Run<CountedLast, kAgain>,
                           "the count is read before the callback and written after it")
      .Gives({"PX011"})
      .Broken<DeletedWhileInUse>("deleted-while-in-use", Run<DeletedWhileInUse, kClosed>,
                                 "closed inside: deleted, and counted up after the callback")
      .Gives({"PX006"}, {.instrument = "asan"})
      .Gives({"PX011"});
}

}  // namespace handrail
