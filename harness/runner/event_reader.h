// Takes apart what comes through a trial's event pipe and puts it where it belongs in the evidence.
// Bounded in every direction: a trial may write anything, and without end. Pure but for what it is
// given to fill; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/evidence.h"
#include "harness/core/protocol.h"

namespace handrail {

class EventReader {
 public:
  // `evidence` outlives the reader.
  explicit EventReader(Evidence& evidence) : evidence_(evidence) {}

  // The next bytes of the pipe, cut anywhere.
  void Take(std::string_view bytes);

  // What cannot be read becomes the finding PX010.
  void Unreadable(std::string_view why);

  bool done() const { return done_; }               // the worker said that the trial was complete
  bool too_much() const { return bytes_ > kMost; }  // nothing more is taken
  const std::optional<Event>& last_words() const { return last_words_; }

  static constexpr int64_t kMost = 4 << 20;

 private:
  void TakeLine(std::string_view line);
  void TakeFigure(Figure figure);
  void TakeClaim(ClaimOutcome claim);
  void Note(std::string_view text);

  Evidence& evidence_;
  std::string rest_;  // a line that is not whole yet
  int64_t bytes_ = 0;
  bool done_ = false;
  bool too_many_figures_ = false;
  std::optional<Event> last_words_;  // V8's
};

}  // namespace handrail
