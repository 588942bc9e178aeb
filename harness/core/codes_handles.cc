#include "harness/core/codes_tables.h"

namespace handrail {
namespace {

constexpr CodeInfo kCodes[] = {
    {.code = "HD001",
     .title = "A handle was used after its HandleScope had closed",
     .why = "A v8::Local is the address of a slot that belongs to the HandleScope which was open "
            "when it was made; of a napi_value the same is true of the handle scope. When the scope "
            "closes, and when a callback returns to V8, the slot is free, and the next handle gets it.",
     .fix = "Keep a v8::Global<T> (in Node-API a napi_ref) and make a fresh handle from it inside the "
            "scope that uses it.",
     .seen = "The quarantine keeps dead slots from being used again and checks every handle that is "
             "passed to V8. It tells where the handle was made, between which calls it died, and where "
             "it was used. Without Handrail a release V8 reads whatever object has the slot now."},
    {.code = "HD002",
     .title = "A Local was stored off the stack",
     .why = "A v8::Local is valid only while the HandleScope is open in which it was made, and a "
            "scope lives on the stack. What lies in a map, a vector, an object made by new, a "
            "lambda on the heap, a coroutine's frame, a static or a thread_local outlives it: "
            "sooner or later the Local there is another object. V8's own rule is that a Local is "
            "never kept anywhere but on the stack.",
     .fix = "Keep a v8::Global<T> and make a fresh Local from it with Global::Get where it is "
            "used. For many handles within one scope there is v8::LocalVector. In a lambda that "
            "runs before the scope closes, capture the Local by reference.",
     .seen = "The off-stack guard (instrument guard, harness/guard): a call that V8's headers have "
             "in the constructors of Local, and that release builds leave out, tells the address "
             "of each. Without it nothing is seen when the handle is stored; what follows when it "
             "is stale is HD010, or a crash much later."},
    {.code = "HD003",
     .title = "A callback's argument was used after the callback had returned",
     .why = "The handles of v8::FunctionCallbackInfo (its arguments, This, Data) point into the frame "
            "of the JavaScript caller, not into handle blocks. They end with the callback.",
     .fix = "Make a v8::Global<T> of an argument that is needed later, inside the callback.",
     .seen = "The quarantine: the handle's address lies in a part of the thread's stack that is not in "
             "use any more. A frame that has been reused since is not told apart from a live one; the "
             "off-stack guard sees those, at the place where they are stored."},
    {.code = "HD004",
     .title = "A handle of another isolate was passed to V8",
     .why = "Objects belong to one isolate. A release V8 does not look: it mixes two heaps, and the "
            "garbage collector of either finds out much later.",
     .fix = "Copy the value (v8::ValueSerializer, or a plain C++ value), and make a new object in the "
            "isolate that is entered.",
     .seen = "The ownership checks know the handle blocks of each isolate."},
    {.code = "HD005",
     .title = "A HandleScope was closed before one that was opened inside it",
     .why = "Scopes are a stack: each restores what it found when it was opened. Closed in another "
            "order the inner one puts back slots that the outer one has given away.",
     .fix = "Keep scopes in automatic variables; never in heap objects or members.",
     .seen = "The ownership checks see constructors and destructors of scopes where V8's headers do not "
             "inline them (before V8 13)."},
    {.code = "HD006",
     .title = "A callback left a HandleScope open",
     .why = "What a function callback opens it must close before it returns: V8 puts back the slots but "
            "not the level, and its own scopes no longer match.",
     .fix = "Keep scopes in automatic variables.",
     .seen = "The ownership checks compare the number of open scopes before and after each callback."},
    {.code = "HD007",
     .title = "A HandleScope was closed after its isolate had been disposed",
     .why = "The destructor of a HandleScope writes into its isolate. After Dispose that memory belongs "
            "to nobody, or to the next isolate, whose handles are then lost.",
     .fix = "Let scope and context end before the isolate: scope, context, isolate, in this order.",
     .seen = "The ownership checks, where V8's headers do not inline the destructor (before V8 13). "
             "Without Handrail: a crash, or the next isolate fails for want of a scope that it has."},
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
    {.code = "HD022",
     .title = "A Global was touched on a thread that does not have its isolate",
     .why = "Making, copying, resetting and weakening a v8::Global change tables of its isolate, which "
            "have no lock of their own.",
     .fix = "Do it on the isolate's thread, or under a v8::Locker: post the Global back, or use "
            "embed::Root, which may be dropped anywhere.",
     .seen = "The ownership checks. Without Handrail: now and then a crash in the garbage collector."},
    {.code = "HD023",
     .title = "A Global was used after its isolate had been disposed",
     .why = "A v8::Global is a pointer into tables of its isolate; Reset and the destructor write there.",
     .fix = "Reset every Global before Isolate::Dispose, or leave it to an owner that knows when the "
            "isolate ends (embed::Environment).",
     .seen = "The ownership checks, which then do not make the call. Without Handrail: a crash, often "
             "at process exit after the right answer was printed."},
    {.code = "HD024",
     .title = "Globals were still alive when their isolate was disposed",
     .why = "Isolate::Dispose runs no destructors of the embedder and no weak callbacks. Whatever holds a "
            "v8::Global now will touch it later, in its own destructor at the latest.",
     .fix = "Reset them before; the finding names the places that made them, most numerous first.",
     .seen = "The ownership checks count what each place has made and not reset."},
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
    {.code = "PR010",
     .title = "A promise was settled twice",
     .why = "A promise takes its first settlement and no other. V8 ignores a second Resolve or "
            "Reject from C++ without a word: it returns Just(true) and fires no event, so that the "
            "caller believes that its answer, or its error, was delivered.",
     .fix = "Let one path own the right to settle: move the Deferred (or the Resolver's Global) "
            "out of where it is kept before it is used. Where two paths race for it, decide with "
            "an exchange which one has it.",
     .seen = "The promise ledger: a Deferred that had settled was told to settle again, or a "
             "promise that was rejected through its Deferred was fulfilled already. Without "
             "Handrail nothing is seen; a bare Resolver settled twice is not seen by the ledger "
             "either, V8 tells nobody."},
    {.code = "PR011",
     .title = "Promises were never settled",
     .why = "Nothing settles a promise but its resolver. One that is kept until the end, or "
            "forgotten in a table, leaves its promise pending for ever: every await on it stays, "
            "with all that its function holds.",
     .fix = "Settle on every path, those of errors, time limits and shutdown included: before the "
            "environment closes, reject what is still in your tables.",
     .seen = "The promise ledger counts for each line how many promises were made and how many "
             "came to an end, and tells the rest when the environment closes. Without Handrail an "
             "await never returns; Node.js exits with status 13 or 0, in silence."},
    {.code = "PR012",
     .title = "A Deferred was destroyed and had not settled its promise",
     .why = "With its last resolver gone nothing can settle the promise any more. (Our Deferred "
            "rejects it then, so that somebody hears of it; with a bare Resolver it stays pending.) "
            "Usual causes: an early return or an exception before the settlement, a closure that "
            "was destroyed and not run, a result that was thrown away.",
     .fix = "Settle on every path, or say that it is meant: Deferred::Drop with a reason. "
            "Deferred::SettleWith settles also when the code in it throws.",
     .seen = "The promise ledger, when the environment rejects the promise. Without Handrail the "
             "JavaScript side gets an error that names the line which made the promise."},
    {.code = "PR013",
     .title = "A promise was to be settled on another thread",
     .why = "An isolate is used by one thread at a time, and settling a promise touches its heap. "
            "Without a Locker V8 does not check that: two threads in one heap corrupt it.",
     .fix = "Send the Deferred to the isolate's thread and settle there: Channel::Send, "
            "Channel::SettleWith, or the completion of a Task.",
     .seen = "The promise ledger: the Deferred refused, and keeps its right. (Also on the right "
             "thread, where the isolate is not entered: the message says so.) Without it, with a "
             "bare Resolver, the program crashes somewhere else or goes on with a broken heap."},
    {.code = "PR014",
     .title = "A promise was to be settled after its environment had closed",
     .why = "When the environment is closed its handles are gone, and the isolate may be. Whoever "
            "still has work under way then has nobody to tell of it.",
     .fix = "Stop and join who settles before the environment closes, or take the answer of "
            "Resolve and Reject into account: kGone.",
     .seen = "The promise ledger: the Deferred refused. Without it, with a bare Resolver, it is a "
             "use of an isolate that is gone."},
    {.code = "PR015",
     .title = "A promise was rejected and nobody handles it",
     .why = "A rejection goes to the handlers of its promise. With none the error is lost: V8 "
            "fires an event, and what follows is the embedder's choice. Node.js ends the process.",
     .fix = "Handle the promise where it is used, with catch, a second argument of then, or await "
            "in try; derive no promise (with then) whose own rejection nobody looks at. If nobody "
            "has to know, call Promise::MarkAsHandled.",
     .seen = "V8's event kPromiseRejectWithNoHandler with no kPromiseHandlerAddedAfterReject after "
             "it, for a promise that native code made or one that derives from it. Without a "
             "PromiseRejectCallback nothing is seen."},
    {.code = "PR016",
     .title = "A rejected promise got its handler only later",
     .why = "Between the rejection and the handler the error has nobody: an embedder that reacts to "
            "unhandled rejections at once, as Node.js does after each turn, ends the process in "
            "that time.",
     .fix = "Attach the handler before native code can settle the promise, in the same turn in "
            "which it was given out.",
     .seen = "V8's event kPromiseHandlerAddedAfterReject. Told only where it is asked for."},
    {.code = "PR017",
     .title = "Reactions were due and did not run",
     .why = "Settling a promise only queues its reactions; they run at a microtask checkpoint. "
            "They are lost when the queue is thrown away: by TerminateExecution while it is being "
            "run, or because nobody ran a checkpoint any more before the isolate ended.",
     .fix = "With MicrotasksPolicy::kExplicit run PerformMicrotaskCheckpoint after each turn that "
            "settled something, and once more before the end. After a termination ask again for "
            "what was lost.",
     .seen = "The promise ledger, with promise hooks: reactions registered on promises that were "
             "settled, against those that ran. Without Handrail an await never returns although "
             "its promise is settled."},
};

}  // namespace

std::span<const CodeInfo> HandleAndPromiseCodes() { return kCodes; }

}  // namespace handrail
