#include "harness/guard/handle_life.h"

#include <pthread.h>

#include <algorithm>
#include <array>

namespace handrail::guard {
namespace {

// Words below the frame that was called in which a frame that is gone is looked for.
constexpr ptrdiff_t kFarDown = 1 << 17;

std::array<std::string (*)(uint32_t), 4> g_names{};

}  // namespace

void AddNames(std::string (*name)(uint32_t number)) {
  for (auto& one : g_names) {
    if (one == nullptr || one == name) {
      one = name;
      return;
    }
  }
}

std::string NameOfFunction(uint32_t number) {
  for (const auto one : g_names) {
    if (one == nullptr) break;
    if (std::string name = one(number); !name.empty()) return name;
  }
  return {};
}

std::string ByFunction(uint32_t number) {
  const std::string name = NameOfFunction(number);
  return name.empty() ? std::string() : " by " + name;
}

const uintptr_t* StackHigh() {
  thread_local const uintptr_t* high = nullptr;
  if (high == nullptr) {
    pthread_attr_t attributes;
    void* low = nullptr;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      pthread_attr_getstack(&attributes, &low, &size);
      pthread_attr_destroy(&attributes);
    }
    high = reinterpret_cast<const uintptr_t*>(static_cast<char*>(low) + size);
  }
  return high;
}

SlotState ExamineSlot(const HandleStack* stack, const uintptr_t* slot, const void* here) {
  if (slot == nullptr) return SlotState::kFine;
  if (stack != nullptr) {
    if (stack->IsFine(slot)) return SlotState::kFine;
    if (stack->IsDead(slot)) return SlotState::kDead;
    if (stack->Owns(slot)) return SlotState::kFine;
  }
  const auto* frame = static_cast<const uintptr_t*>(here);
  const bool gone = slot < frame && slot > frame - kFarDown && slot < StackHigh();
  return gone ? SlotState::kFrameIsGone : SlotState::kFine;
}

std::vector<Station> LifeOf(const HandleStack& stack, const uintptr_t* slot) {
  std::vector<Station> life;
  const Slot* record = stack.Find(slot);
  if (record == nullptr) return life;
  if (record->made_at != nullptr) {
    life.push_back(
        {record->made_by == 0 ? "made after this call" : "made here" + ByFunction(record->made_by),
         record->made_at});
  }
  if (const Death* death = stack.DeathOf(*record)) {
    if (death->after.at != death->before.at && death->after.at != nullptr &&
        death->after.at != record->made_at) {
      life.push_back({"alive at this call" + ByFunction(death->after.function), death->after.at});
    }
    life.push_back(
        death->by_callback
            ? Station{"dead when the callback returned", nullptr}
            : Station{"dead at this call" + ByFunction(death->before.function), death->before.at});
  }
  return life;
}

}  // namespace handrail::guard
