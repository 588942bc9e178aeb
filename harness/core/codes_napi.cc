#include "harness/core/codes_tables.h"

namespace handrail {
namespace {

constexpr CodeInfo kCodes[] = {
    {.code = "HD031",
     .title = "A handle scope of Node-API was closed out of order",
     .why = "Scopes are one stack. Closing one gives back every handle made since it was opened, "
            "those of the scopes inside it too; closing an inner one afterwards moves the stack to "
            "where it was, in the middle of what others have made meanwhile.",
     .fix =
         "Close scopes in the reverse order of opening, on every way out; in C++ by a destructor.",
     .seen = "The wrappers of Node-API keep the open scopes of each environment. Without Handrail "
             "napi_close_handle_scope returns napi_ok, and values turn into others."},
    {.code = "HD032",
     .title = "A reference of Node-API was used after it had been deleted",
     .why =
         "napi_delete_reference frees the reference, and malloc gives its memory to the next one: "
         "the old napi_ref is a dangling pointer, or another object's reference.",
     .fix = "Let one place own the napi_ref, and set it to nullptr where it is deleted.",
     .seen = "The wrappers of Node-API know every reference, and keep the freed memory from reuse "
             "for a while. The call is not passed on. Without Handrail it reads another object."},
    {.code = "HD033",
     .title = "Things of Node-API were still open when the environment ended",
     .why =
         "References, asynchronous work, contexts and thread-safe functions live until the addon "
         "gives them back. A strong reference keeps its object and all that it refers to; in a "
         "worker thread, or a process that goes on, all of it is lost.",
     .fix = "Give back what the place named here has made: napi_delete_reference, "
            "napi_delete_async_work in complete, napi_release_threadsafe_function by each owner. "
            "What is kept for the whole life of the addon belongs into napi_set_instance_data.",
     .seen =
         "The wrappers of Node-API count what was made and given back by the place that made it. "
         "Without Handrail the process's memory grows, or it does not exit."},
    {.code = "HD034",
     .title = "A call of Node-API did nothing, an exception was pending",
     .why = "While an exception is pending, every call that may run JavaScript returns "
            "napi_pending_exception and leaves its results as they were.",
     .fix = "Look at each status. Handle the exception with napi_get_and_clear_last_exception, or "
            "clean up and return to JavaScript.",
     .seen = "The wrappers of Node-API: an exception was pending before the call, and the call was "
             "refused. Without Handrail the program goes on with the values of the step before."},
    {.code = "HD035",
     .title = "A thread-safe function was used after its last release",
     .why =
         "The function lives while its count is not 0. Each release gives one count back, and so "
         "does a call that returns napi_closing; then Node frees it as soon as its queue is empty.",
     .fix = "Count every thread that calls, with initial_thread_count or "
            "napi_acquire_threadsafe_function, and let it call no more after its own release or "
            "napi_closing.",
     .seen = "The wrappers of Node-API keep the count. The call is not passed on. Without Handrail "
             "Node aborts in a freed mutex, or nothing is seen."},
    {.code = "HD037",
     .title = "Asynchronous work was deleted too early, or used after that",
     .why = "napi_delete_async_work frees the work. From napi_queue_async_work until complete is "
            "called the thread pool has it in its hands.",
     .fix = "Delete it in complete, which is called after a cancellation too.",
     .seen =
         "The wrappers of Node-API know when work is queued and when complete begins. The call is "
         "not passed on. Without Handrail Node dies in a stack without a frame of the addon's."},
    {.code = "HD039",
     .title = "A blocking call on a thread-safe function waits for its own thread",
     .why =
         "A blocking call waits until Node's loop has taken an item out of the full queue. On the "
         "loop's own thread nobody is left who would.",
     .fix = "On Node's thread call with napi_tsfn_nonblocking and keep back what is refused.",
     .seen = "The wrappers of Node-API try the call without waiting first. Without Handrail the "
             "process stands still."},
    {.code = "PR020",
     .title = "A napi_deferred was concluded twice",
     .why = "napi_resolve_deferred and napi_reject_deferred free the deferred. A second call uses "
            "freed memory, or settles the promise that was made since.",
     .fix = "Let one path own the deferred, and set it to nullptr where it is concluded.",
     .seen =
         "The wrappers of Node-API know every deferred, and keep the freed memory from reuse for "
         "a while. The call is not passed on. Without Handrail Node dies, or one request gets "
         "the answer of another."},
    {.code = "IS006",
     .title = "Node-API was called on a thread that is not its environment's",
     .why = "Every call that takes a napi_env belongs on the thread that Node gave it to. Handle "
            "scopes, references and the heap behind them are not locked.",
     .fix = "Send what there is to say to Node's thread with a thread-safe function. In execute of "
            "asynchronous work only compute; use the result in complete.",
     .seen = "The wrappers of Node-API: another thread, on which the environment's isolate is not "
             "current. Without Handrail it goes well until the two threads meet."},
    {.code = "IS007",
     .title = "A thing of another environment was passed to Node-API",
     .why = "References, deferreds and work belong to the napi_env that they were made with. Each "
            "worker thread has one of its own, with its own isolate and heap.",
     .fix = "Keep what belongs to an environment in its instance data (napi_set_instance_data), "
            "never in a static variable of the addon.",
     .seen =
         "The wrappers of Node-API know the environment of each thing. Without Handrail objects "
         "of two heaps refer to each other, and the process dies in the garbage collector."},
};

}  // namespace

std::span<const CodeInfo> NapiCodes() { return kCodes; }

}  // namespace handrail
