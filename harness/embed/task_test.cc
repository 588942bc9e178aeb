#include "harness/embed/task.h"

#include "harness/embed/embed_test.h"

namespace handrail::embed {
namespace {

class TaskTest : public EmbedTest {};

TEST_F(TaskTest, SettlesAPromiseWithItsResult) {
  v8::Local<v8::Promise> promise =
      Task(environment(), [] { return 42; })
          .Promise([](Turn& turn, int result) -> v8::MaybeLocal<v8::Value> {
            return v8::Number::New(turn.isolate(), result);
          });
  loop.Run();
  EXPECT_EQ(StateOf(promise), "fulfilled: 42");
}

}  // namespace
}  // namespace handrail::embed
