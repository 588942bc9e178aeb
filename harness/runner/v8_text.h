// Finds V8's last words in what a process printed, for the cases in which V8 ends the process
// without calling any handler (failed checks, no isolate entered, Node's own handler). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace handrail {

struct V8Words {
  bool out_of_memory = false;
  std::string where;    // V8's location, empty when it gave none
  std::string message;  // one line
};

std::optional<V8Words> FindV8Words(std::string_view output);

}  // namespace handrail
