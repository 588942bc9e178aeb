// The messages between a ProcessPool and its workers, as bytes, and the way back. Nothing that
// arrives is trusted: a frame is bounded before anything is allocated for it, and bytes that are no
// frame are rubbish, for good.
//
//   length of what follows (4 bytes), kind (1), id (8), number of fields (1),
//   then for each field its length (4) and its bytes          all numbers little endian
//
// Pure: no descriptors, no V8. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handrail::embed {

enum class FrameKind : uint8_t {
  kHello = 1,  // worker: it is there
  kLoad,       // pool: plugin, heap limit in MiB, longest text in bytes
  kReady,      // worker: its engine is up, also when the plugin did not load
  kRequest,    // pool: source, function, argument
  kReply,      // worker, with the id of the request: outcome (one byte), text, "spent" or ""
};

struct Frame {
  FrameKind kind = FrameKind::kHello;
  uint64_t id = 0;
  std::vector<std::string> fields{};

  bool operator==(const Frame&) const = default;
};

inline constexpr size_t kMaxFields = 8;
// What no frame exceeds, whatever bound its reader sets.
inline constexpr size_t kMaxFrame = size_t{1} << 30;

// Requires: at most kMaxFields, kMaxFrame bytes in all.
std::string Encode(const Frame& frame);

class FrameReader {
 public:
  // `max_frame`: bytes after the length.
  explicit FrameReader(size_t max_frame) : max_frame_(max_frame) {}

  void Add(std::string_view bytes);

  enum class Status { kFrame, kNeedsMore, kRubbish };
  // The next frame of what was added. After kRubbish always kRubbish.
  Status Take(Frame& frame);

  // Whether all that was added has been taken.
  bool empty() const { return !rubbish_ && begin_ == bytes_.size(); }

 private:
  Status Rubbish();

  const size_t max_frame_;
  std::string bytes_;
  size_t begin_ = 0;  // of what is not taken yet
  bool rubbish_ = false;
};

}  // namespace handrail::embed
