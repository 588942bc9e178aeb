#include "harness/embed/root.h"

#include "harness/embed/home.h"

namespace handrail::embed {

RootBase::RootBase(Home& home, v8::Local<v8::Value> value, const Place& made) {
  if (!home.Usable() || value.IsEmpty()) return;
  entry_ = home.roots().Put(value, made);
  home.own.roots_made.Add();
}

RootBase& RootBase::operator=(RootBase&& other) noexcept {
  if (this == &other) return *this;
  Release();
  entry_ = std::exchange(other.entry_, nullptr);
  return *this;
}

bool RootBase::Usable() const { return holds() && entry_->home->Usable(); }

v8::Local<v8::Value> RootBase::Read() const { return entry_->home->roots().Get(*entry_); }

bool RootBase::Drop() {
  if (!holds() || !entry_->home->OnThread()) return false;
  if (!entry_->home->open()) {
    Release();
    return true;
  }
  entry_->home->EndRoot(std::exchange(entry_, nullptr));
  return true;
}

// Wherever it is: a destructor may run inside a garbage collection, or on any thread.
void RootBase::Release() {
  if (holds()) entry_->home->DropRoot(std::exchange(entry_, nullptr));
}

}  // namespace handrail::embed
