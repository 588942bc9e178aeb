// Keeps the beginning and the end of what a process prints, whatever its length: the beginning tells
// what it was about, the end how it died. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace handrail {

class KeptOutput {
 public:
  void Take(std::string_view bytes);
  int64_t bytes() const { return bytes_; }  // printed so far

  // Head and tail; between them how much was left out, if anything was.
  std::string Text() const;

  static constexpr size_t kHead = 8 << 10;
  static constexpr size_t kTail = 24 << 10;

 private:
  std::string head_;
  std::string tail_;
  int64_t bytes_ = 0;
};

}  // namespace handrail
