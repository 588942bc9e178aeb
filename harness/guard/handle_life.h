// What the watch of V8's functions (call_watch.h) and that of Node-API's (napi_watch.h) have in
// common: whether a slot may be used, and how its life is told. Both look at the same handle
// stacks, because a napi_value of Node is the address of the very slot that a v8::Local is.
//
// No V8 header. Threads: any, each for its own stack; AddNames before anything is watched.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/guard/handle_stack.h"
#include "harness/guard/misuse.h"

namespace handrail::guard {

// Numbers of Node-API's functions begin here; those of V8's are counted from 1.
inline constexpr uint32_t kFirstNapiNumber = 1u << 20;

// `name` tells the function of a Site's number, empty when it is none of its own. At most four.
void AddNames(std::string (*name)(uint32_t number));
// "v8::Object::New"; empty: not known.
std::string NameOfFunction(uint32_t number);
// " by v8::Object::New", or nothing.
std::string ByFunction(uint32_t number);

// The end of this thread's own stack.
const uintptr_t* StackHigh();

enum class SlotState : uint8_t {
  kFine,        // alive, or nothing is known of it
  kDead,        // of the handle stack: its scope has closed
  kFrameIsGone  // of the thread's own stack, in a frame that has returned
};

// `here`: an address in the frame of the function that was called. `stack` may be nullptr.
SlotState ExamineSlot(const HandleStack* stack, const uintptr_t* slot, const void* here);

// The stations of a slot's life up to its death. Empty: nothing is known.
std::vector<Station> LifeOf(const HandleStack& stack, const uintptr_t* slot);

}  // namespace handrail::guard
