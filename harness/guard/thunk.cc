#include "harness/guard/thunk.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>

extern "C" void __register_frame(void*);    // of the unwinder, libgcc_s
extern "C" void __deregister_frame(void*);

namespace handrail::guard {
namespace {

constexpr size_t kChunk = 256 << 10;
constexpr size_t kMostOfOne = 640;  // bytes of code and unwind data that a thunk takes at most

constexpr uint32_t kReturn = 1;  // bytes of the last instruction
constexpr uint32_t kJump = 3;

// Where things lie below %rbp. The Call begins at kCall.
constexpr int8_t kCall = -96;
constexpr int8_t kRegisters = -48;
constexpr int32_t kResultFloat = -112;   // xmm0 as returned, 16 bytes
constexpr int32_t kFloats = -176;       // xmm0 to xmm7 as passed, 8 bytes each
static_assert(offsetof(Call, registers) == static_cast<size_t>(kRegisters - kCall));
static_assert(offsetof(Call, callers_rbp) == static_cast<size_t>(-kCall));
static_assert(offsetof(Call, return_address) == static_cast<size_t>(8 - kCall));

class Code {
 public:
  explicit Code(uint8_t* at) : begin_(at), at_(at) {}

  void Bytes(std::initializer_list<int> bytes) {
    for (const int byte : bytes) *at_++ = static_cast<uint8_t>(byte);
  }
  template <class T>
  void Value(T value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  void CallAddress(const void* address) {
    Bytes({0x48, 0xB8});  // mov rax, imm64
    Value(address);
    Bytes({0xFF, 0xD0});  // call rax
  }
  // Stores (0x89) or loads (0x8B) rdi, rsi, rdx, rcx, r8, r9 at their places in the Call.
  void SixRegisters(int opcode) {
    static constexpr int kRex[] = {0x48, 0x48, 0x48, 0x48, 0x4C, 0x4C};
    static constexpr int kModrm[] = {0x7D, 0x75, 0x55, 0x4D, 0x45, 0x4D};
    for (int i = 0; i < 6; ++i) Bytes({kRex[i], opcode, kModrm[i], kRegisters + 8 * i});
  }
  void EightFloats(bool store) {
    for (int i = 0; i < 8; ++i) {
      if (store) {
        Bytes({0x66, 0x0F, 0xD6, 0x85 | i << 3});  // movq [rbp+disp32], xmm
      } else {
        Bytes({0xF3, 0x0F, 0x7E, 0x85 | i << 3});  // movq xmm, [rbp+disp32]
      }
      Value(kFloats + 8 * i);
    }
  }
  void Align() {
    while ((reinterpret_cast<uintptr_t>(at_) & 15) != 0) *at_++ = 0xCC;
  }

  uint8_t* at() const { return at_; }
  uint32_t size() const { return static_cast<uint32_t>(at_ - begin_); }

 private:
  uint8_t* begin_;
  uint8_t* at_;
};

void Hook(Code& code, const void* hook, void* what) {
  code.Bytes({0x48, 0xBF});  // mov rdi, imm64
  code.Value(what);
  code.Bytes({0x48, 0x8D, 0x75, kCall});  // lea rsi, [rbp+kCall]
  code.CallAddress(hook);
}

void WriteThunk(Code& code, const ThunkShape& shape) {
  const int32_t below = shape.floats ? -kFloats : -kResultFloat;
  const int32_t frame = below + (8 * shape.stack_words + 15) / 16 * 16;
  code.Bytes({0x55, 0x48, 0x89, 0xE5, 0x48, 0x81, 0xEC});  // push rbp; mov rbp, rsp; sub rsp, frame
  code.Value(frame);
  code.SixRegisters(0x89);
  if (shape.floats) code.EightFloats(true);
  Hook(code, reinterpret_cast<const void*>(shape.before), shape.what);
  code.Bytes({0x49, 0x89, 0xC3});  // mov r11, rax: what to call
  if (shape.after == nullptr) {
    if (shape.floats) code.EightFloats(false);
    code.SixRegisters(0x8B);
    code.Bytes({0xC9, 0x41, 0xFF, 0xE3});  // leave; jmp r11
    return;
  }
  for (int32_t i = 0; i < shape.stack_words; ++i) {
    code.Bytes({0x48, 0x8B, 0x85});  // mov rax, [rbp+16+8i]
    code.Value(16 + 8 * i);
    code.Bytes({0x48, 0x89, 0x84, 0x24});  // mov [rsp+8i], rax
    code.Value(8 * i);
  }
  if (shape.floats) code.EightFloats(false);
  code.SixRegisters(0x8B);
  code.Bytes({0x41, 0xFF, 0xD3});                                      // call r11
  code.Bytes({0x48, 0x89, 0x45, kCall, 0x48, 0x89, 0x55, kCall + 8});  // the result: rax, rdx
  code.Bytes({0x0F, 0x11, 0x85});                                      // and xmm0
  code.Value(kResultFloat);
  Hook(code, reinterpret_cast<const void*>(shape.after), shape.what);
  code.Bytes({0x48, 0x8B, 0x45, kCall, 0x48, 0x8B, 0x55, kCall + 8});
  code.Bytes({0x0F, 0x10, 0x85});
  code.Value(kResultFloat);
  code.Bytes({0xC9, 0xC3});  // leave; ret
}

// One CIE, one FDE and the end mark, as in an .eh_frame section (LSB, DWARF 5 section 6.4).
// `end`: how many bytes before the end of the thunk its frame is gone.
uint8_t* WriteUnwind(Code& code, const uint8_t* thunk, uint32_t size, uint32_t end) {
  code.Align();
  uint8_t* const begin = code.at();
  code.Value(uint32_t{20});  // length of the CIE
  code.Value(uint32_t{0});
  code.Bytes({1, 0, 1, 0x78, 16});      // version, no augmentation, code 1, data -8, return address
  code.Bytes({0x0C, 7, 8, 0x90, 1});    // CFA is rsp+8, the return address at CFA-8
  code.Bytes({0, 0, 0, 0, 0, 0});
  uint8_t* const fde = code.at();
  code.Value(uint32_t{0});  // its length, told below
  code.Value(static_cast<uint32_t>(code.at() - begin));
  code.Value(thunk);
  code.Value(uint64_t{size});
  code.Bytes({0x41, 0x0E, 16, 0x86, 2});  // after push rbp: CFA is rsp+16, rbp at CFA-16
  code.Bytes({0x43, 0x0D, 6});            // after mov rbp, rsp: CFA is rbp+16
  code.Bytes({0x04});                     // after leave: CFA is rsp+8, rbp is the caller's
  code.Value(size - end - 4);
  code.Bytes({0x0C, 7, 8, 0xC6});
  while ((code.at() - fde) % 8 != 4) code.Bytes({0});
  const auto length = static_cast<uint32_t>(code.at() - fde - 4);
  std::memcpy(fde, &length, sizeof length);
  code.Value(uint32_t{0});
  return begin;
}

}  // namespace

ThunkArena::~ThunkArena() {
  for (const Chunk& chunk : chunks_) {
    for (uint8_t* unwind : chunk.unwind) __deregister_frame(unwind);
    munmap(chunk.code, kChunk);
  }
}

bool ThunkArena::Grow() {
  void* code = mmap(nullptr, kChunk, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return false;
  chunks_.push_back({static_cast<uint8_t*>(code), 0, {}});
  return true;
}

void* ThunkArena::Make(const ThunkShape& shape) {
  const size_t most = kMostOfOne + 20 * static_cast<size_t>(shape.stack_words);
  if ((chunks_.empty() || chunks_.back().used + most > kChunk) && !Grow()) return nullptr;
  Chunk& chunk = chunks_.back();
  // Executable all the while: another thread may be inside a thunk of this chunk.
  if (mprotect(chunk.code, kChunk, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return nullptr;
  Code code(chunk.code + chunk.used);
  uint8_t* const thunk = code.at();
  WriteThunk(code, shape);
  chunk.unwind.push_back(
      WriteUnwind(code, thunk, code.size(), shape.after == nullptr ? kJump : kReturn));
  code.Align();
  chunk.used = static_cast<size_t>(code.at() - chunk.code);
  if (mprotect(chunk.code, kChunk, PROT_READ | PROT_EXEC) != 0) return nullptr;
  __register_frame(chunk.unwind.back());
  return thunk;
}

bool ThunkArena::Contains(const void* address) const {
  const auto* at = static_cast<const uint8_t*>(address);
  for (const Chunk& chunk : chunks_) {
    if (at >= chunk.code && at < chunk.code + kChunk) return true;
  }
  return false;
}

}  // namespace handrail::guard
