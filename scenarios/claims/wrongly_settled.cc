// How many promises settle wrongly in the multiple-promise document.
//
// Story: of ten promises that nobody settled, two are found fulfilled or rejected: "no matter how
// many promises we create, it's always 2", and 1 in debug builds. The author concludes that it
// cannot be memory, since its damage would grow with the number.
// Who: whoever reads a count off handles that are dead.
// Rule: a Local that was escaped into a native callback's scope is gone when the callback returns.
// Its slot goes to the next handle that the program makes: how many slots were taken depends on
// what the program did since, and on the engine; not on the number of promises.
// Seen: the document's program with 10 to 300 promises, which decide; and, beside them, what
// becomes of 100 after more handles were made. Only slots are read: nothing is settled here.
// Not seen: rusty_v8's own scopes, which differ by one slot between its builds.
// Reference: rusty_v8_multiple_promises
#include <string>
#include <vector>

#include "harness/scenario/scenario.h"
#include "scenarios/escape/promise_program.h"

namespace handrail {
namespace {

// As in the document: the escaped Local is kept, the promises of doit() are Locals in one scope.
struct EscapedLocals final : PromiseProgram {
  using PromiseProgram::PromiseProgram;
  std::vector<v8::Local<Resolver>> kept;
  std::vector<v8::Local<v8::Promise>> top_level;

  void Keep(v8::EscapableHandleScope& scope, int64_t, v8::Local<Resolver> resolver) override {
    kept.push_back(scope.Escape(resolver));
  }
  void With(int64_t id, const Use& use) override { use(kept.at(static_cast<size_t>(id))); }

  void Call(int64_t times) {
    for (int64_t i = 0; i < times; ++i) top_level.push_back(CallDoitOnce());
  }
  // Those that do not read back as a pending promise, although nobody settled any.
  int64_t Wrong() const {
    int64_t wrong = 0;
    for (v8::Local<v8::Value> value : kept) {
      const bool pending =
          value->IsPromise() && value.As<v8::Promise>()->State() == v8::Promise::kPending;
      wrong += pending ? 0 : 1;
    }
    return wrong;
  }
};

int64_t WrongOf(Trial& trial, int64_t promises, int more_handles) {
  const OwnedIsolate isolate(trial);
  EscapedLocals program(trial, isolate.get());
  program.Call(promises);
  for (int i = 0; i < more_handles; ++i) program.Number(1.5 + i);
  return program.Wrong();
}

void Run(Trial& trial) {
  trial.Measuring();
  bool always_two = true;
  for (const int64_t promises : {10, 30, 100, 300}) {
    const int64_t wrong = WrongOf(trial, promises, 0);
    trial.Measured("wrong of " + std::to_string(promises), static_cast<double>(wrong), "",
                   promises == 10 ? "2" : "");
    always_two = always_two && wrong == 2;
  }
  for (const int more : {8, 64}) {
    trial.Measured("of 100, " + std::to_string(more) + " handles later",
                   static_cast<double>(WrongOf(trial, 100, more)));
  }
  trial.ClaimHolds(always_two, always_two ? "2, whatever their number" : "not 2");
}

}  // namespace

Scenario ClaimsWronglySettled() {
  return Scenario("claims/wrongly-settled")
      .Title("how many of the promises in flight read back as settled")
      .Story("A document counts promises that settled by themselves, and always finds two.")
      .Reference("rusty_v8_multiple_promises")
      .Sizes({1}, 40, 0)
      .Claim<EscapedLocals>("always-two", Run,
                            "always 2 promises settle wrongly (1 in debug), however many there are")
      .Gives({})
      .May({"HD001", "HD002"});  // what the document keeps as Locals
}

}  // namespace handrail
