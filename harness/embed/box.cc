#include "harness/embed/box.h"

#include <cstdint>
#include <unordered_map>

#include "harness/embed/home.h"

namespace handrail::embed {

// All boxes of one environment, by a number that the JavaScript side carries in an internal field.
class Boxes {
 public:
  explicit Boxes(Home& home) : home_(home) {
    const v8::HandleScope scope(home.isolate());
    v8::Local<v8::ObjectTemplate> shape = v8::ObjectTemplate::New(home.isolate());
    shape->SetInternalFieldCount(1);
    shape_ = std::make_unique<v8::Global<v8::ObjectTemplate>>(home.isolate(), shape);
  }

  v8::MaybeLocal<v8::Object> Put(std::unique_ptr<Boxed> boxed) {
    v8::Isolate* isolate = home_.isolate();
    v8::Local<v8::Object> object;
    if (!shape_->Get(isolate)->NewInstance(home_.context()).ToLocal(&object)) return {};
    const int32_t id = next_++;
    object->SetInternalField(0, v8::Integer::New(isolate, id));
    Entry& entry = entries_[id];
    entry = {this, id, std::make_unique<v8::Global<v8::Object>>(isolate, object), std::move(boxed)};
    entry.object->SetWeak(&entry, Collected, v8::WeakCallbackType::kParameter);
    home_.own.boxes_made.Add();
    return object;
  }

  Boxed* Look(v8::Local<v8::Value> box, const void* type) {
    if (box.IsEmpty() || !box->IsObject()) return nullptr;
    v8::Local<v8::Object> object = box.As<v8::Object>();
    if (object->InternalFieldCount() != 1) return nullptr;
    v8::Local<v8::Value> id = object->GetInternalField(0).As<v8::Value>();
    if (!id->IsInt32()) return nullptr;
    const auto found = entries_.find(id.As<v8::Int32>()->Value());
    // The number alone proves nothing: another embedder's object may have a field like it.
    if (found == entries_.end() || *found->second.object != object) return nullptr;
    return found->second.boxed->type() == type ? found->second.boxed.get() : nullptr;
  }

  void EnvironmentEnds(bool abandoned) {
    if (abandoned) {
      Forget(std::move(shape_));
      for (auto& [id, entry] : entries_) Forget(std::move(entry.object));
      entries_.clear();  // destructors run, finalizers do not: they may want JavaScript
      return;
    }
    while (!entries_.empty()) {
      const int32_t id = entries_.begin()->first;
      home_.InTurn("finalizer", [&](Turn& turn) { End(id, turn); });
    }
    shape_->Reset();
  }

 private:
  struct Entry {
    Boxes* boxes = nullptr;
    int32_t id = 0;
    std::unique_ptr<v8::Global<v8::Object>> object;  // weak
    std::unique_ptr<Boxed> boxed;
  };

  // Inside a garbage collection: no V8, only a note for later.
  static void Collected(const v8::WeakCallbackInfo<Entry>& info) {
    Entry* entry = info.GetParameter();
    entry->object->Reset();
    Boxes* boxes = entry->boxes;
    boxes->home_.RunSoon([boxes, id = entry->id](Turn& turn) { boxes->End(id, turn); });
  }

  void End(int32_t id, Turn& turn) {
    auto node = entries_.extract(id);
    if (node.empty()) return;  // the environment's end came first
    node.mapped().object->Reset();
    home_.own.boxes_finalized.Add();
    node.mapped().boxed->Finalize(turn);
  }

  Home& home_;
  std::unique_ptr<v8::Global<v8::ObjectTemplate>> shape_;
  std::unordered_map<int32_t, Entry> entries_;  // its nodes stay where they are
  int32_t next_ = 0;
};

v8::MaybeLocal<v8::Object> PutInBox(Home& home, std::unique_ptr<Boxed> boxed) {
  if (!home.Usable() || home.closing()) return {};
  return home.boxes().Put(std::move(boxed));
}

Boxed* LookIntoBox(Home& home, v8::Local<v8::Value> box, const void* type) {
  return home.Usable() && home.has_boxes() ? home.boxes().Look(box, type) : nullptr;
}

Boxes& Home::boxes() {
  if (boxes_ == nullptr) {
    boxes_ = std::make_shared<Boxes>(*this);
  }
  return *boxes_;
}

void Home::EndBoxes(bool abandoned) {
  if (boxes_ != nullptr) boxes_->EnvironmentEnds(abandoned);
}

}  // namespace handrail::embed
