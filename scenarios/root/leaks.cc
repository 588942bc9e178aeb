// Handles that nobody drops, and cycles that nobody can collect.
//
// Story: a program that adds and removes listeners grows by a little each time. Native code
// still holds them; or each holds its own owner, through a handle that the collector cannot see
// through.
// Who: lists that are only added to; boxed objects that keep a callback for their user, who has
// the box in the callback's closure. The RFC drops the Root in `finalize`, which then never
// comes.
// Rule: a strong handle is a root of the collector, wherever it lies in C++. What JavaScript
// refers to from JavaScript, in a property, it can collect with its cycles.
// Seen: Globals after each round, exactly; the heap by trend.
// Reference: neon_rfc_threadsafe_handles (`Finalize`, "Usage with JsBox")
#include <vector>

#include "harness/embed/box.h"
#include "harness/embed/root.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using Object = v8::Local<v8::Object>;
using embed::Root;

constexpr int64_t kRounds = 24;

// A strategy adds a listener and removes it again. Left says how many of all it still holds after
// a collection. A closure refers to what it is made for.

struct DroppedInTime {
  void Once(Trial&, EmbedHost& host, v8::Local<v8::Function> closure_for) {
    Object closure = Closure(host, closure_for, v8::Object::New(host.isolate()));
    Root<v8::Object> root = MakeRoot(host.environment(), closure);
    root.Drop();
  }
  int64_t Left(const EmbedHost& host) const {
    return host.totals().roots_made - host.totals().roots_dropped;
  }
  static Object Closure(EmbedHost& host, v8::Local<v8::Function> closure_for,
                        v8::Local<v8::Value> object) {
    return closure_for->Call(host.context(), closure_for, 1, &object)
        .ToLocalChecked()
        .As<v8::Object>();
  }
};

struct RootsInList : DroppedInTime {
  std::vector<Root<v8::Object>> all;
  void Once(Trial& trial, EmbedHost& host, v8::Local<v8::Function> closure_for) {
    Object closure = Closure(host, closure_for, v8::Object::New(host.isolate()));
    trial.Reached();
    all.push_back(MakeRoot(host.environment(), closure));
  }
};

struct GlobalsInList : DroppedInTime {
  std::vector<v8::Global<v8::Object>> all;
  void Once(Trial& trial, EmbedHost& host, v8::Local<v8::Function> closure_for) {
    Object closure = Closure(host, closure_for, v8::Object::New(host.isolate()));
    trial.Reached();
    all.emplace_back(host.isolate(), closure);
  }
  int64_t Left(const EmbedHost&) const { return static_cast<int64_t>(all.size()); }
};

// The RFC's box: its native part keeps the callback and drops it when the box is collected.
struct Listener {
  Root<v8::Object> callback;
  void Finalize(embed::Turn&) { callback.Finalize(); }
};

struct ClosureInProperty : DroppedInTime {
  void Once(Trial&, EmbedHost& host, v8::Local<v8::Function> closure_for) {
    Object box = MakeBox(host.environment(), Listener{}).ToLocalChecked();
    box->Set(host.context(), host.Text("callback"), Closure(host, closure_for, box)).Check();
  }
  int64_t Left(const EmbedHost& host) const {
    return host.totals().boxes_made - host.totals().boxes_finalized;
  }
};

struct CycleCutByClose : ClosureInProperty {
  void Once(Trial&, EmbedHost& host, v8::Local<v8::Function> closure_for) {
    Object box = MakeBox(host.environment(), Listener{}).ToLocalChecked();
    auto* listener = embed::Unbox<Listener>(host.environment(), box);
    listener->callback = MakeRoot(host.environment(), Closure(host, closure_for, box));
    listener->callback.Drop();  // as the user's close() would
  }
};

struct CycleThroughBox : ClosureInProperty {
  void Once(Trial& trial, EmbedHost& host, v8::Local<v8::Function> closure_for) {
    Object box = MakeBox(host.environment(), Listener{}).ToLocalChecked();
    auto* listener = embed::Unbox<Listener>(host.environment(), box);
    trial.Reached();
    listener->callback = MakeRoot(host.environment(), Closure(host, closure_for, box));
  }
};

template <class Strategy>
void Run(Trial& trial) {
  EmbedHost host(trial);
  auto closure_for = host.Script("(object) => () => object").As<v8::Function>();
  Strategy strategy;
  trial.Watch(host.isolate());
  for (int64_t i = 1; i <= trial.size() && !trial.StopRequested(); ++i) {
    const v8::HandleScope scope(host.isolate());
    strategy.Once(trial, host, closure_for);
    trial.Step();
    if (i % (trial.size() / kRounds) != 0) continue;
    engine::CollectAll(host.isolate());
    host.environment().Settle();  // finalizers run
    trial.EndOfRound(i);
  }
  // The last one may be held by the scope that it was made in.
  if (strategy.Left(host) >= trial.size() / 2) trial.Triggered();
  trial.Unwatch();
}

}  // namespace

Scenario RootLeaks() {
  return Scenario("root/leaks")
      .Title("handles that nobody drops, and cycles through a box")
      .Story(
          "Listeners come and go, and native code still holds each of them, or each holds its own "
          "owner. Neither can ever be collected.")
      .Reference("neon_rfc_threadsafe_handles")
      .Sizes({2400}, 100, 50)
      .SteadyState()
      .Correct<DroppedInTime>("dropped-in-time", Run<DroppedInTime>, "a Root for each, dropped")
      .Correct<ClosureInProperty>("closure-in-property", Run<ClosureInProperty>,
                                  "the closure is a property of its box: a cycle of JavaScript's")
      .Correct<CycleCutByClose>("cycle-cut-by-close", Run<CycleCutByClose>,
                                "a Root in the box, dropped by an explicit close")
      .Broken<RootsInList>("roots-in-list", Run<RootsInList>, "Roots in a list that only grows")
      .Gives({"HD021"})
      .May({"HP001", "HP003"})
      .Broken<GlobalsInList>("globals-in-list", Run<GlobalsInList>,
                             "v8::Globals in a list that only grows")
      .Gives({"HD021"})
      .May({"HP001", "HP003"})
      .Broken<CycleThroughBox>("cycle-through-box", Run<CycleThroughBox>,
                               "the box holds a Root of a closure that holds the box")
      .Gives({"HD021"})
      .May({"HP001", "HP003"});
}

}  // namespace handrail
