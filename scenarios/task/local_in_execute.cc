// A Local in the part of a task that runs on the thread pool.
//
// Story: a function takes a text from JavaScript and has it worked on in the background. The
// work reads the text where it runs, on the pool's thread. By then the function has returned,
// and the text is another one; and the handles that the reading takes are taken from the
// isolate's thread.
// Who: C++ lets the closure capture a Local; Rust's `Send` refuses. napi_async_work's
// documentation says "must not make any Node-API calls" where it runs.
// Rule: V8 is for the thread that is in the isolate, a Local for the scope that it was made in.
// Copy what the work needs before, convert what it gives afterwards.
// Seen: the text that was read against the one that was meant, or a crash.
// Reference: neon_rfc_promise_taskbuilder (`execute`)
#include <latch>
#include <string>

#include "harness/embed/root.h"
#include "harness/embed/task.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

using embed::Turn;

// A strategy is what the task has of the text, and reads it: on the pool or afterwards.

struct CopiedBefore {
  std::string text;
  CopiedBefore(EmbedHost& host, v8::Local<v8::String> local)
      : text(engine::ToText(host.isolate(), local)) {}
  std::string InExecute(Trial&, v8::Isolate*) { return text; }
  std::string InCompletion(Turn&, std::string read) { return read; }
};

struct RootOfHolder {
  embed::Root<v8::Object> holder;
  RootOfHolder(EmbedHost& host, v8::Local<v8::String> local)
      : holder(MakeRoot(host.environment(),
                        v8::StringObject::New(host.isolate(), local).As<v8::Object>())) {}
  std::string InExecute(Trial&, v8::Isolate*) { return ""; }
  std::string InCompletion(Turn& turn, std::string) {
    return engine::ToText(turn.isolate(), holder.IntoInner().ToLocalChecked());
  }
};

struct LocalCaptured {
  v8::Local<v8::String> local;
  v8::Global<v8::String> meant;
  LocalCaptured(EmbedHost& host, v8::Local<v8::String> local)
      : local(local), meant(host.isolate(), local) {}
  std::string InExecute(Trial& trial, v8::Isolate* isolate) {
    trial.Reached();
    if (meant != local) trial.Triggered();  // the slot is another's; looks at slots only
    const v8::String::Utf8Value read(isolate, local);
    return std::string(*read, read.length());
  }
  std::string InCompletion(Turn&, std::string read) { return read; }
};

template <class Text>
void Run(Trial& trial) {
  EmbedHost host(trial);
  for (int64_t i = 0; i < trial.size(); ++i) {
    const std::string meant = "text " + std::to_string(i);
    std::string read;
    std::latch returned(1);
    {
      const v8::HandleScope call(host.isolate());  // as V8 opens one around a native function
      auto text = std::make_shared<Text>(host, host.Text(meant));
      embed::Task(host.environment(), [&, text, isolate = host.isolate()] {
        returned.wait();
        return text->InExecute(trial, isolate);
      }).AndThen([&, text](Turn& turn, std::string result) {
        read = text->InCompletion(turn, std::move(result));
      });
    }
    const v8::HandleScope next_call(host.isolate());
    for (int more = 0; more < 10; ++more) host.Text("another text");
    returned.count_down();
    host.loop.Run();
    trial.oracle().Text("the text that was worked on", read, meant);
    trial.Step();
  }
}

}  // namespace

Scenario LocalInExecute() {
  return Scenario("task/local-in-execute")
      .Title("a Local is read on the thread pool")
      .Story(
          "A text from JavaScript is worked on in the background, and read there: by then it is "
          "another text, and V8 is not for that thread.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({10, 100}, 15, 100)
      .Correct<CopiedBefore>("copied-before", Run<CopiedBefore>, "a std::string, copied before")
      .Correct<RootOfHolder>("root-opened-after", Run<RootOfHolder>,
                             "a Root of an object, opened in the completion")
      .Broken<LocalCaptured>("local-captured", Run<LocalCaptured>, "the Local itself")
      .Gives({"PX002"}, kCheckedV8)
      .Gives({"PX011"})
      .With("guard", {"HD002"})
      .With("quarantine", {"IS004"})
      .May(kCrash);
}

}  // namespace handrail
