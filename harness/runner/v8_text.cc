#include "harness/runner/v8_text.h"

#include "harness/core/text.h"

namespace handrail {
namespace {

std::string_view LineAt(std::string_view text, size_t start) {
  return text.substr(start, text.find('\n', start) - start);
}

bool SpeaksOfMemory(std::string_view text) {
  return text.find("out of memory") != std::string_view::npos ||
         text.find("OOM") != std::string_view::npos;
}

// The file of a failed check as V8's own tree has it, wherever that was built: "src/api/api.cc, ...".
std::string_view InV8sTree(std::string_view where) {
  constexpr std::string_view kTree = "/v8/src/";
  const size_t tree = where.find(kTree);
  return tree == std::string_view::npos ? where : where.substr(tree + 4);
}

// "# Fatal error in v8::HandleScope::CreateHandle()\n# Cannot create a handle ..."; a failed check
// says "in , line 0", or file and line in a debug build.
std::optional<V8Words> FindFatalBox(std::string_view output) {
  constexpr std::string_view kMark = "# Fatal error in ";
  const size_t mark = output.rfind(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  V8Words words;
  const std::string_view where = LineAt(output, mark + kMark.size());
  if (where != ", line 0") words.where = OneLine(InV8sTree(where), 200);
  const size_t next = mark + kMark.size() + where.size() + 1;
  if (next < output.size()) {
    std::string_view message = LineAt(output, next);
    message.remove_prefix(std::min(message.find_first_not_of("# "), message.size()));
    words.message = OneLine(message, 300);
  }
  words.out_of_memory = SpeaksOfMemory(words.message);
  return words;
}

// Node: "FATAL ERROR: v8::HandleScope::CreateHandle() Cannot create a handle without a HandleScope".
std::optional<V8Words> FindNodeLine(std::string_view output) {
  constexpr std::string_view kMark = "FATAL ERROR: ";
  const size_t mark = output.rfind(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  V8Words words;
  const std::string_view line = LineAt(output, mark + kMark.size());
  const size_t end = line.find("() ");
  if (end == std::string_view::npos) {
    words.message = OneLine(line, 300);
  } else {
    words.where = OneLine(line.substr(0, end + 2), 200);
    words.message = OneLine(line.substr(end + 3), 300);
  }
  words.out_of_memory = SpeaksOfMemory(line);
  return words;
}

// A check of Node's own: "  #  node[42]: void napi_env__::CallIntoModule(...) at ../src/x.h:94" and
// below it "  #  Assertion failed: (open_handle_scopes) == (open_handle_scopes_before)".
std::optional<V8Words> FindNodeCheck(std::string_view output) {
  constexpr std::string_view kMark = "  #  Assertion failed: ";
  const size_t mark = output.rfind(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  V8Words words;
  words.message = OneLine(LineAt(output, mark + 5), 300);  // without the frame of the box
  const std::string_view before = output.substr(0, mark);
  const size_t place = before.rfind(" at ");
  if (place != std::string_view::npos) {
    std::string_view where = LineAt(before, place + 4);
    words.where = OneLine(where, 200);
  }
  return words;
}

// The same until Node 20, in one line: "/opt/node[42]: ../src/x.h:94:void Call(...): Assertion `a == b'
// failed." An assertion of the C library has no process's number in it.
std::optional<V8Words> FindOldNodeCheck(std::string_view output) {
  constexpr std::string_view kMark = ": Assertion `";
  const size_t mark = output.rfind(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  const size_t last_line = output.rfind('\n', mark);
  std::string_view before = output.substr(0, mark);
  if (last_line != std::string_view::npos) before.remove_prefix(last_line + 1);
  const size_t number = before.find("]: ../src/");
  if (number == std::string_view::npos) return std::nullopt;
  before.remove_prefix(number + 3);
  V8Words words;
  words.where = OneLine(before.substr(0, before.find(':', before.find(':') + 1)), 200);
  std::string_view text = LineAt(output, mark + kMark.size());
  text = text.substr(0, text.rfind("' failed."));
  words.message = OneLine("Assertion failed: " + std::string(text), 300);
  return words;
}

// Without a handler: "# Fatal javascript OOM in CALL_AND_RETRY_LAST" until V8 10, later
// "# Fatal JavaScript out of memory: CALL_AND_RETRY_LAST"; "process" where it is not V8's heap.
std::optional<V8Words> FindOutOfMemory(std::string_view output) {
  constexpr std::string_view kMark = "Fatal ";
  for (size_t mark = output.rfind(kMark); mark != std::string_view::npos;
       mark = mark > 0 ? output.rfind(kMark, mark - 1) : std::string_view::npos) {
    const std::string_view line = LineAt(output, mark);
    if (line.find(" OOM in ") == std::string_view::npos &&
        line.find(" out of memory: ") == std::string_view::npos) {
      continue;
    }
    return V8Words{true, "", OneLine(line, 300)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<V8Words> FindV8Words(std::string_view output) {
  if (std::optional<V8Words> words = FindFatalBox(output)) return words;
  if (std::optional<V8Words> words = FindNodeLine(output)) return words;
  if (std::optional<V8Words> words = FindNodeCheck(output)) return words;
  if (std::optional<V8Words> words = FindOldNodeCheck(output)) return words;
  return FindOutOfMemory(output);
}

}  // namespace handrail
