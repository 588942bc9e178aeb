#include "harness/embed/root.h"

#include "harness/embed/home.h"

namespace handrail::embed {

RootBase::RootBase(Home& home, v8::Local<v8::Value> value) {
  if (!home.Usable() || value.IsEmpty()) return;
  home_ = home.shared_from_this();
  slot_ = home.roots().Put(value).Release();
  home.own.roots_made.Add();
}

RootBase& RootBase::operator=(RootBase&& other) noexcept {
  if (this == &other) return *this;
  Release();
  home_ = std::move(other.home_);
  slot_ = std::exchange(other.slot_, kNoSlot);
  return *this;
}

bool RootBase::Usable() const { return holds() && home_->Usable(); }

v8::Local<v8::Value> RootBase::Read() const { return home_->roots().Get(slot_); }

bool RootBase::Drop() {
  if (!holds() || !home_->OnThread()) return false;
  if (!home_->open()) {
    Release();
    return true;
  }
  home_->roots().Reset(std::exchange(slot_, kNoSlot));
  home_->own.roots_dropped.Add();
  return true;
}

// Wherever it is: a destructor may run inside a garbage collection, or on any thread.
void RootBase::Release() {
  if (holds()) home_->DropRoot(std::exchange(slot_, kNoSlot));
}

}  // namespace handrail::embed
