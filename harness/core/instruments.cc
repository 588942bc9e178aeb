#include "harness/core/instruments.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/core/text.h"

namespace handrail {
namespace {

constexpr InstrumentKind kRemoval = InstrumentKind::kRemoval;
constexpr InstrumentKind kBuild = InstrumentKind::kBuild;
constexpr InstrumentKind kRunTime = InstrumentKind::kRunTime;
constexpr InstrumentValue kNone = InstrumentValue::kNone;

constexpr InstrumentInfo kInstruments[] = {
    {"guard", kBuild, kNone, "tells of Locals stored off the stack, when they are stored"},
    {"quarantine", kRunTime, kNone, "tells of stale handles, and of calls on wrong threads"},
    {"asan", kBuild, kNone, "AddressSanitizer in the code under test"},
    {"no-counts", kRemoval, kNone, "without counting handles and Globals round by round"},
    {"no-exit", kRemoval, kNone, "without judging how the process ended"},
    {"no-guard", kRemoval, kNone, "without what the guard reports"},
    {"no-loop", kRemoval, kNone, "without naming what keeps Node's event loop alive"},
    {"no-near-heap-limit", kRemoval, kNone, "without V8's warning before the heap's limit"},
    {"no-oracle", kRemoval, kNone, "without comparing outcomes with what was meant"},
    {"no-ownership", kRemoval, kNone, "without the quarantine's checks of threads and isolates"},
    {"no-promise-ledger", kRemoval, kNone, "without the ledger of promises"},
    {"no-quarantine", kRemoval, kNone, "without the quarantine's checks of handles"},
    {"no-trend", kRemoval, kNone, "without judging growth"},
};

constexpr size_t kMostShown = 60;  // bytes of a word that is quoted back

size_t PlaceOf(std::string_view instrument) {
  const InstrumentInfo* info = FindInstrument(instrument);
  return info == nullptr ? std::size(kInstruments) : static_cast<size_t>(info - kInstruments);
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string NearestTo(std::string_view name) {
  std::vector<std::string> names;
  for (const InstrumentInfo& info : kInstruments) names.emplace_back(info.name);
  return Nearest(name, names);
}

}  // namespace

std::string_view ToString(InstrumentKind kind) {
  switch (kind) {
    case InstrumentKind::kRemoval:
      return "removal";
    case InstrumentKind::kBuild:
      return "build";
    case InstrumentKind::kRunTime:
      return "run-time";
  }
  return "unknown";
}

std::span<const InstrumentInfo> AllInstruments() { return kInstruments; }

const InstrumentInfo* FindInstrument(std::string_view instrument) {
  const std::string_view name = InstrumentName(instrument);
  for (const InstrumentInfo& info : kInstruments) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

bool IsInstrument(std::string_view instrument, InstrumentKind kind) {
  const InstrumentInfo* info = FindInstrument(instrument);
  return info == nullptr ? kind == InstrumentKind::kRunTime : info->kind == kind;
}

std::string_view InstrumentName(std::string_view instrument) {
  return instrument.substr(0, instrument.find('='));
}

std::string ShownName(const InstrumentInfo& info) {
  const std::string name(info.name);
  switch (info.value) {
    case InstrumentValue::kNone:
      return name;
    case InstrumentValue::kCount:
      return name + "=N";
    case InstrumentValue::kChance:
      return name + "=P";
  }
  return name;
}

std::string CheckInstrumentValue(InstrumentValue kind, std::string_view value) {
  if (kind == InstrumentValue::kNone) return value.empty() ? "" : "no value";
  double number = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, number);
  const bool read = error == std::errc() && stopped == end;
  if (kind == InstrumentValue::kChance) {
    return read && number > 0 && number <= 1 ? "" : "a number above 0 and at most 1";
  }
  const bool digits = value.find_first_not_of("0123456789") == std::string_view::npos;
  return read && digits && number >= 1 && number <= 1e15 ? "" : "a whole number from 1";
}

std::string CheckInstrument(std::string_view instrument) {
  const std::string quoted = "'" + OneLine(instrument, kMostShown) + "'";
  const std::string_view name = InstrumentName(instrument);
  constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (name.empty() || name.find_first_not_of(kLetters) != std::string_view::npos) {
    return quoted + " is not an instrument's name (a-z, 0-9, -), nor NAME=VALUE";
  }
  const InstrumentInfo* info = FindInstrument(name);
  if (info == nullptr) {
    const std::string near = NearestTo(name);
    return "there is no instrument '" + OneLine(name, kMostShown) + "'" +
           (near.empty() ? "" : "; did you mean '" + near + "'?") + " (handrail doctor lists them)";
  }
  const bool has_value = name.size() < instrument.size();
  if (info->value == InstrumentValue::kNone) {
    return has_value ? "the instrument '" + std::string(name) + "' takes no value" : "";
  }
  const std::string_view value = has_value ? instrument.substr(name.size() + 1) : "";
  const std::string wanted = CheckInstrumentValue(info->value, value);
  return wanted.empty() ? "" : quoted + ": '" + std::string(name) + "=' takes " + wanted;
}

bool InstrumentIsOn(std::string_view name, const std::vector<std::string>& instruments) {
  return std::any_of(instruments.begin(), instruments.end(),
                     [name](const std::string& one) { return InstrumentName(one) == name; });
}

std::vector<std::string> InstrumentsOfKind(InstrumentKind kind,
                                           const std::vector<std::string>& instruments) {
  std::vector<std::string> out;
  for (const std::string& one : instruments) {
    if (IsInstrument(one, kind)) out.push_back(one);
  }
  return out;
}

std::vector<std::string> InstrumentsNotOfKind(InstrumentKind kind,
                                              const std::vector<std::string>& instruments) {
  std::vector<std::string> out;
  for (const std::string& one : instruments) {
    if (!IsInstrument(one, kind)) out.push_back(one);
  }
  return out;
}

std::vector<std::string> InOrder(std::vector<std::string> instruments) {
  std::sort(instruments.begin(), instruments.end(), [](const auto& a, const auto& b) {
    const size_t left = PlaceOf(a);
    const size_t right = PlaceOf(b);
    return left != right ? left < right : a < b;
  });
  instruments.erase(std::unique(instruments.begin(), instruments.end()), instruments.end());
  return instruments;
}

std::string InstrumentSetName(const std::vector<std::string>& instruments) {
  std::string name;
  for (const std::string& one : InOrder(instruments)) name += (name.empty() ? "" : "+") + one;
  return name.empty() ? "none" : name;
}

std::string WithInstruments(const std::vector<std::string>& instruments) {
  return instruments.empty() ? "" : " with " + InstrumentSetName(instruments);
}

std::vector<std::vector<std::string>> ParseInstrumentSets(std::string_view text,
                                                          std::string* error) {
  std::vector<std::vector<std::string>> sets;
  for (const std::string_view name : Split(text, ',')) {
    std::vector<std::string> set;
    if (name != "none") {
      for (const std::string_view one : Split(name, '+')) {
        if (error->empty()) *error = CheckInstrument(one);
        set.emplace_back(one);
      }
    }
    set = InOrder(std::move(set));
    if (std::find(sets.begin(), sets.end(), set) == sets.end()) sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace handrail
