#include "harness/core/codes_tables.h"

namespace handrail {
namespace {

constexpr CodeInfo kCodes[] = {
    {.code = "HD010",
     .title = "A stored handle reads back as another object",
     .why = "A v8::Local is the address of a slot that belongs to the HandleScope which was open "
            "when it was made. When that scope closes, V8 takes the slot back and gives it to the "
            "next handle; a Local kept past its scope then refers to whatever was put there. "
            "EscapableHandleScope::Escape moves a handle one scope out, no further, and V8 closes "
            "the scope of a function callback itself when the callback returns.",
     .fix = "Keep a v8::Global<T> and make a fresh Local from it with Global::Get inside the scope "
            "that uses it. Or let JavaScript hold the object, in a JS Map or array, and keep only "
            "an id.",
     .seen = "The oracle keeps the identity of each object apart from V8 and compares it at every "
             "use. Without Handrail nothing reports it: a release V8 reads the other object and "
             "the program goes on, settles the wrong promise or crashes much later."},
    {.code = "HD011",
     .title = "A handle was escaped twice from one EscapableHandleScope",
     .why = "An EscapableHandleScope reserves one slot in its parent scope when it is constructed, "
            "so it can carry out exactly one handle. V8 10.2 ends the process at a second call of "
            "Escape. A release build of 14.6 writes the second object into the same slot: the "
            "handle that was escaped first then is that object, which is found as HD010.",
     .fix = "Escape one value that holds the others (an Array or Object), or open one "
            "EscapableHandleScope for each handle that has to leave.",
     .seen = "V8 10.2: its fatal error \"Escape value set twice\" in EscapableHandleScope::Escape, "
             "and the process aborts. V8 14.6: nothing is seen without Handrail."},
    {.code = "HD012",
     .title = "A handle was made where no HandleScope of its isolate is open",
     .why = "Every Local lives in a HandleScope, and scopes belong to an isolate. V8 gives a fatal "
            "error when a handle is made while no scope of that isolate is open, also when a scope "
            "of another isolate is: a cached or stale v8::Isolate* looks just like that.",
     .fix = "Open a v8::Isolate::Scope and then a v8::HandleScope on the same isolate before the "
            "first handle, the one of Context::New included. Pass the isolate along; do not cache "
            "the pointer across a restart.",
     .seen = "V8's fatal error \"Cannot create a handle without a HandleScope\" in "
             "v8::HandleScope::CreateHandle(); the process aborts."},
    {.code = "HD020",
     .title = "Handles grow with every round",
     .why = "A HandleScope releases its slots only when it closes. One scope around a loop keeps "
            "the handles of every iteration, and what they refer to cannot be collected. The "
            "blocks of handles are allocated outside the V8 heap, so the heap can stay flat "
            "meanwhile.",
     .fix = "Open a HandleScope inside the loop, per iteration or per batch; it costs less than "
            "the growth does. With a SealHandleScope around the loop the first iteration that "
            "forgets its scope ends the process with V8's fatal error, in release builds too.",
     .seen = "HandleScope::NumberOfHandles at the end of each round is higher than at the end of "
             "the one before, every time. Without Handrail the process's memory grows, and heap "
             "snapshots show nothing when all the handles refer to the same few objects."},
    {.code = "HD021",
     .title = "Globals grow with every round",
     .why = "A v8::Global keeps its object alive until Reset is called or the Global is "
            "destroyed; the garbage collector never drops it. A container of Globals that is only "
            "ever added to is a leak of everything that is reachable from it.",
     .fix = "Erase the Global when its work is done: move it out of the container before it is "
            "used, or Reset it. Where the object should not be kept alive, use SetWeak and do the "
            "Reset in the weak callback.",
     .seen = "HeapStatistics::used_global_handles_size at the end of each round is higher than at "
             "the end of the one before, every time. Without Handrail the heap grows, and a heap "
             "snapshot shows the objects below \"Global handles\"."},
    {.code = "HD030",
     .title = "A callback of Node-API left a handle scope open",
     .why = "Scopes that native code opens with napi_open_handle_scope must be closed before it "
            "returns to Node. Node counts them and ends the process where the counts differ, in "
            "release builds too.",
     .fix = "Close the scope on every way out, that of an error included; in C++ by a destructor.",
     .seen = "Node's own check \"(open_handle_scopes) == (open_handle_scopes_before)\" failed, "
             "and the process aborts."},
    {.code = "PR001",
     .title = "A promise was settled that nobody settled",
     .why = "v8::Promise::Resolver::Resolve settles the promise that its handle refers to at that "
            "moment. If the handle is stale and its slot was reused for another resolver, the "
            "other one's promise is settled.",
     .fix = "Keep resolvers in v8::Global<v8::Promise::Resolver>, or in JavaScript, until they "
            "are settled.",
     .seen = "The oracle counts settlements on its own and compares Promise::State after every "
             "step. Without Handrail the program carries on with an answer it did not ask for."},
    {.code = "PR002",
     .title = "A promise is not in the state it was put in",
     .why = "Resolve and Reject act on the promise behind the handle, and only the first call "
            "counts: a later one is silent, returns Just(true) and changes nothing. A promise that "
            "stays pending after Resolve means that the call reached another promise; one that "
            "became rejected or stayed fulfilled means that it had been settled before.",
     .fix = "Settle each promise once, through a handle that is still alive, and take its resolver "
            "out of your table in the same step.",
     .seen = "The oracle compares Promise::State with what was done to the promise. Without "
             "Handrail an await never returns, or a rejection appears out of nowhere."},
    {.code = "PR003",
     .title = "A promise holds another value than the one it was settled with",
     .why = "The first settlement wins and fixes the value. When a stale handle has settled this "
            "promise in another one's place, that one's value is in it, and the right one is "
            "dropped silently.",
     .fix = "Keep resolvers alive with v8::Global until they are settled, and look them up by an "
            "id of your own, never by position.",
     .seen = "The oracle compares Promise::Result with the value on its own record. Without "
             "Handrail answers are swapped between requests."},
    {.code = "PR004",
     .title = "Promises were counted in states they cannot be in",
     .why = "A promise is pending until its resolver settles it. Promises that nobody touched and "
            "that are not all pending are not those promises: the handles they are read through, "
            "or those of their resolvers, outlived their scope.",
     .fix = "Look at where the handles are stored: keep v8::Global of both promise and resolver, "
            "and open a HandleScope around each reading.",
     .seen = "The oracle counts states over all promises and compares them with its record. The "
             "usual sight: ten promises, none settled yet, and 8 of them pending, 2 fulfilled."},
};

}  // namespace

std::span<const CodeInfo> HandleAndPromiseCodes() { return kCodes; }

}  // namespace handrail
