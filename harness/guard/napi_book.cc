#include "harness/guard/napi_book.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace handrail::guard {

void NapiBook::Made(NapiThing thing, const void* address, const NapiEntry& entry) {
  if (address == nullptr) return;
  const std::lock_guard lock(mutex_);
  entries_[{thing, address}] = entry;
}

std::optional<NapiEntry> NapiBook::Find(NapiThing thing, const void* address) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({thing, address});
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

void NapiBook::End(NapiThing thing, const void* address, const Site& site) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({thing, address});
  if (found == entries_.end() || found->second.over) return;
  found->second.over = true;
  found->second.ended = site;
  over_.push_back(found->first);
  while (over_.size() > kMostOver) {
    // It may have been made anew meanwhile, then it is not over.
    const auto oldest = entries_.find(over_.front());
    if (oldest != entries_.end() && oldest->second.over) entries_.erase(oldest);
    over_.pop_front();
  }
}

void NapiBook::Completes(const void* complete, const void* data) {
  const std::lock_guard lock(mutex_);
  for (auto one = entries_.lower_bound({NapiThing::kWork, nullptr});
       one != entries_.end() && one->first.first == NapiThing::kWork; ++one) {
    NapiEntry& entry = one->second;
    if (!entry.queued || entry.over || entry.complete != complete || entry.data != data) continue;
    entry.queued = false;
    return;
  }
}

std::vector<NapiBook::Left> NapiBook::Conclude(
    const std::function<bool(const void* env)>& has_ended) {
  const std::lock_guard lock(mutex_);
  std::map<std::tuple<NapiThing, const void*, uint32_t>, int64_t> counts;
  for (auto& [key, entry] : entries_) {
    if (entry.over || entry.may_stay || !has_ended(entry.env)) continue;
    ++counts[{key.first, entry.made.at, entry.made.function}];
    entry.may_stay = true;
  }
  std::vector<Left> left;
  for (const auto& [site, count] : counts) {
    left.push_back({std::get<0>(site), {std::get<1>(site), std::get<2>(site)}, count});
  }
  std::stable_sort(left.begin(), left.end(),
                   [](const Left& a, const Left& b) { return a.count > b.count; });
  return left;
}

bool ChunkKeeper::Take(const void* address) {
  if (address == nullptr) return false;
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  const auto matches = [&](size_t size) -> void* {
    void* const piece = std::malloc(size);
    const auto begin = reinterpret_cast<uintptr_t>(piece);
    if (piece != nullptr && wanted >= begin && wanted < begin + size) return piece;
    std::free(piece);
    return nullptr;
  };
  const std::lock_guard lock(mutex_);
  void* piece = nullptr;
  for (auto known = sizes_.begin(); known != sizes_.end() && piece == nullptr; ++known) {
    piece = matches(known->first);
  }
  // malloc rounds up to 16 bytes and an 8-byte head: one try for each of its sizes. A few tries for
  // what is never found must not be paid again and again.
  constexpr int kTries = 64;
  static int tries = 0;
  for (size_t size = 24; size <= kLargest && piece == nullptr && tries < kTries; size += 16) {
    piece = matches(size);
    if (piece != nullptr) sizes_[size] = 1;
  }
  if (piece == nullptr) ++tries;
  if (piece == nullptr) return false;
  kept_.push_back(piece);
  if (kept_.size() > kMost) {
    std::free(kept_.front());
    kept_.pop_front();
  }
  return true;
}

}  // namespace handrail::guard
