#include "harness/audit/report.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/core/codes.h"
#include "harness/core/text.h"
#include "harness/guard/code_place.h"

namespace handrail::audit {
namespace {

constexpr int kFrames = 16;
constexpr int kMostCallers = 3;

struct Told {
  std::string text;
  std::vector<std::string> names;  // for suppressions
};

void AddNames(const guard::CodePlace& place, std::vector<std::string>& names) {
  for (const std::string& name : {place.function, place.module, place.file}) {
    if (!name.empty()) names.push_back(name);
  }
}

std::string Where(const guard::CodePlace& place) {
  std::string text = guard::ToString(place);
  if (place.line != 0 && !place.function.empty()) text += " (" + place.function + ")";
  return OneLine(text);
}

// Who called the code that made the mistake, within its own module: often the call stands in a
// helper.
std::vector<guard::CodePlace> CallersOf(const void* at, const std::string& module) {
  std::vector<guard::CodePlace> callers;
  const std::vector<const void*> frames = guard::Callers(kFrames);
  auto frame = std::find(frames.begin(), frames.end(), at);
  if (frame == frames.end()) return callers;
  for (++frame; frame != frames.end() && callers.size() < kMostCallers; ++frame) {
    guard::CodePlace place = guard::PlaceOfCall(*frame);
    if (place.module != module) break;
    callers.push_back(std::move(place));
  }
  return callers;
}

// The first sentence or two: the whole is what `handrail explain` is for.
std::string Line(const char* head, std::string_view text) {
  return "  " + std::string(head) + OneLine(text, 600) + "\n";
}

Told TextOf(const guard::Misuse& misuse) {
  Told told;
  const CodeInfo* const info = FindCode(misuse.code);
  told.text = "handrail[" + misuse.code +
              "]: " + (info == nullptr ? misuse.message : std::string(info->title)) + "\n";
  if (!misuse.life.empty()) {
    const guard::CodePlace place = guard::PlaceOfCall(misuse.life.back().at);
    told.text += "  --> " + Where(place) + "\n";
    for (const guard::Station& station : misuse.life) {
      const guard::CodePlace at = guard::PlaceOfCall(station.at);
      AddNames(at, told.names);
      told.text += "      " + station.what + (station.at == nullptr ? "" : ": " + Where(at)) + "\n";
    }
    for (const guard::CodePlace& caller : CallersOf(misuse.life.back().at, place.module)) {
      AddNames(caller, told.names);
      told.text += "      called from: " + Where(caller) + "\n";
    }
  }
  told.text += Line("saw:  ", misuse.message);
  if (info != nullptr) told.text += Line("fix:  ", info->fix);
  return told;
}

}  // namespace

void Report::Write(const std::string& text) const {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(settings_.fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return;
    if (n > 0) done += static_cast<size_t>(n);
  }
}

void Report::Tell(const guard::Misuse& misuse) {
  const Key key{misuse.code, misuse.life.empty() ? nullptr : misuse.life.back().at};
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = seen_.try_emplace(key);
  ++entry->second.count;
  if (!is_new) return;
  Told told = TextOf(misuse);
  entry->second.silenced = suppressions_.Silences(misuse.code, told.names);
  entry->second.text = std::move(told.text);
  order_.push_back(key);
  if (!entry->second.silenced && !settings_.at_exit) Write(entry->second.text);
}

void Report::TellOpen(const guard::Misuse& misuse) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  std::string text = misuse.message;
  for (const guard::Station& station : misuse.life) {
    const guard::CodePlace place = guard::PlaceOfCall(station.at);
    AddNames(place, names);
    text += "\n      " + station.what + ": " + Where(place);
  }
  if (!suppressions_.Silences(misuse.code, names)) open_.push_back(std::move(text));
}

void Report::Cover(CoveredModule module) {
  const std::lock_guard lock(mutex_);
  covered_.push_back(std::move(module));
}

void Report::CoverLookedUp(const std::string& module, const std::string& function) {
  const std::lock_guard lock(mutex_);
  looked_up_[module].insert(function);
}

void Report::CannotCover(std::string what) {
  const std::lock_guard lock(mutex_);
  if (std::find(not_covered_.begin(), not_covered_.end(), what) == not_covered_.end()) {
    not_covered_.push_back(std::move(what));
  }
}

std::string Report::Coverage() const {
  std::string text;
  for (const CoveredModule& module : covered_) {
    text += "  covered: " + OneLine(module.path) + ", " + std::to_string(module.functions) +
            (module.functions == 1 ? " function\n" : " functions\n");
  }
  for (const auto& [module, functions] : looked_up_) {
    text += "  covered: " + OneLine(module) + ", " + std::to_string(functions.size()) +
            " that it looked up with dlsym\n";
  }
  if (covered_.empty() && looked_up_.empty())
    text += "  covered: nothing, no module was seen that calls Node-API or V8\n";
  for (const std::string& what : not_covered_) text += "  not covered: " + OneLine(what) + "\n";
  return text;
}

int64_t Report::Summarize() {
  const std::lock_guard lock(mutex_);
  int64_t places = 0, times = 0, silenced = 0;
  std::string all, again;
  for (const Key& key : order_) {
    const Seen& seen = seen_.at(key);
    if (seen.silenced) {
      ++silenced;
      continue;
    }
    ++places;
    times += seen.count;
    if (settings_.at_exit) all += seen.text;
    if (seen.count > 1) {
      again += "  " + key.first + " " + OneLine(guard::ToString(guard::PlaceOfCall(key.second))) +
               ": " + std::to_string(seen.count) + " times\n";
    }
  }
  // A child that has nothing to do with V8 has nothing to say.
  if (!settings_.the_program && covered_.empty() && looked_up_.empty() && places == 0) return 0;
  std::string text = all + "handrail audit";
  if (!settings_.the_program) text += ", process " + std::to_string(getpid());
  text += ": ";
  text += places == 0 ? "nothing was found\n"
                      : std::to_string(places) + (places == 1 ? " finding, " : " findings, ") +
                            std::to_string(times) + (times == 1 ? " time\n" : " times\n");
  text += again;
  if (silenced > 0) text += "  silenced by suppressions: " + std::to_string(silenced) + "\n";
  if (!open_.empty()) text += "  still open when their environment ended:\n";
  for (const std::string& one : open_) text += "    " + one + "\n";
  text += Coverage();
  for (const Suppression& one : suppressions_.all()) {
    if (settings_.verbose && one.used == 0) {
      text += "  suppression not used: line " + std::to_string(one.line) + ", " +
              OneLine(one.code + ":" + one.pattern) + "\n";
    }
  }
  Write(text);
  return places;
}

}  // namespace handrail::audit
