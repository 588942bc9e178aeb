#include "harness/embed/serve_requests.h"

#include <charconv>
#include <optional>

#include "harness/embed/frame_socket.h"

namespace handrail::embed {
namespace {

using End = FrameSocket::End;

bool ParseNumber(const std::string& text, size_t& number) {
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && parsed == end;
}

std::optional<ExecutorOptions> ParseLoad(Frame frame) {
  if (frame.kind != FrameKind::kLoad || frame.fields.size() != 3) return std::nullopt;
  ExecutorOptions options;
  options.plugin = std::move(frame.fields[0]);
  if (!ParseNumber(frame.fields[1], options.heap_limit_mb)) return std::nullopt;
  if (!ParseNumber(frame.fields[2], options.max_text)) return std::nullopt;
  return options;
}

Frame ToFrame(uint64_t id, Reply reply, bool spent) {
  std::string outcome(1, static_cast<char>(reply.outcome));
  return {FrameKind::kReply, id, {std::move(outcome), std::move(reply.text), spent ? "spent" : ""}};
}

}  // namespace

int ServeRequests(int fd, engine::Engine& engine, const InstallNatives& natives) {
  FrameSocket pool(fd, kMaxFrame);
  Frame frame;
  if (pool.Send({.kind = FrameKind::kHello}, kNoDeadline) != End::kDone) return 0;
  if (pool.Receive(frame, kNoDeadline) != End::kDone) return 0;
  const std::optional<ExecutorOptions> options = ParseLoad(std::move(frame));
  if (!options) return 1;
  Watchdog nobody(std::chrono::milliseconds(0));
  ScriptEngine scripts(engine, *options, nobody, natives);
  if (pool.Send({.kind = FrameKind::kReady}, kNoDeadline) != End::kDone) return 0;
  for (;;) {
    const End end = pool.Receive(frame, kNoDeadline);
    if (end != End::kDone) return end == End::kRubbish ? 1 : 0;
    if (frame.kind != FrameKind::kRequest || frame.fields.size() != 3) return 1;
    const Request request = {std::move(frame.fields[0]), std::move(frame.fields[1]),
                             std::move(frame.fields[2])};
    Reply reply = scripts.Run(request);
    const Frame told = ToFrame(frame.id, std::move(reply), scripts.spent());
    if (pool.Send(told, kNoDeadline) != End::kDone) return 0;
  }
}

}  // namespace handrail::embed
