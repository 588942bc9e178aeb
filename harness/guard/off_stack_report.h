// What the off-stack guard (off_stack_guard.h) tells, and what a host may tell it. Of std only: a
// host that compiles none of its code with the guard can include this too.
//
// Threads: every function, from any thread. A handler is called on the thread that stored the
// Local, at that very moment and outside the guard's locks; it may make Locals of its own, which
// are not checked meanwhile, and must not throw.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace handrail::guard {

// What is done with a Local off the stack. First set by the environment variable HANDRAIL_GUARD,
// to one of these words; without it the mode is kReport.
enum class Mode {
  kOff,     // "off": nothing, not even counted
  kCount,   // "count": counted, and told at the end of the process
  kReport,  // "report": told when a site does it first; counted, and told at the end as well
  kAbort,   // "abort": told, then the process aborts
};

enum class Storage {
  kHeap,         // a container, an object made by new, a lambda that was copied there
  kCoroutine,    // the heap, where a coroutine keeps its frame
  kStatic,       // a global, a static member, a static inside a function
  kThreadLocal,  // the same for each thread
};
std::string_view ToString(Storage storage);  // "on the heap", ...

// One call on the stack, a call that was inlined included.
struct Frame {
  std::string function;  // demangled; empty: not known
  std::string file;      // as the compiler was given it; empty: no debug information
  int line = 0;          // 1-based; 0: not known
  std::string module;    // the program or shared object, as it was loaded
  uintptr_t offset = 0;  // of the instruction in `module`, as llvm-symbolizer and addr2line take it
  bool resumed = false;  // of a coroutine that was resumed, or inlined into it
};

// A line that stores Locals off the stack.
struct OffStackSite {
  std::string
      handle;  // "v8::Local<v8::Promise::Resolver>"; "v8::Local" where nothing tells of what
  Storage storage = Storage::kHeap;
  std::string variable;  // which static one, where the symbols tell
  // Innermost first, without the calls of V8's headers and the standard library. Never empty.
  std::vector<Frame> stack;
  size_t place = 0;  // the frame of `stack` that is the site; before it are constructors only
  int64_t count = 0;

  const Frame& where() const { return stack[place]; }
};

// "file.cc:12", or "addon.node+0x1234" where debug information is missing.
std::string PlaceOf(const Frame& frame);
// The report as it is printed: the headline, the place and the stack.
std::string ToText(const OffStackSite& site);

void SetMode(Mode mode);
Mode CurrentMode();

// Told of each site once, at its first Local, in place of the report on stderr. An empty function
// brings the report back. Not called in kOff and kCount; before the abort in kAbort.
using ReportHandler = std::function<void(const OffStackSite&)>;
void SetReportHandler(ReportHandler handler);

// All sites so far with their counts, in the order in which they were found first; the guard keeps
// at most 1,000 of them. Forget empties the table: the same line is told anew.
std::vector<OffStackSite> Sites();
// Every Local off the stack, those included whose site the full table has no room for.
int64_t OffStackCount();
void Forget();

// Tells the guard of memory that is a stack although no thread was started on it: of a fiber, or a
// coroutine's frame that is kept on a stack of its own. `low` is the lowest address, `high` the
// first one beyond. Ends when the object does, which has to be before the memory is given back. The
// stacks of threads are known. On any other stack the guard is silent, and says so once. Costs:
// some nanoseconds for each Local on such a stack; making one takes a lock.
class RegisteredStack {
 public:
  RegisteredStack(const void* low, const void* high);
  ~RegisteredStack();
  RegisteredStack(const RegisteredStack&) = delete;
  RegisteredStack& operator=(const RegisteredStack&) = delete;

 private:
  uintptr_t low_;
  uintptr_t high_;
};

// The same for fiber libraries that have callbacks for making and ending stacks.
void RegisterStack(const void* low, const void* high);
void UnregisterStack(const void* low, const void* high);

}  // namespace handrail::guard
