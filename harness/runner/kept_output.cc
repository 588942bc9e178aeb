#include "harness/runner/kept_output.h"

#include <algorithm>

namespace handrail {

void KeptOutput::Take(std::string_view bytes) {
  bytes_ += static_cast<int64_t>(bytes.size());
  const size_t room = kHead - head_.size();
  head_.append(bytes.substr(0, room));
  bytes.remove_prefix(std::min(room, bytes.size()));
  tail_.append(bytes);
  // Cut seldom: each cut moves the whole tail.
  if (tail_.size() > 4 * kTail) tail_.erase(0, tail_.size() - kTail);
}

std::string KeptOutput::Text() const {
  const size_t cut = tail_.size() - std::min(tail_.size(), kTail);
  const int64_t kept = static_cast<int64_t>(head_.size() + tail_.size() - cut);
  if (kept == bytes_) return head_ + tail_;
  return head_ + "\n[... " + std::to_string(bytes_ - kept) + " bytes left out ...]\n" +
         tail_.substr(cut);
}

}  // namespace handrail
