#include "harness/observe/promise_places.h"

namespace handrail {

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kFulfilled:
      return "fulfilled";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kFollows:
      return "resolved with another promise";
    case Outcome::kDropped:
      return "dropped";
    case Outcome::kGivenUp:
      return "given up";
  }
  return "?";
}

Numbering::Cell& Numbering::Find(std::vector<Cell>& cells, uint64_t a, uint64_t b) {
  const uint64_t mixed = (a ^ (b * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
  size_t at = mixed >> 32;
  for (;; ++at) {
    Cell& cell = cells[at & (cells.size() - 1)];
    if (cell.number == kEmpty || (cell.a == a && cell.b == b)) return cell;
  }
}

Numbering::Answer Numbering::Of(uint64_t a, uint64_t b) {
  if (const Cell& cell = Find(cells_, a, b); cell.number != kEmpty) return {cell.number, false};
  if (used_ * 2 >= cells_.size()) {
    std::vector<Cell> larger(cells_.size() * 2);
    for (const Cell& cell : cells_) {
      if (cell.number != kEmpty) Find(larger, cell.a, cell.b) = cell;
    }
    cells_.swap(larger);
  }
  Find(cells_, a, b) = {a, b, used_};
  return {used_++, true};
}

uint32_t PromisePlaces::PlaceNumber(const Place& place) {
  const auto file = reinterpret_cast<uintptr_t>(place.file_name());
  const Numbering::Answer answer = place_numbers_.Of(file, place.line());
  if (answer.is_new) places_.push_back({place});
  return answer.number;
}

PromisePlaces::LastRoute PromisePlaces::FindRoute(const Place& made, const Place& settled,
                                                  Outcome outcome) {
  const uint32_t from = PlaceNumber(made);
  const uint64_t pair = uint64_t{from} << 32 | PlaceNumber(settled);
  const Numbering::Answer route = route_numbers_.Of(pair, static_cast<uint64_t>(outcome));
  if (route.is_new) {
    const std::lock_guard<std::mutex> lock(mutex_);
    routes_.push_back({made, settled, outcome});
  }
  return {made, settled, outcome, from, route.number};
}

Route PromisePlaces::RouteAt(uint32_t number) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Route& route = routes_[number];
  return {route.made, route.settled, route.outcome, 0};
}

}  // namespace handrail
