#include "harness/worker/loop_watch.h"

#include <signal.h>

#include <map>
#include <string>
#include <utility>

namespace handrail {
namespace {

// "1 async, 2 timer": by libuv's own names of the types.
std::string Keepers(uv_loop_t* loop) {
  std::map<std::string, int> counts;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* out) {
        if (uv_is_active(handle) == 0 || uv_has_ref(handle) == 0) return;
        const char* name = uv_handle_type_name(handle->type);
        ++(*static_cast<std::map<std::string, int>*>(out))[name != nullptr ? name : "unknown"];
      },
      &counts);
  if (loop->active_reqs.count > 0) counts["request"] = static_cast<int>(loop->active_reqs.count);
  std::string text;
  for (const auto& [name, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  return text;
}

}  // namespace

LoopWatch::LoopWatch(uv_loop_t* loop, Report report)
    : report_(std::move(report)), signal_(new uv_signal_t) {
  uv_signal_init(loop, signal_);
  signal_->data = this;
  uv_signal_start(
      signal_,
      [](uv_signal_t* signal, int) { static_cast<LoopWatch*>(signal->data)->OnTimeOver(); },
      SIGTERM);
  uv_unref(reinterpret_cast<uv_handle_t*>(signal_));
}

LoopWatch::~LoopWatch() { uv_signal_stop(signal_); }

void LoopWatch::OnTimeOver() {
  const std::string keepers = Keepers(signal_->loop);
  if (!keepers.empty()) {
    Finding finding;
    finding.code = "PX020";
    finding.detector = "loop";
    finding.message = "Node's event loop is kept alive by " + keepers;
    report_(std::move(finding));
  }
  uv_signal_stop(signal_);  // the last watcher of it: the signal has its default effect again
  raise(SIGTERM);
}

}  // namespace handrail
