#include "harness/embed/script_engine.h"

#include "harness/embed/executor_test.h"

namespace handrail::embed {
namespace {

using ::testing::StartsWith;

// One engine on the test's own thread.
class ScriptEngineTest : public ::testing::Test {
 protected:
  ScriptEngine& Start(ExecutorOptions options) {
    engine_.reset();
    watchdog_.reset();
    options_ = std::move(options);
    watchdog_ = std::make_unique<Watchdog>(options_.time_limit);
    engine_ = std::make_unique<ScriptEngine>(ThreadedEngine(), options_, *watchdog_);
    return *engine_;
  }
  std::string Run(const std::string& source) { return Told(engine_->Run(Request::Script(source))); }

  ExecutorOptions options_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<ScriptEngine> engine_;
};

TEST_F(ScriptEngineTest, KeepsItsPluginsStateFromOneRequestToTheNext) {
  Start({.plugin = kPlugin});
  EXPECT_EQ(Told(engine_->Run(Request::Call("count"))), "result 1");
  EXPECT_EQ(Told(engine_->Run(Request::Call("count"))), "result 2");
  EXPECT_EQ(Run("served"), "result 2");
}

TEST_F(ScriptEngineTest, TerminatesWhateverLoops) {
  for (const char* stuck : {
           "for(;;);",
           "Promise.resolve().then(() => { for(;;); }); 1",
           "function again() { Promise.resolve().then(again); } again(); 1",
           "({toJSON() { for(;;); }})",
           "try { for(;;); } catch (e) { for(;;); } finally { for(;;); }",
           "while (true) { try { for(;;); } catch (e) {} }",
           "/(x+x+)+y/.test('x'.repeat(100))",
           "new Proxy({}, {get() { for(;;); }}).x",
       }) {
    Start({.plugin = kPlugin, .time_limit = 200ms});
    EXPECT_EQ(Run(stuck), "time limit terminated after 200 ms") << stuck;
    EXPECT_TRUE(engine_->spent()) << stuck;
    EXPECT_EQ(Run("1 + 1"), "result 2") << "after " << stuck;
  }
}

TEST_F(ScriptEngineTest, LimitIsOfEachRequestNotOfAllTogether) {
  // More in all than the limit, though each is far below it.
  Start({.time_limit = 1s});
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(Run("{ const end = Date.now() + 20; while (Date.now() < end); } 1"), "result 1");
  }
  EXPECT_FALSE(engine_->spent());
}

TEST_F(ScriptEngineTest, HeapLimitIsAnAnswerAndNotTheEndOfTheProcess) {
  for (const char* runaway : {
           "const all = []; for (;;) all.push({a: 1, b: [all.length]});",
           "let s = []; for (;;) { try { s.push(new Array(1000).fill(1)); } catch (e) {} }",
           "const text = []; for (;;) text.push('x'.repeat(1000) + text.length);",
           "const m = new Map(); for (let i = 0;; ++i) m.set(i, {i});",
           "JSON.stringify(Array.from({length: 5e5}, (_, i) => ({i}))); for (const a = [];;)"
           " a.push([1, 2, 3]);",
       }) {
    Start({.heap_limit_mb = 16});
    EXPECT_EQ(Run(runaway), "heap limit the heap came near its limit") << runaway;
    EXPECT_TRUE(engine_->spent());
    EXPECT_EQ(Run("1 + 1"), "result 2") << "after " << runaway;
  }
}

TEST_F(ScriptEngineTest, PluginThatDoesNotLoadIsToldToEveryRequest) {
  Start({.plugin = "throw new Error('broken')"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Run("1"), "threw the plugin did not load: Uncaught Error: broken");
  }
  Start({.plugin = "for(;;);", .time_limit = 200ms});
  EXPECT_EQ(Run("1"), "time limit the plugin did not load: terminated after 200 ms");
  EXPECT_FALSE(engine_->spent()) << "a new engine would come out the same";
}

TEST_F(ScriptEngineTest, ResultThatIsTooLongIsRefused) {
  Start({.max_text = 100});
  EXPECT_EQ(Run("'x'.repeat(98)"), "result \"" + std::string(98, 'x') + "\"");
  EXPECT_EQ(Run("'x'.repeat(99)"), "threw the result is too long");
  EXPECT_EQ(Run("'ü'.repeat(60)"), "threw the result is too long") << "bytes count, not characters";
}

TEST_F(ScriptEngineTest, NothingBeginsAfterStopAll) {
  Start({.plugin = kPlugin});
  watchdog_->StopAll();
  EXPECT_EQ(Run("1"), "not run shut down before it ran");
}

TEST_F(ScriptEngineTest, LeavesNoIsolateBehindOnItsThread) {
  Start({.plugin = kPlugin});
  EXPECT_NE(v8::Isolate::TryGetCurrent(), nullptr);
  engine_.reset();
  EXPECT_EQ(v8::Isolate::TryGetCurrent(), nullptr);
}

TEST_F(ScriptEngineTest, RegisteredFinalizersDoNotHoldUpItsEnd) {
  Start({.time_limit = 1h});
  Run("globalThis.registry = new FinalizationRegistry(() => { for(;;); });"
      "(() => { registry.register({}, 1); })(); 1");
  engine_.reset();
}

}  // namespace
}  // namespace handrail::embed
