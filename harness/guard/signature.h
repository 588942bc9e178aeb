// What a thunk must know of one exported function of V8: which of its arguments are handles, how they
// travel, and what comes back. Read from the table that scripts/signatures.py makes of each engine's
// headers while it is built, never typed by hand.
//
// Threads: a table does not change once it is made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace handrail::guard {

// One integer register of a call, in the order rdi, rsi, rdx, rcx, r8, r9.
struct Argument {
  enum class Kind : uint8_t {
    kOther,
    kThis,      // the slot of a handle, as `this`
    kHandle,    // a Local or MaybeLocal by value: the address of its slot, nullptr when empty
    kHandles,   // a pointer to Locals, `count_in` says which argument counts them
    kIsolate,   // a v8::Isolate*, as argument or as `this`
    kCallback,  // a v8::FunctionCallback
    kScope,     // `this` of a HandleScope
  };
  Kind kind = Kind::kOther;
  int count_in = -1;         // of kHandles
  std::string_view type{};   // of kThis and kHandle: "v8::Promise::Resolver"
};

struct Signature {
  std::string_view mangled{};
  std::string name{};  // "v8::Promise::Resolver::Resolve"
  std::vector<Argument> registers{};
  int stack_words = 0;       // arguments on the stack, in words of 8 bytes
  bool floats = false;       // SSE registers carry arguments
  bool in_memory = false;    // what is returned goes through a hidden pointer, the first register
  std::string_view result{};  // the type when a handle is returned, else empty
  bool understood = true;    // no: it gets no thunk, and is named as not covered
};

// "v8::Promise::Resolver::Resolve" of its mangled name; the mangled name when it is none.
std::string PlainName(std::string_view mangled);

class SignatureTable {
 public:
  // `text`: as scripts/signatures.py writes it; outlives the table. Lines that are not rows are left out.
  explicit SignatureTable(std::string_view text);

  // nullptr: no such function. A constructor or destructor is found by any of its variants' names.
  const Signature* Find(std::string_view mangled) const;
  size_t size() const { return rows_.size(); }

 private:
  std::unordered_map<std::string_view, std::string_view> rows_;       // name to the rest of its row
  mutable std::unordered_map<std::string, Signature> read_;           // those that were asked for
};

}  // namespace handrail::guard
