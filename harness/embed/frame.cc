#include "harness/embed/frame.h"

#include <optional>

namespace handrail::embed {
namespace {

constexpr size_t kLengthSize = 4;

template <class Number>
void Put(std::string& bytes, Number number) {
  for (size_t i = 0; i < sizeof number; ++i) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(number) >> (8 * i)));
  }
}

// Takes numbers and texts off the front of a body; nothing once it was too short.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  template <class Number>
  std::optional<Number> Take() {
    if (rest_.size() < sizeof(Number)) return std::nullopt;
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof(Number); ++i) {
      number |= static_cast<uint64_t>(static_cast<uint8_t>(rest_[i])) << (8 * i);
    }
    rest_.remove_prefix(sizeof(Number));
    return static_cast<Number>(number);
  }
  std::optional<std::string> TakeText() {
    const std::optional<uint32_t> size = Take<uint32_t>();
    if (!size || *size > rest_.size()) return std::nullopt;
    std::string text(rest_.substr(0, *size));
    rest_.remove_prefix(*size);
    return text;
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool Decode(std::string_view body, Frame& frame) {
  Cursor cursor(body);
  const auto kind = cursor.Take<uint8_t>();
  const auto id = cursor.Take<uint64_t>();
  const auto fields = cursor.Take<uint8_t>();
  if (!kind || !id || !fields || *fields > kMaxFields) return false;
  if (*kind < static_cast<uint8_t>(FrameKind::kHello) ||
      *kind > static_cast<uint8_t>(FrameKind::kReply)) {
    return false;
  }
  frame = {static_cast<FrameKind>(*kind), *id, {}};
  for (int i = 0; i < *fields; ++i) {
    std::optional<std::string> text = cursor.TakeText();
    if (!text) return false;
    frame.fields.push_back(*std::move(text));
  }
  return cursor.empty();
}

}  // namespace

std::string Encode(const Frame& frame) {
  std::string bytes(kLengthSize, '\0');
  Put(bytes, static_cast<uint8_t>(frame.kind));
  Put(bytes, frame.id);
  Put(bytes, static_cast<uint8_t>(frame.fields.size()));
  for (const std::string& field : frame.fields) {
    Put(bytes, static_cast<uint32_t>(field.size()));
    bytes += field;
  }
  std::string length;
  Put(length, static_cast<uint32_t>(bytes.size() - kLengthSize));
  return bytes.replace(0, kLengthSize, length);
}

void FrameReader::Add(std::string_view bytes) {
  if (rubbish_) return;
  bytes_.erase(0, begin_);
  begin_ = 0;
  bytes_ += bytes;
}

FrameReader::Status FrameReader::Rubbish() {
  rubbish_ = true;
  bytes_ = {};
  return Status::kRubbish;
}

FrameReader::Status FrameReader::Take(Frame& frame) {
  if (rubbish_) return Status::kRubbish;
  const std::string_view rest = std::string_view(bytes_).substr(begin_);
  const std::optional<uint32_t> length = Cursor(rest).Take<uint32_t>();
  if (!length) return Status::kNeedsMore;
  if (*length > max_frame_ || *length > kMaxFrame) return Rubbish();
  if (rest.size() - kLengthSize < *length) return Status::kNeedsMore;
  if (!Decode(rest.substr(kLengthSize, *length), frame)) return Rubbish();
  begin_ += kLengthSize + *length;
  return Status::kFrame;
}

}  // namespace handrail::embed
