#include "harness/embed/script_engine.h"

#include "harness/engine/script.h"

namespace handrail::embed {
namespace {

// Doubled each time: three times is eight times the limit.
constexpr int kMostRaises = 3;
// In Node a pump waits for V8's background threads, those of other isolates too.
constexpr int64_t kPumpEvery = 64;

constexpr size_t kLongestMessage = 4096;

std::string MessageOf(v8::Local<v8::Message> message) {
  if (message.IsEmpty()) return "Uncaught exception";
  // Made by V8 when it was thrown: no code of the plugin runs here any more.
  std::string text = engine::ToText(v8::Isolate::GetCurrent(), message->Get());
  if (text.size() <= kLongestMessage) return text;
  size_t cut = kLongestMessage;
  while (cut > 0 && (text[cut] & 0xC0) == 0x80) --cut;  // not within a character
  return text.substr(0, cut);
}

}  // namespace

ScriptEngine::ScriptEngine(engine::Engine& engine, const ExecutorOptions& options,
                           Watchdog& watchdog, const InstallNatives& natives)
    : engine_(engine),
      options_(options),
      watchdog_(watchdog),
      isolate_(engine.NewIsolate({.heap_limit_mb = options.heap_limit_mb})) {
  isolate_->Enter();
  isolate_->AddNearHeapLimitCallback(OnNearLimit, this);
  const v8::HandleScope scope(isolate_);
  v8::Local<v8::Context> context = v8::Context::New(isolate_);
  context_.Reset(isolate_, context);
  if (natives) {
    const v8::Context::Scope in(context);
    natives(context);
  }
  plugin_ = Within([&](v8::Local<v8::Context> in) -> v8::MaybeLocal<v8::Value> {
    if (engine::RunScript(in, options_.plugin).IsEmpty()) return {};
    return v8::Undefined(isolate_);
  });
  if (!plugin_.ok()) plugin_.text = "the plugin did not load: " + plugin_.text;
  spent_ = false;  // a new engine would come out the same
}

ScriptEngine::~ScriptEngine() {
  // Its tasks are not run any more: they could be the plugin's own, with no limit set.
  context_.Reset();
  isolate_->RemoveNearHeapLimitCallback(OnNearLimit, 0);
  isolate_->Exit();
  engine_.Dispose(isolate_);
}

Reply ScriptEngine::Run(const Request& request) {
  if (!plugin_.ok()) return plugin_;
  return Within([&](v8::Local<v8::Context> context) {
    return request.function.empty() ? engine::RunScript(context, request.source)
                                    : Call(context, request);
  });
}

v8::MaybeLocal<v8::Value> ScriptEngine::Call(v8::Local<v8::Context> context,
                                             const Request& request) const {
  v8::Local<v8::Value> found;
  if (!context->Global()->Get(context, engine::Text(isolate_, request.function)).ToLocal(&found)) {
    return {};
  }
  if (!found->IsFunction()) {
    isolate_->ThrowException(v8::Exception::TypeError(
        engine::Text(isolate_, "the plugin has no function " + request.function)));
    return {};
  }
  const v8::Local<v8::Function> function = found.As<v8::Function>();
  if (request.argument.empty()) return function->Call(context, context->Global(), 0, nullptr);
  v8::Local<v8::Value> argument;
  if (!v8::JSON::Parse(context, engine::Text(isolate_, request.argument)).ToLocal(&argument)) {
    return {};
  }
  return function->Call(context, context->Global(), 1, &argument);
}

// Everything that can run code of the plugin lies between the guard's beginning and its end.
Reply ScriptEngine::Within(const Work& work) {
  const v8::HandleScope scope(isolate_);
  v8::Local<v8::Context> context = context_.Get(isolate_);
  const v8::Context::Scope in(context);
  const v8::TryCatch failure(isolate_);
  Watchdog::Guard guard(watchdog_, isolate_);
  if (!guard.may_begin()) return {Outcome::kNotRun, "shut down before it ran"};
  Reply reply;
  v8::Local<v8::Value> value;
  bool finished = work(context).ToLocal(&value);
  if (finished) {
    isolate_->PerformMicrotaskCheckpoint();
    finished = !failure.HasCaught() && Finish(context, value, reply);
  }
  if (++served_ % kPumpEvery == 0) engine_.PumpTasks(isolate_);
  return Ended(failure, guard.End(), finished, std::move(reply));
}

// Turns the value into a reply. False: it threw or was terminated meanwhile.
bool ScriptEngine::Finish(v8::Local<v8::Context> context, v8::Local<v8::Value> value,
                          Reply& reply) const {
  if (value->IsPromise()) {
    const v8::Local<v8::Promise> promise = value.As<v8::Promise>();
    if (promise->State() == v8::Promise::kPending) {
      reply = {Outcome::kThrew, "its promise is pending and nothing is left that could settle it"};
      return true;
    }
    value = promise->Result();
    if (promise->State() == v8::Promise::kRejected) {
      promise->MarkAsHandled();
      reply = {Outcome::kThrew, MessageOf(v8::Exception::CreateMessage(isolate_, value))};
      return true;
    }
  }
  v8::Local<v8::String> json;
  if (!v8::JSON::Stringify(context, value).ToLocal(&json)) return false;
  if (static_cast<size_t>(json->Length()) > options_.max_text) {
    reply = {Outcome::kThrew, "the result is too long"};
    return true;
  }
  reply = {Outcome::kResult, engine::ToText(isolate_, json)};
  return true;
}

Reply ScriptEngine::Ended(const v8::TryCatch& failure, Watchdog::Verdict verdict, bool finished,
                          Reply reply) {
  const bool near_limit = std::exchange(near_limit_, false);
  if (verdict != Watchdog::Verdict::kInTime || near_limit) {
    // It may have come when the script was just over: the next one must not feel it.
    isolate_->CancelTerminateExecution();
    spent_ = true;
  }
  if (finished) {
    if (reply.text.size() <= options_.max_text) return reply;
    return {Outcome::kThrew, "the result is too long"};
  }
  if (near_limit) return {Outcome::kHeapLimit, "the heap came near its limit"};
  if (verdict == Watchdog::Verdict::kTimeLimit) {
    return {Outcome::kTimeLimit,
            "terminated after " + std::to_string(options_.time_limit.count()) + " ms"};
  }
  if (verdict == Watchdog::Verdict::kStopped) return {Outcome::kStopped, "shut down while it ran"};
  return {Outcome::kThrew, MessageOf(failure.Message())};
}

// Runs in the middle of a collection: no V8 object may be made or read here.
size_t ScriptEngine::OnNearLimit(void* self, size_t current, size_t /*initial*/) {
  auto* engine = static_cast<ScriptEngine*>(self);
  engine->near_limit_ = true;
  engine->isolate_->TerminateExecution();
  return engine->raises_++ < kMostRaises ? current * 2 : current;
}

}  // namespace handrail::embed
