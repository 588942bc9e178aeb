#include "harness/embed/wake_up.h"

#include <utility>

#include "harness/embed/schedule_point.h"

namespace handrail::embed {

WakeUp::WakeUp(uv_loop_t* loop, std::function<void()> on_wake, SendFunction send) : send_(send) {
  if (loop == nullptr) return;
  auto* handle = new Handle{{}, std::move(on_wake)};
  const int refused = uv_async_init(loop, &handle->async, [](uv_async_t* async) {
    auto* self = reinterpret_cast<Handle*>(async);
    if (self->owned) self->on_wake();
  });
  if (refused != 0) {
    delete handle;
    return;
  }
  handle_ = handle;
}

int WakeUp::Send() {
  SchedulePoint("wake_up.send");
  const std::lock_guard<std::mutex> lock(mutex_);
  return usable() ? send_(&handle_->async) : UV_ECANCELED;
}

bool WakeUp::usable() const {
  return handle_ != nullptr && uv_is_closing(reinterpret_cast<uv_handle_t*>(&handle_->async)) == 0;
}

// Under the lock, because Send looks at the same flags.
void WakeUp::Ref() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (handle_ != nullptr) uv_ref(reinterpret_cast<uv_handle_t*>(&handle_->async));
}

void WakeUp::Unref() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (handle_ != nullptr) uv_unref(reinterpret_cast<uv_handle_t*>(&handle_->async));
}

void WakeUp::Close() {
  Handle* handle = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    handle = std::exchange(handle_, nullptr);
  }
  if (handle == nullptr) return;
  handle->owned = false;
  auto* base = reinterpret_cast<uv_handle_t*>(&handle->async);
  if (uv_is_closing(base) != 0) {
    delete handle;  // by a loop that was ended first
    return;
  }
  uv_close(base, [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
}

}  // namespace handrail::embed
