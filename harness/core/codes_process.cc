#include "harness/core/codes_tables.h"

namespace handrail {
namespace {

constexpr CodeInfo kCodes[] = {
    {.code = "PX001",
     .title = "Killed by a signal",
     .why = "The code read or wrote memory that is not its own, or hit a trap of V8's. With V8 the "
            "common causes are an object that outlived its isolate (a HandleScope or Global "
            "destroyed after Isolate::Dispose), a stale v8::Isolate*, and two threads in one "
            "isolate without a Locker.",
     .fix = "Destroy in the reverse order of making: handles and Globals, scopes, context, then "
            "the isolate. Build with AddressSanitizer to see the access itself.",
     .seen = "The process ended by SIGSEGV, SIGBUS, SIGILL, SIGTRAP or the like, with no text of "
             "V8's before it."},
    {.code = "PX002",
     .title = "V8 gave a fatal error",
     .why = "V8 checks some rules of its API even in release builds, and ends the process when one "
            "is broken. The message names the rule and the API function.",
     .fix = "Read the location and the text in the message; the caller of that function broke the "
            "rule it states.",
     .seen = "The callback of Isolate::SetFatalErrorHandler was called, or V8 printed a fatal "
             "error and aborted, or a check of Node's own failed. The texts with a code of their own "
             "are HD011, HD012, HD030, IS001 and IS003."},
    {.code = "PX003",
     .title = "Did not end in time",
     .why = "The trial was still running at its time limit. With V8 that is most often a lock held "
            "while JavaScript runs that asks for the same lock again: settling a promise can run "
            "its continuations, and these can call back into the embedder.",
     .fix = "Hold no lock across a call into V8: take what you need out of the table, release the "
            "lock, then settle. Bound loops that pump tasks or microtasks.",
     .seen = "The runner ended the process at its time limit. Without Handrail the program hangs "
             "with little or no use of the processor."},
    {.code = "PX004",
     .title = "Out of memory",
     .why = "The V8 heap reached its limit, or the process the memory limit of its trial. V8 "
            "treats the first as fatal: it cannot be caught as an exception.",
     .fix = "Look for what grows (HD020, HD021, HP001, HP003); a higher limit only moves the day.",
     .seen = "V8's out-of-memory handler was called, or the runner saw the process pass its "
             "limit."},
    {.code = "PX005",
     .title = "Ended with a non-zero exit status",
     .why = "The process said itself that it failed, and gave no other account of it.",
     .fix = "Read what it printed; replay the trial to see it again.",
     .seen = "An exit status other than 0 and other than a sanitizer's."},
    {.code = "PX006",
     .title = "A sanitizer reported an error",
     .why = "The embedder's own code broke a rule of C++: memory used after it was freed or after "
            "its stack frame was left, or past its bounds. V8 itself is usually not instrumented, "
            "so the report is about the accesses of code that is.",
     .fix = "Follow the frames: the first of them in your own code is the access, the second stack "
            "says where the memory was freed.",
     .seen = "The sanitizer's report and its exit status. Without it the same access may go by "
             "unseen."},
    {.code = "PX007",
     .title = "Printed without end",
     .why = "The process wrote more than its output limit: usually a loop that reports the same "
            "error over and over.",
     .fix = "Look at the first lines it printed; they name the cause, the rest repeats it.",
     .seen = "The runner ended the process at its output limit."},
    {.code = "PX008",
     .title = "Ended before it was done",
     .why = "The exit status was 0 but the trial never came to its end: something called exit, or "
            "the event loop ran dry while promises were still pending.",
     .fix = "Keep the loop alive while work is outstanding, and look for calls of exit in "
            "callbacks.",
     .seen = "The worker's message that the trial is complete never came. Without Handrail it "
             "looks like success."},
    {.code = "PX009",
     .title = "Left processes behind",
     .why = "Processes that the trial started were still running after it had ended; they hold its "
            "pipes and its memory.",
     .fix = "Wait for every child before the end, and close descriptors on exec.",
     .seen = "The runner, as the subreaper of its trials, found them and ended them."},
    {.code = "PX010",
     .title = "Its evidence cannot be read",
     .why = "The shared memory or the event pipe holds what no worker writes: the trial wrote over "
            "memory that is not its own, or over the harness's descriptors.",
     .fix = "Look for a wild write or for a loop that closes or writes to all descriptors; "
            "AddressSanitizer finds the first.",
     .seen = "A wrong checksum or position in the sample ring, or a line on the event pipe that is "
             "no event. What was read before it still counts."},
    {.code = "PX011",
     .title = "A count or value differs from what it must be",
     .why = "The program's own state, kept in V8, no longer agrees with the record that was kept "
            "apart from it: a value came from another object, or a step ran too often or not at "
            "all.",
     .fix = "Look at which value differs and at where its handle was kept between the steps; "
            "findings of the HD and PR families in the same trial usually name the cause.",
     .seen = "The oracle compared a counter or value after a step. Without Handrail the program "
             "goes on with the wrong number."},
    {.code = "PX020",
     .title = "Node's event loop is kept alive, the process does not exit",
     .why = "Node leaves when its loop holds no active, referenced handle and no request. A "
            "thread-safe function is such a handle until the last thread has released it, and so "
            "is every timer, socket and queued work of an addon.",
     .fix = "Call napi_release_threadsafe_function as often as it was acquired, the initial "
            "thread_count included, on error paths too. What should not keep the process is "
            "unreferenced: napi_unref_threadsafe_function.",
     .seen = "At the trial's time limit the loop still turned and was asked for what it holds, by "
             "libuv's names: a thread-safe function is an async. Without Handrail the program has "
             "done its work and never comes back to the shell."},
};

}  // namespace

std::span<const CodeInfo> ProcessCodes() { return kCodes; }

}  // namespace handrail
