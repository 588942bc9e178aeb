#include "harness/guard/global_book.h"

#include <algorithm>
#include <utility>

namespace handrail::guard {

void GlobalBook::Made(const uintptr_t* global, v8::Isolate* isolate, const Site& site) {
  if (global == nullptr) return;
  const std::lock_guard lock(mutex_);
  globals_[global] = {isolate, site, false};
}

bool GlobalBook::Reset(const uintptr_t* global, KnownGlobal* was) {
  const std::lock_guard lock(mutex_);
  const auto found = globals_.find(global);
  if (found == globals_.end()) return false;
  *was = found->second;
  globals_.erase(found);
  return true;
}

bool GlobalBook::Find(const uintptr_t* global, KnownGlobal* found) {
  const std::lock_guard lock(mutex_);
  const auto entry = globals_.find(global);
  if (entry == globals_.end()) return false;
  *found = entry->second;
  return true;
}

std::vector<GlobalBook::Left> GlobalBook::Conclude(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  std::map<std::pair<const void*, uint32_t>, int64_t> counts;
  for (auto& [global, known] : globals_) {
    if (known.isolate != isolate || known.outlived) continue;
    known.outlived = true;
    ++counts[{known.made.at, known.made.function}];
  }
  std::vector<Left> left;
  for (const auto& [site, count] : counts) left.push_back({{site.first, site.second}, count});
  std::stable_sort(left.begin(), left.end(),
                   [](const Left& a, const Left& b) { return a.count > b.count; });
  return left;
}

int64_t GlobalBook::alive(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  return std::count_if(globals_.begin(), globals_.end(), [&](const auto& entry) {
    return entry.second.isolate == isolate && !entry.second.outlived;
  });
}

}  // namespace handrail::guard
