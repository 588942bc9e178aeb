// What a person knows and does not want to be told again, as LeakSanitizer's suppressions: a file
// of lines
//
//   # a comment
//   HD001:StoreCallback
//   *:third_party/*
//
// The first part is a code, or * for all; the second a glob that is held against function, module
// and file of every station of the finding. A * stands for any text, and the glob need match only a
// part that begins after a '/' or at the beginning.
//
// Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handrail::audit {

struct Suppression {
  std::string code{};
  std::string pattern{};
  int line = 0;      // in the file, from 1
  int64_t used = 0;  // findings that it silenced
};

class Suppressions {
 public:
  // `file`: for messages. False: a line is wrong, and `problem` says "FILE:LINE: ...".
  bool Parse(std::string_view text, const std::string& file, std::string* problem);
  // The same from a file.
  bool Read(const std::string& file, std::string* problem);

  // Whether one of them holds for a finding with these names (functions, modules, files). Counts
  // it.
  bool Silences(std::string_view code, const std::vector<std::string>& names);

  const std::vector<Suppression>& all() const { return all_; }

 private:
  std::vector<Suppression> all_;
};

}  // namespace handrail::audit
