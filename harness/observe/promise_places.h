// Internal to the promise ledger: where promises are made, and on which routes they are settled,
// each known by a small number. Counts are exact; they take memory for each place in the program's
// text, not for each promise.
//
// Threads: one writer; RouteAt on any.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <vector>

#include "harness/observe/oracle.h"

namespace handrail {

// What became of a promise.
enum class Outcome : uint8_t {
  kFulfilled,
  kRejected,
  kFollows,  // resolved with another promise or thenable, and pending until that one is settled
  kDropped,  // its Deferred was destroyed unsettled: rejected for that
  kGivenUp,  // by Deferred::Drop with a reason: rejected with it
};
std::string_view ToString(Outcome outcome);

inline bool SamePlace(const Place& a, const Place& b) {
  return a.line() == b.line() &&
         (a.file_name() == b.file_name() ||
          std::string_view(a.file_name()) == std::string_view(b.file_name()));
}

// A line that makes promises, or settles them: then both counts stay 0.
struct PromisePlace {
  Place place;
  int64_t made = 0;
  int64_t ended = 0;  // of those made here, by any outcome
};

// How promises made on one line came to their end on another: all of them alike.
struct Route {
  Place made;
  Place settled;  // where the Deferred was told; as `made` when it was only destroyed
  Outcome outcome = Outcome::kFulfilled;
  int64_t count = 0;
};

// Numbers for pairs of words, from 0, in the order of their first use. Open addressing: a look-up
// that finds costs about 2 ns, and nothing is allocated.
class Numbering {
 public:
  struct Answer {
    uint32_t number;
    bool is_new;
  };
  Answer Of(uint64_t a, uint64_t b);

 private:
  struct Cell {
    uint64_t a = 0;
    uint64_t b = 0;
    uint32_t number = kEmpty;
  };
  static constexpr uint32_t kEmpty = UINT32_MAX;
  static Cell& Find(std::vector<Cell>& cells, uint64_t a, uint64_t b);

  std::vector<Cell> cells_ = std::vector<Cell>(64);
  uint32_t used_ = 0;
};

class PromisePlaces {
 public:
  // One promise more was made here. The number of the place.
  uint32_t Made(const Place& here) {
    if (!Same(here, last_made_.place)) last_made_ = {here, PlaceNumber(here)};
    ++places_[last_made_.number].made;
    return last_made_.number;
  }
  // One promise more came to its end on this route. The number of the route.
  uint32_t Ended(const Place& made, const Place& settled, Outcome outcome) {
    if (!Same(settled, last_.settled) || !Same(made, last_.made) || outcome != last_.outcome) {
      last_ = FindRoute(made, settled, outcome);
    }
    ++places_[last_.place].ended;
    ++routes_[last_.route].count;
    return last_.route;
  }

  // Any thread. Without its count.
  Route RouteAt(uint32_t number) const;

  const std::deque<PromisePlace>& places() const { return places_; }
  const std::deque<Route>& routes() const { return routes_; }

 private:
  // What was asked for last: mostly it is asked for again, and a look-up costs more than the rest.
  struct LastPlace {
    Place place;
    uint32_t number = 0;
  };
  struct LastRoute {
    Place made;
    Place settled;
    Outcome outcome = Outcome::kFulfilled;
    uint32_t place = 0;
    uint32_t route = 0;
  };
  static bool Same(const Place& a, const Place& b) {
    return a.line() == b.line() && a.file_name() == b.file_name();
  }
  uint32_t PlaceNumber(const Place& place);
  LastRoute FindRoute(const Place& made, const Place& settled, Outcome outcome);

  LastPlace last_made_;
  LastRoute last_;
  Numbering place_numbers_;
  Numbering route_numbers_;
  std::deque<PromisePlace> places_;
  mutable std::mutex mutex_;  // guards routes_ while it grows
  std::deque<Route> routes_;  // a deque: what was added stays where it is
};

}  // namespace handrail
