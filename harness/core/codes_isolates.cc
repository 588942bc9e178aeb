#include "harness/core/codes_tables.h"

namespace handrail {
namespace {

constexpr CodeInfo kCodes[] = {
    {.code = "IS001",
     .title = "An isolate was disposed while a thread is still inside it",
     .why = "v8::Isolate::Dispose requires that every Isolate::Enter has been matched by an Exit. "
            "V8 keeps a count of entries: a thread that ended without Exit still counts.",
     .fix = "Let v8::Isolate::Scope do enter and exit, and dispose after the last one has closed. "
            "Join the threads that work in the isolate first.",
     .seen = "V8's fatal error \"Disposing the isolate that is entered by a thread\" in "
             "v8::Isolate::Dispose(), or \"Deinitializing ...\" where Node's platform disposes it; "
             "the process aborts."},
    {.code = "IS002",
     .title = "The current isolate is not the one that was entered",
     .why = "Entering isolates is a stack per thread: Exit restores what was current before the "
            "matching Enter. Exits out of order are not checked in release builds of V8 and leave "
            "another isolate current, or none.",
     .fix = "Use v8::Isolate::Scope in nested C++ scopes, never Enter and Exit by hand across "
            "functions. When an isolate is replaced, close the old one's scopes before the new "
            "one is entered.",
     .seen = "The oracle compares Isolate::TryGetCurrent or GetCurrent with its own record of "
             "entries. Without Handrail it is silent until the next API call works on the wrong "
             "isolate or on a null pointer."},
    {.code = "IS003",
     .title = "V8 was used on a thread that holds no lock",
     .why = "Only one thread may be in an isolate at a time. In an isolate that has "
            "ever met a v8::Locker, V8 10.2 checks at each HandleScope that the calling thread "
            "holds its lock and ends the process when it does not. In an isolate that never met "
            "one, and in release builds of 14.6 always, the same mistake is a silent data race.",
     .fix = "Put a v8::Locker before the Isolate::Scope on every thread that shares the isolate, "
            "or give the isolate one thread and post tasks to it.",
     .seen = "V8's fatal error \"Entering the V8 API without proper locking in place\". Where V8 "
             "does not check: nothing, or a crash somewhere else."},
    {.code = "IS004",
     .title = "V8 was called on a thread that neither owns nor has locked the isolate",
     .why = "An isolate is used by one thread at a time: the one that is inside, or, once a v8::Locker "
            "was ever used on it, the one that holds it.",
     .fix = "Hold a v8::Locker around every use, on every thread, the first one too; or send the work to "
            "the isolate's thread.",
     .seen = "The ownership checks, at the first call. Without Handrail: two threads change one heap, and "
             "nothing is told until it crashes."},
    {.code = "IS005",
     .title = "A callback changed the current isolate",
     .why = "V8 goes on in the isolate it called from. A callback that enters another and does not leave "
            "it, or leaves the one it was called in, makes the next call go to the wrong heap.",
     .fix = "Use v8::Isolate::Scope, whose destructor leaves again.",
     .seen = "The ownership checks compare the current isolate before and after each callback."},
    {.code = "HP001",
     .title = "The V8 heap grows without end",
     .why = "What is left after a full collection is reachable: from a Global, from an open "
            "HandleScope, or from JavaScript. If that grows from round to round although the "
            "program is back at its start, something holds on to the past.",
     .fix = "See what else was found: growing handles ask for a HandleScope per iteration (HD020), "
            "growing Globals for a Reset (HD021). With neither, look for a JavaScript container "
            "that is never emptied; a heap snapshot names its retainers.",
     .seen = "A robust trend (Theil-Sen slope, Mann-Kendall significance) of "
             "HeapStatistics::used_heap_size over samples taken right after full collections. It "
             "is statistical: the message gives slope, p and window."},
    {.code = "HP002",
     .title = "The V8 heap came near its limit",
     .why = "V8 calls the near-heap-limit callback when collections no longer free enough. An "
            "embedder that does not raise the limit there loses the whole process: running out of "
            "heap is fatal, not an exception.",
     .fix = "Find what is held (see HP001, HD020, HD021). If the work really needs the memory, set "
            "ResourceConstraints::ConfigureDefaultsFromHeapSize; if it must be cut off, call "
            "Isolate::TerminateExecution in the callback and give it room to unwind.",
     .seen = "Isolate::AddNearHeapLimitCallback was called. Without Handrail: \"Fatal "
             "JavaScript out of memory\" and a process that aborts minutes after the cause."},
    {.code = "HP003",
     .title = "The process's memory grows without end",
     .why = "Resident memory that grows while the V8 heap does not is held outside it: blocks of "
            "handles, backing stores, external strings, isolates or contexts that were never "
            "disposed, or the embedder's own objects.",
     .fix = "Compare the columns of the samples: handles, external, malloced and contexts say "
            "which. Then close the scope, reset the Global or dispose the isolate that holds it.",
     .seen = "A robust trend of resident set size over rounds that end where they began. It is "
             "statistical, and not judged under AddressSanitizer, whose quarantine grows by "
             "design. Without Handrail the operating system ends the process one day."},
    {.code = "HP004",
     .title = "Contexts grow with every round",
     .why = "A v8::Context lives as long as anything reachable refers to it: a Global<Context>, a "
            "function or object made in it, or a handle in a scope that never closes. Each holds "
            "its own set of built-in objects.",
     .fix = "Reset the Global<Context> and every Global of an object from that context. Open the "
            "HandleScope that Context::New is called in per round.",
     .seen = "HeapStatistics::number_of_native_contexts at the end of each round is higher than at "
             "the end of the one before, every time."},
};

}  // namespace

std::span<const CodeInfo> IsolateAndHeapCodes() { return kCodes; }

}  // namespace handrail
