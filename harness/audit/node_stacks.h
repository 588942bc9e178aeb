// The handle stacks of the isolates inside a Node whose V8 we have no header of. Where an isolate
// keeps its handle stack is told by an exported function up to V8 12.4, later it lies somewhere
// near the isolate's beginning: it is looked for there with handles made for it, and whatever is
// found must have moved by one with each of them before it is believed.
//
// The tombstone is a small integer, which V8 stores in the slot itself: the garbage collector
// passes it by.
//
// Threads: any, each for the isolate that it is inside.
#pragma once

#include <string>

#include "harness/guard/handle_stack.h"

struct napi_env__;

namespace handrail::audit {

// nullptr: no isolate is current, or its handle stack could not be located; `HandleProblem` says
// why then. REQUIRES: `env` is the environment of the isolate that is current.
guard::HandleStack* NodeStack(napi_env__* env);

// From here on another keeps the stacks: what watches V8's own calls as well.
void LeaveStacksTo(guard::HandleStack* (*stack)(), void (*forget)());

// An environment has ended, its isolate most likely ends too: what is known of the current one is
// void.
void ForgetNodeStack();

// Empty: no problem so far.
std::string HandleProblem();

}  // namespace handrail::audit
