// A task as one writes it without the library: work on the thread pool, then a callback in the
// isolate that has the resolver of a promise. What the callback throws is lost, as it is below a
// native frame that nobody looks at.
//
// Owned by the loop, deleted after its callback. Used on the isolate's thread.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "scenarios/embed_host.h"

namespace handrail {

struct BareTask {
  using Complete = std::function<void(BareTask&, v8::Local<v8::Context>)>;

  EmbedHost& host;
  v8::Global<v8::Promise::Resolver> resolver;
  Complete complete;
  uv_work_t work{};

  static v8::Local<v8::Promise> Start(EmbedHost& host, Complete complete) {
    auto resolver = v8::Promise::Resolver::New(host.context()).ToLocalChecked();
    auto* task = new BareTask{host, {host.isolate(), resolver}, std::move(complete)};
    task->work.data = task;
    uv_queue_work(
        host.loop.get(), &task->work, [](uv_work_t*) {}, After);
    return resolver->GetPromise();
  }
  static void After(uv_work_t* work, int) {
    const std::unique_ptr<BareTask> task(static_cast<BareTask*>(work->data));
    const v8::HandleScope scope(task->host.isolate());
    const v8::TryCatch failure(task->host.isolate());
    task->complete(*task, task->host.context());
  }
};

}  // namespace handrail
