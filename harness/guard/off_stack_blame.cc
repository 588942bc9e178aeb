#include "harness/guard/off_stack_blame.h"

#include <algorithm>
#include <string_view>

namespace handrail::guard {
namespace {

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Where the bracket at `open` is closed; the end of the text where it is not.
size_t Closing(std::string_view text, size_t open) {
  const char opens = text[open];
  const char closes = opens == '<' ? '>' : ')';
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == opens) ++depth;
    if (text[i] == closes && --depth == 0) return i;
  }
  return text.size();
}

// The function's qualified name: without template arguments, parameters, the type that it returns.
//   std::pair<int, long> (anonymous namespace)::F<int>(int) const::Inner::Inner() ->
//   ()::F()::Inner::Inner
std::string NameOf(std::string_view function) {
  std::string name;
  for (size_t i = 0; i < function.size(); ++i) {
    if (name.ends_with("operator")) {  // its brackets are none
      const size_t parameters = std::min(function.find('(', i + 1), function.size());
      name += function.substr(i, parameters - i);
      i = parameters;
      if (i == function.size()) break;
    }
    if (function[i] == '<') {
      i = Closing(function, i);
    } else if (function[i] == '(') {
      i = Closing(function, i);
      const std::string_view rest = function.substr(std::min(i + 1, function.size()));
      if (rest.starts_with(" const::")) i += std::string_view(" const").size();
      if (!rest.starts_with("::") && !rest.starts_with(" const::")) break;
      name += "()";  // something inside this function
    } else if (function[i] == ' ') {
      name.clear();
    } else {
      name += function[i];
    }
  }
  return name;
}

bool OfLibraryByName(const std::string& function) {
  if (function.starts_with("decltype")) return true;  // std::construct_at, by the type it returns
  const std::string name = NameOf(function);
  for (const std::string_view space : {"std::", "v8::", "__gnu_cxx::", "absl::"}) {
    if (name.starts_with(space)) return true;
  }
  return false;
}

// Of V8's headers (v8.h, v8-local-handle.h) or of a library that only keeps what it is given.
bool OfLibrary(const Frame& frame) {
  if (frame.file.empty()) return OfLibraryByName(frame.function);
  std::string_view file = frame.file;
  for (const std::string_view folder : {"/c++/", "/usr/include/", "/usr/lib/", "/absl/"}) {
    if (Has(file, folder)) return true;
  }
  file.remove_prefix(file.rfind('/') + 1);
  return file.starts_with("v8") && file.ends_with(".h");
}

// Request::Request, and the closure type that a lambda is copied as. Compilers also write
// constructors that have no line of their own: they tell that of the class.
bool IsConstructor(const Frame& frame) {
  const std::string name = NameOf(frame.function);
  const size_t colons = name.rfind("::");
  if (colons == std::string::npos || colons == 0) return false;
  const std::string_view last = std::string_view(name).substr(colons + 2);
  const std::string_view before = std::string_view(name).substr(0, colons);
  return !last.empty() && before.ends_with(last) &&
         (before.size() == last.size() || before[before.size() - last.size() - 1] == ':');
}

}  // namespace

std::string HandleOf(const std::vector<Frame>& frames) {
  constexpr std::string_view kLocal = "v8::Local<";
  for (const Frame& frame : frames) {
    const std::string_view function = frame.function;
    const size_t at = function.find(kLocal);
    if (at == std::string_view::npos) continue;
    const size_t end = Closing(function, at + kLocal.size() - 1);
    if (end < function.size()) return std::string(function.substr(at, end + 1 - at));
  }
  return "v8::Local";
}

Blame BlameOf(const std::vector<Frame>& frames) {
  Blame blame;
  for (const Frame& frame : frames) {
    if (!OfLibrary(frame)) blame.stack.push_back(frame);
  }
  if (blame.stack.empty()) blame.stack = {frames.front()};
  const auto place = std::find_if_not(blame.stack.begin(), blame.stack.end(), IsConstructor);
  if (place != blame.stack.end()) blame.place = place - blame.stack.begin();
  // What is inlined into a coroutine has its variables in the coroutine's frame: that is the site.
  for (size_t i = blame.place; i < blame.stack.size(); ++i) {
    const Frame& frame = blame.stack[i];
    if (!frame.resumed || frame.offset != blame.stack[blame.place].offset) break;
    blame.place = i;
  }
  return blame;
}

}  // namespace handrail::guard
