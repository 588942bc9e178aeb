#include "harness/embed/home.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "harness/engine/script.h"

namespace handrail::embed {
namespace {

std::string Where(const Place& place) {
  return std::string(place.file_name()) + ":" + std::to_string(place.line());
}

void Print(const Uncaught& uncaught) {
  std::fprintf(stderr, "uncaught in a %s: %s\n%s", uncaught.from.c_str(), uncaught.message.c_str(),
               uncaught.stack.empty() ? "" : (uncaught.stack + "\n").c_str());
}

void PrintLeftOver(const Totals& totals) {
  std::fprintf(stderr,
               "environment closed with %lld promises and %lld roots left over, %lld closures and "
               "%lld tasks lost\n",
               static_cast<long long>(totals.promises_left_over),
               static_cast<long long>(totals.roots_left_over),
               static_cast<long long>(totals.messages_lost),
               static_cast<long long>(totals.tasks_lost));
}

EnvironmentOptions WithItsOwnObserver(EnvironmentOptions options) {
  if (options.promises == nullptr) return options;
  if (auto own = options.promises->ForEnvironment()) options.promises = std::move(own);
  return options;
}

}  // namespace

Home::Home(v8::Isolate* isolate, v8::Local<v8::Context> context, uv_loop_t* loop,
           EnvironmentOptions options)
    : isolate_(isolate),
      loop_(loop),
      options_(WithItsOwnObserver(std::move(options))),
      context_holder_(std::make_unique<v8::Global<v8::Context>>(isolate, context)),
      context_(*context_holder_),
      promises_(isolate, this),
      roots_(isolate, this),
      wake_(
          loop, [this] { DrainDrops(); }, options_.send_wake_up) {
  wake_.Unref();  // drops alone keep no program alive
}

void Home::Wake() {
  // A wake-up that fails loses nothing: the drop waits for the next one, or for Close.
  static_cast<void>(wake_.Send());
}

void Home::DropDeferred(HandleEntry* entry, const char* reason) {
  if (options_.when_dropped == EnvironmentOptions::WhenDropped::kAbort && reason == nullptr) {
    std::fprintf(stderr, "a Deferred was destroyed unsettled; it was made at %s\n",
                 Where(entry->made).c_str());
    std::abort();
  }
  std::shared_ptr<Home> last;  // ends after the lock
  {
    const std::lock_guard<ScheduledMutex> lock(mutex_);
    if (LateRelease(&last)) {
      shared.promises_dropped_late.Add();
      return;
    }
    drops_.deferreds.push_back({entry, reason});
  }
  Wake();
}

void Home::DropRoot(HandleEntry* entry) {
  std::shared_ptr<Home> last;
  {
    const std::lock_guard<ScheduledMutex> lock(mutex_);
    if (LateRelease(&last)) {
      shared.roots_dropped_late.Add();
      return;
    }
    drops_.roots.push_back(entry);
  }
  Wake();
}

void Home::GiveBack(HandleEntry* entry) {
  if (OnThread() && open()) return promises_.Free(entry);
  std::shared_ptr<Home> last;
  const std::lock_guard<ScheduledMutex> lock(mutex_);
  if (!LateRelease(&last)) drops_.settled.push_back(entry);  // no hurry: with the next drops
}

void Home::EndRoot(HandleEntry* entry) {
  roots_.Reset(entry);
  roots_.Free(entry);
  own.roots_dropped.Add();
}

// Whether the environment is closed: the entry is then done with, and with the last of them we are.
// Requires: the lock.
bool Home::LateRelease(std::shared_ptr<Home>* last) {
  if (open()) return false;
  if (--late_out_ == 0) *last = std::move(keep_);
  return true;
}

void Home::RunSoon(Closure work) {
  {
    const std::lock_guard<ScheduledMutex> lock(mutex_);
    if (!open()) return;
    drops_.work.push_back(std::move(work));
  }
  Wake();
}

void Home::Refuse(PromiseObserver::Refused why, PromiseObserver::Note note, const Place& made,
                  const Place& here) {
  shared.settlements_refused.Add();
  if (observer() != nullptr) observer()->RefusedToSettle(why, note, made, here);
}

void Home::TellUncaught(Uncaught uncaught) noexcept {
  own.uncaught.Add();
  options_.uncaught ? options_.uncaught(uncaught) : Print(uncaught);
}

void Home::TellUncaught(const char* from, const v8::TryCatch& failure) {
  const v8::HandleScope scope(isolate_);
  Uncaught uncaught{from, "", ""};
  if (failure.HasTerminated()) {
    uncaught.message = "execution was terminated";
  } else {
    const v8::TryCatch inner(isolate_);  // making it text may throw as well
    uncaught.message = failure.Message().IsEmpty()
                           ? engine::ToText(isolate_, failure.Exception())
                           : engine::ToText(isolate_, failure.Message()->Get());
    v8::Local<v8::Value> stack;
    if (failure.StackTrace(isolate_->GetCurrentContext()).ToLocal(&stack) && stack->IsString()) {
      uncaught.stack = engine::ToText(isolate_, stack);
    }
  }
  TellUncaught(std::move(uncaught));
}

v8::Local<v8::Promise> Home::RejectEntry(HandleEntry* entry, const std::string& why) {
  auto resolver = promises_.Get(*entry).As<v8::Promise::Resolver>();
  const v8::Local<v8::Value> error = v8::Exception::Error(engine::Text(isolate_, why));
  // Nothing comes back while JavaScript is being terminated, at Close: then nobody can be told.
  resolver->Reject(context(), error).FromMaybe(false);
  promises_.Reset(entry);
  return resolver->GetPromise();
}

void Home::RejectDropped(const DroppedDeferred& dropped) {
  HandleEntry* const entry = dropped.entry;
  const std::string why = dropped.reason != nullptr
                              ? dropped.reason
                              : "the promise will never be settled: its Deferred, made at " +
                                    Where(entry->made) + ", was destroyed";
  const v8::Local<v8::Promise> promise = RejectEntry(entry, why);
  own.promises_dropped.Add();
  if (observer() != nullptr) {
    observer()->Dropped(entry->slot, promise, dropped.reason, entry->made);
  }
  promises_.Free(entry);
}

// What there is now. Handlers and finalizers run in here and may do anything, Close included.
void Home::DrainOnce() {
  Drops drops;
  size_t work = 0;
  {
    const std::lock_guard<ScheduledMutex> lock(mutex_);
    std::swap(drops.deferreds, drops_.deferreds);
    std::swap(drops.roots, drops_.roots);
    std::swap(drops.settled, drops_.settled);
    work = drops_.work.size();
  }
  for (HandleEntry* entry : drops.settled) promises_.Free(entry);
  if (!drops.idle()) {
    InTurn("finalizer", [&](Turn&) {
      for (HandleEntry* entry : drops.roots) EndRoot(entry);
      for (const DroppedDeferred& dropped : drops.deferreds) {
        if (open()) RejectDropped(dropped);
      }
    });
  }
  while (work > 0 && RunNextWork()) --work;
}

// One at a time, so that a Close in the midst of it finds the rest.
bool Home::RunNextWork() {
  Closure work;
  {
    const std::lock_guard<ScheduledMutex> lock(mutex_);
    if (drops_.work.empty()) return false;
    work = std::move(drops_.work.front());
    drops_.work.pop_front();
  }
  InTurn("finalizer", [&](Turn& turn) { std::move(work)(turn); });
  return true;
}

void Home::DrainDrops() {
  if (!OnThread() || !open()) return;
  const std::shared_ptr<Home> keep = shared_from_this();  // a handler may drop the last of us
  // Nothing can be settled while JavaScript is being terminated: the next wake-up, or Close.
  if (!isolate_->IsExecutionTerminating()) DrainOnce();
}

bool Home::MovesIn(std::shared_ptr<Resident> resident) {
  if (closing_) return false;
  residents_.push_back(std::move(resident));
  return true;
}

void Home::MovesOut(const Resident* resident) {
  std::erase_if(residents_, [&](const auto& each) { return each.get() == resident; });
}

void Home::CountLeftOver() {
  own.promises_left_over.Add(promises_.live());
  own.roots_left_over.Add(roots_.live());
  own.tasks_lost.Add(own.tasks_queued.get() - own.tasks_completed.get() -
                     own.tasks_cancelled.get());
}

void Home::ResetLeftOver() {
  promises_.ForEachLive([&](HandleEntry* entry) {
    if (observer() != nullptr) observer()->LeftOver(entry->slot);
    promises_.Reset(entry);
  });
  roots_.ForEachLive([&](HandleEntry* entry) { roots_.Reset(entry); });
  context_.Reset();
}

// From here on a drop is late. False: not done, as something has just been dropped.
bool Home::LockUp(bool in_any_case) {
  Drops late;  // ends after the lock: what it holds may drop more
  const std::lock_guard<ScheduledMutex> lock(mutex_);
  if (!drops_.idle() && !in_any_case) return false;
  open_.store(false, std::memory_order_release);
  std::swap(late, drops_);
  late_out_ = promises_.out() + roots_.out() -
              static_cast<int64_t>(late.deferreds.size() + late.roots.size() + late.settled.size());
  if (late_out_ > 0) keep_ = shared_from_this();
  shared.promises_dropped_late.Add(static_cast<int64_t>(late.deferreds.size()));
  shared.roots_dropped_late.Add(static_cast<int64_t>(late.roots.size()));
  return true;
}

void Home::Close(bool abandoned) {
  if (closing_) return;  // closed, or a handler that is run in here
  closing_ = true;
  const std::shared_ptr<Home> keep = shared_from_this();
  if (abandoned) LockUp(true);  // first: no destructor below gets at V8
  for (const auto& resident : std::exchange(residents_, {})) resident->EnvironmentEnds(abandoned);
  EndBoxes(abandoned);
  SchedulePoint("home.close");
  // A handler may drop again, and for ever: one that tries anew whatever was rejected.
  constexpr int kRounds = 100;
  for (int round = 0; open() && !LockUp(round == kRounds); ++round) DrainOnce();
  CountLeftOver();
  if (abandoned) {
    Forget(std::move(context_holder_));
  } else {
    ResetLeftOver();
  }
  if (observer() != nullptr) observer()->Closed();
  wake_.Close();
  const Totals all = totals();
  if (all.promises_left_over + all.roots_left_over + all.messages_lost + all.tasks_lost > 0) {
    options_.left_over ? options_.left_over(all) : PrintLeftOver(all);
  }
}

Totals Home::totals() const {
  Totals totals;
  totals.promises_made = own.promises_made.get();
  totals.promises_settled = own.promises_settled.get();
  totals.promises_dropped = own.promises_dropped.get();
  totals.promises_dropped_late = shared.promises_dropped_late.get();
  totals.promises_left_over = own.promises_left_over.get();
  totals.settlements_refused = shared.settlements_refused.get();
  totals.roots_made = own.roots_made.get();
  totals.roots_dropped = own.roots_dropped.get();
  totals.roots_dropped_late = shared.roots_dropped_late.get();
  totals.roots_left_over = own.roots_left_over.get();
  totals.messages_accepted = shared.messages_accepted.get();
  totals.messages_run = own.messages_run.get();
  totals.messages_handed_back = own.messages_handed_back.get();
  totals.messages_lost = own.messages_lost.get();
  totals.tasks_queued = own.tasks_queued.get();
  totals.tasks_completed = own.tasks_completed.get();
  totals.tasks_cancelled = own.tasks_cancelled.get();
  totals.tasks_lost = own.tasks_lost.get();
  totals.boxes_made = own.boxes_made.get();
  totals.boxes_finalized = own.boxes_finalized.get();
  totals.uncaught = own.uncaught.get();
  return totals;
}

}  // namespace handrail::embed
