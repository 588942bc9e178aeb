#include "harness/embed/environment.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "harness/embed/home.h"

namespace handrail::embed {

v8::Isolate* Turn::isolate() const { return home_.isolate(); }

Environment::Environment(v8::Isolate* isolate, v8::Local<v8::Context> context, uv_loop_t* loop,
                         EnvironmentOptions options)
    : home_(std::make_shared<Home>(isolate, context, loop, std::move(options))) {}

void Environment::Close() { home_->Close(/*abandoned=*/false); }
void Environment::Abandon() { home_->Close(/*abandoned=*/true); }
void Environment::Settle() { home_->DrainDrops(); }
bool Environment::OnThread() const { return home_->OnThread(); }
Totals Environment::totals() const { return home_->totals(); }
v8::Isolate* Environment::isolate() const { return home_->isolate(); }
uv_loop_t* Environment::loop() const { return home_->loop(); }

bool Environment::Run(Closure work) {
  if (!OnThread() || !home_->open()) return false;
  home_->InTurn("turn", [&](Turn& turn) { std::move(work)(turn); });
  return true;
}

EventLoop::EventLoop() {
  if (const int error = uv_loop_init(&loop_); error != 0) {
    std::fprintf(stderr, "cannot make an event loop: %s\n", uv_strerror(error));
    std::abort();
  }
}

EventLoop::~EventLoop() {
  uv_walk(
      &loop_,
      [](uv_handle_t* handle, void*) {
        if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
      },
      nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

void EventLoop::Run() { uv_run(&loop_, UV_RUN_DEFAULT); }
bool EventLoop::RunOnce() { return uv_run(&loop_, UV_RUN_NOWAIT) != 0; }

}  // namespace handrail::embed
