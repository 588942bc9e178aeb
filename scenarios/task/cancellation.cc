// A task that was cancelled, and runs.
//
// Story: a user stops a download. The task is cancelled and its buffer given to the next one;
// now and then that one's data is overwritten by the first, which had begun after all.
// Who: whoever takes "cancel" for an order. uv_cancel and napi_cancel_async_work are questions:
// a request that has started goes on.
// Rule: what execute uses is released when it is over, or when Cancel has said that it never
// runs.
// Seen: the buffer that the next one holds; the use of the freed one under ASan. Execute waits
// in the midst of its work, so that the cancellation is always the late one; others in the queue
// behind it are cancelled in time.
// Reference: neon_rfc_promise_taskbuilder (Future Expansion), napi_cancel_async_work
#include <latch>
#include <memory>
#include <vector>

#include "harness/embed/task.h"
#include "scenarios/embed_host.h"

namespace handrail {
namespace {

constexpr int kDownloads = 6;  // more than libuv's pool has threads, unless it was told otherwise

struct Buffer {
  char data[1000] = "empty";
};

// A strategy is the buffer of a download, and what is done to stop it.

struct AnswerLookedAt {
  std::unique_ptr<Buffer> buffer = std::make_unique<Buffer>();
  Buffer* ForTask() { return buffer.get(); }
  void Stop(Trial&, embed::TaskHandle& task) {
    if (task.Cancel()) buffer.reset();
  }
};

struct SharedWithTask {
  std::shared_ptr<Buffer> buffer = std::make_shared<Buffer>();
  std::shared_ptr<Buffer> ForTask() { return buffer; }
  void Stop(Trial&, embed::TaskHandle& task) {
    static_cast<void>(task.Cancel());
    buffer.reset();
  }
};

struct AnswerIgnored : AnswerLookedAt {
  void Stop(Trial& trial, embed::TaskHandle& task) {
    const bool cancelled = task.Cancel();
    trial.Reached();
    if (!cancelled) trial.Triggered();  // it has begun, and will write to what is freed here
    buffer.reset();
  }
};

template <class Download>
void Once(Trial& trial, EmbedHost& host) {
  std::latch begun(1);
  std::latch go(1);
  std::vector<Download> downloads(kDownloads);
  std::vector<embed::TaskHandle> tasks;
  int64_t completed = 0;
  for (int i = 0; i < kDownloads; ++i) {
    embed::Task task(host.environment(), [&, i, buffer = downloads[i].ForTask()] {
      if (i == 0) begun.count_down();
      go.wait();
      buffer->data[0] = 'd';
    });
    tasks.push_back(task.Handle());
    task.AndThen([&](embed::Turn&) { ++completed; });
  }
  begun.wait();
  std::vector<std::unique_ptr<Buffer>> next;  // of whoever asks for memory next
  for (int i = 0; i < kDownloads; ++i) {
    downloads[i].Stop(trial, tasks[i]);
    next.push_back(std::make_unique<Buffer>());
  }
  const embed::Totals before = host.totals();
  go.count_down();
  host.loop.Run();
  int64_t changed = 0;
  for (const auto& buffer : next) changed += buffer->data[0] != 'e' ? 1 : 0;
  trial.oracle().Count("buffers of others that were written to", changed, 0);
  const int64_t cancelled = host.totals().tasks_cancelled - before.tasks_cancelled;
  trial.oracle().Count("downloads completed or cancelled", completed + cancelled, kDownloads);
  trial.Step();
}

template <class Download>
void Run(Trial& trial) {
  EmbedHost host(trial);
  for (int64_t i = 0; i < trial.size(); ++i) Once<Download>(trial, host);
}

}  // namespace

Scenario TaskCancellation() {
  return Scenario("task/cancellation")
      .Title("a task that was cancelled runs")
      .Story(
          "A download is stopped and its buffer given to the next one. It had begun, and writes to "
          "what is no longer its own.")
      .Reference("neon_rfc_promise_taskbuilder")
      .Sizes({5, 50}, 15, 100)
      .Correct<AnswerLookedAt>("answer-looked-at", Run<AnswerLookedAt>,
                               "released at once only if Cancel says that it never runs")
      .Correct<SharedWithTask>("shared-with-task", Run<SharedWithTask>,
                               "the task has a share in the buffer")
      .Broken<AnswerIgnored>("answer-ignored", Run<AnswerIgnored>,
                             "released as if Cancel were an order")
      .Gives({"PX006"}, {.instrument = "asan"})
      .Gives({"PX011"});
}

}  // namespace handrail
