#include "harness/observe/oracle.h"

#include "harness/engine/script.h"

namespace handrail {
namespace {

const char* Word(PromiseState state) {
  switch (state) {
    case PromiseState::kPending:
      return "pending";
    case PromiseState::kFulfilled:
      return "fulfilled";
    case PromiseState::kRejected:
      return "rejected";
  }
  return "?";
}

PromiseState StateOf(v8::Local<v8::Promise> promise) {
  switch (promise->State()) {
    case v8::Promise::kPending:
      return PromiseState::kPending;
    case v8::Promise::kFulfilled:
      return PromiseState::kFulfilled;
    case v8::Promise::kRejected:
      break;
  }
  return PromiseState::kRejected;
}

LifeEvent At(std::string what, const Place& place) {
  return {std::move(what), place.file_name(), static_cast<int>(place.line())};
}

std::string Quoted(std::string_view text) {
  constexpr size_t kLongest = 60;
  if (text.size() > kLongest) return "'" + std::string(text.substr(0, kLongest)) + "...'";
  return "'" + std::string(text) + "'";
}

std::string Words(const StateCount& count) {
  return "pending " + std::to_string(count.pending) + ", fulfilled " +
         std::to_string(count.fulfilled) + ", rejected " + std::to_string(count.rejected);
}

int64_t& Of(StateCount& count, PromiseState state) {
  if (state == PromiseState::kPending) return count.pending;
  return state == PromiseState::kFulfilled ? count.fulfilled : count.rejected;
}

}  // namespace

void StateCount::Add(v8::Promise::PromiseState state) {
  // A stale handle can yield a state that no promise has: counted as rejected, as the document's
  // program would have shown it.
  if (state == v8::Promise::kPending) {
    ++pending;
  } else if (state == v8::Promise::kFulfilled) {
    ++fulfilled;
  } else {
    ++rejected;
  }
}

void Oracle::Tell(std::string code, std::string message, std::vector<LifeEvent> life) {
  Finding finding;
  finding.code = std::move(code);
  finding.detector = "oracle";
  finding.message = std::move(message);
  finding.life = std::move(life);
  finding.operation = *operations_;
  report_(std::move(finding));
}

void Oracle::Count(std::string_view what, int64_t is, int64_t must, Place here) {
  if (is == must) return;
  Tell("PX011",
       std::string(what) + ": " + std::to_string(is) + ", must be " + std::to_string(must),
       {At("compared here", here)});
}

void Oracle::Text(std::string_view what, std::string_view is, std::string_view must, Place here) {
  if (is == must) return;
  Tell("PX011", std::string(what) + ": " + Quoted(is) + ", must be " + Quoted(must),
       {At("compared here", here)});
}

void Oracle::States(const StateCount& is, const StateCount& must, Place here) {
  if (is.pending == must.pending && is.fulfilled == must.fulfilled &&
      is.rejected == must.rejected) {
    return;
  }
  Tell("PR004", "through its own handles the program counts " + Words(is) + "; true is " +
                    Words(must),
       {At("counted here", here)});
}

void Oracle::Current(const v8::Isolate* must, Place here) {
  const v8::Isolate* is = v8::Isolate::TryGetCurrent();
  if (is == must) return;
  const char* what = is == nullptr     ? "no isolate is current on this thread, one must be"
                     : must == nullptr ? "an isolate is current on this thread, none must be"
                                       : "another isolate is current than the one that must be";
  Tell("IS002", what, {At("compared here", here)});
}

void Oracle::Is(v8::Isolate* isolate, v8::Local<v8::Promise> promise, PromiseState state,
                std::string_view value, Place here) {
  const PromiseState has = StateOf(promise);
  if (has != state) {
    Tell("PR002", std::string("a promise is ") + Word(has) + ", must be " + Word(state),
         {At("compared here", here)});
    return;
  }
  if (state == PromiseState::kPending) return;
  const v8::HandleScope scope(isolate);  // or the caller's would grow by our looking
  const std::string result = engine::ToText(isolate, promise->Result());
  if (result == value) return;
  Tell("PR003", "a promise holds " + Quoted(result) + ", must hold " + Quoted(value),
       {At("compared here", here)});
}

std::string PromiseShadow::Name(int64_t id) const { return name_ + " #" + std::to_string(id); }

void PromiseShadow::Born(int64_t id, v8::Local<v8::Promise> promise, Place here) {
  if (id != size()) {
    oracle_.Tell("PX011", name_ + ": born as #" + std::to_string(id) + ", must be #" +
                              std::to_string(size()),
                 {At("born here", here)});
    return;
  }
  Entry entry;
  entry.witness.Reset(isolate_, promise);
  entry.born = here;
  entries_.push_back(std::move(entry));
  changed_.push_back(id);
  ++expected_.pending;
}

void PromiseShadow::Settles(int64_t id, PromiseState state, std::string value, Place here) {
  Entry& entry = entries_.at(id);
  --Of(expected_, entry.state);
  ++Of(expected_, state);
  entry.state = state;
  entry.value = std::move(value);
  entry.settled = here;
  entry.value_seen = false;
  changed_.push_back(id);
}

bool PromiseShadow::Holds(int64_t id, v8::Local<v8::Value> handle) const {
  // Makes no handle: it would take the first free slot, which is just where a stale one points.
  return entries_.at(id).witness == handle;
}

void PromiseShadow::ReadsBack(int64_t id, v8::Local<v8::Value> handle, Place here) {
  if (Holds(id, handle)) return;
  oracle_.Tell("HD010", "the handle kept for the " + Name(id) + " is another object now",
               {At("the promise was made here", entries_[id].born),
                At("its handle is read back here", here)});
}

void PromiseShadow::ReportOnce(Entry& entry, std::string code, std::string message,
                               const Place& here) {
  if (entry.reported) return;
  entry.reported = true;
  std::vector<LifeEvent> life = {At("the promise was made here", entry.born)};
  if (entry.state != PromiseState::kPending) {
    life.push_back(At("the program settled it here", entry.settled));
  }
  life.push_back(At("compared here", here));
  oracle_.Tell(std::move(code), std::move(message), std::move(life));
}

void PromiseShadow::CheckOne(int64_t id, const Place& here) {
  Entry& entry = entries_[id];
  const v8::HandleScope scope(isolate_);
  v8::Local<v8::Promise> promise = entry.witness.Get(isolate_);
  const PromiseState has = StateOf(promise);
  if (has != entry.state) {
    const bool nobody = entry.state == PromiseState::kPending;
    ReportOnce(entry, nobody ? "PR001" : "PR002",
               "the " + Name(id) + " is " + Word(has) +
                   (nobody ? " though nobody settled it"
                           : std::string(", it was settled and must be ") + Word(entry.state)),
               here);
    return;
  }
  if (has == PromiseState::kPending || entry.value_seen) return;
  entry.value_seen = true;
  const std::string result = engine::ToText(isolate_, promise->Result());
  if (result == entry.value) return;
  ReportOnce(entry, "PR003",
             "the " + Name(id) + " holds " + Quoted(result) + ", must hold " +
                 Quoted(entry.value),
             here);
}

void PromiseShadow::Check(Place here) {
  if (size() <= kAllUpTo) return CheckAll(here);
  for (const int64_t id : changed_) CheckOne(id, here);
  changed_.clear();
  for (int64_t i = 0; i < kWindow; ++i) {
    CheckOne(next_, here);
    next_ = (next_ + 1) % size();
  }
}

void PromiseShadow::CheckAll(Place here) {
  for (int64_t id = 0; id < size(); ++id) CheckOne(id, here);
  changed_.clear();
}

}  // namespace handrail
