#include "harness/runner/capture.h"

#include <signal.h>
#include <uv.h>

#include <cstring>
#include <utility>

#include "harness/runner/engine_table.h"
#include "harness/runner/spawn.h"

namespace handrail {
namespace {

constexpr uint64_t kRestMs = 1000;  // for what is still in the pipes after its end

struct Stream {
  uv_pipe_t pipe;
  std::string* text;
  size_t limit;
};

struct Run {
  Captured result;
  uv_process_t process;
  uv_timer_t timer;
  Stream out;
  Stream err;
};

void Allocate(uv_handle_t*, size_t, uv_buf_t* buffer) {
  static char memory[64 << 10];
  *buffer = uv_buf_init(memory, sizeof memory);
}

void OnRead(uv_stream_t* handle, ssize_t size, const uv_buf_t* buffer) {
  auto* stream = static_cast<Stream*>(handle->data);
  if (size < 0) {
    uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
    return;
  }
  const size_t room = stream->limit - std::min(stream->limit, stream->text->size());
  stream->text->append(buffer->base, std::min(room, static_cast<size_t>(size)));
}

void OnRestTimeout(uv_timer_t* timer) {
  auto* run = static_cast<Run*>(timer->data);
  for (Stream* stream : {&run->out, &run->err}) {
    auto* handle = reinterpret_cast<uv_handle_t*>(&stream->pipe);
    if (uv_is_closing(handle) == 0) uv_close(handle, nullptr);
  }
}

// A child that it leaves may hold its pipes for ever: the rest is waited for, but not long.
void OnExit(uv_process_t* process, int64_t status, int signal) {
  auto* run = static_cast<Run*>(process->data);
  run->result.status = signal != 0 ? 128 + signal : static_cast<int>(status);
  kill(-process->pid, SIGKILL);  // the rest of its session
  uv_close(reinterpret_cast<uv_handle_t*>(process), nullptr);
  uv_timer_start(&run->timer, OnRestTimeout, kRestMs, 0);
  uv_unref(reinterpret_cast<uv_handle_t*>(&run->timer));
}

void OnTimeout(uv_timer_t* timer) {
  auto* run = static_cast<Run*>(timer->data);
  run->result.problem = "it did not answer in time";
  kill(-run->process.pid, SIGKILL);
}

void Open(uv_loop_t* loop, Stream& stream, std::string& text, size_t limit) {
  uv_pipe_init(loop, &stream.pipe, 0);
  stream.text = &text;
  stream.limit = limit;
  stream.pipe.data = &stream;
}

uv_stdio_container_t ToChild(Stream& stream) {
  uv_stdio_container_t container;
  container.flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
  container.data.stream = reinterpret_cast<uv_stream_t*>(&stream.pipe);
  return container;
}

}  // namespace

Captured RunAndCapture(const Command& command, int limit_ms) {
  Run run;
  uv_loop_t loop;
  uv_loop_init(&loop);
  Open(&loop, run.out, run.result.out, size_t{16} << 20);
  Open(&loop, run.err, run.result.err, size_t{1} << 20);
  uv_timer_init(&loop, &run.timer);
  run.process.data = run.timer.data = &run;
  std::vector<uv_stdio_container_t> stdio = {Ignored(), ToChild(run.out), ToChild(run.err)};
  const int error = Spawn(&loop, &run.process, command, stdio, OnExit, true);
  if (error != 0) {
    run.result.problem = std::string("it cannot be started: ") + uv_strerror(error);
    uv_close(reinterpret_cast<uv_handle_t*>(&run.process), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&run.out.pipe), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&run.err.pipe), nullptr);
  } else {
    uv_timer_start(&run.timer, OnTimeout, static_cast<uint64_t>(limit_ms), 0);
    uv_read_start(reinterpret_cast<uv_stream_t*>(&run.out.pipe), Allocate, OnRead);
    uv_read_start(reinterpret_cast<uv_stream_t*>(&run.err.pipe), Allocate, OnRead);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_close(reinterpret_cast<uv_handle_t*>(&run.timer), nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  return std::move(run.result);
}

}  // namespace handrail
