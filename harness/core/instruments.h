// The instruments that a run may ask for: one table of their names, of what kind each is and what
// it does. The command line, `doctor` and the plan read it; nothing else lists instruments by hand.
//
//   removal   "no-oracle": takes one of our detectors out, in the worker or in the judge
//   build     "asan": what a worker was compiled with; the plan takes the worker that has just
//   these run time  "quarantine", "gc-at=50": goes to the worker with the trial; a worker's catalog
//   tells
//             which of them it can do
//
// An instrument is written NAME or NAME=VALUE. One more is one more row in instruments.cc. Pure;
// any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handrail {

enum class InstrumentKind { kRemoval, kBuild, kRunTime };
std::string_view ToString(InstrumentKind kind);

// What stands behind the '='.
enum class InstrumentValue {
  kNone,
  kCount,   // a whole number from 1
  kChance,  // above 0, at most 1
};

struct InstrumentInfo {
  std::string_view name;
  InstrumentKind kind;
  InstrumentValue value;
  std::string_view about;  // what it does, a few words
};

// By kind, in the order in which tables of results show them.
std::span<const InstrumentInfo> AllInstruments();

// `instrument` with or without its value. nullptr: there is no such instrument.
const InstrumentInfo* FindInstrument(std::string_view instrument);
bool IsInstrument(std::string_view instrument, InstrumentKind kind);

// "gc-at", of "gc-at=50".
std::string_view InstrumentName(std::string_view instrument);

// As it is written: "gc-at=N", "quarantine".
std::string ShownName(const InstrumentInfo& info);

// What is wrong with an instrument that was asked for, with the nearest one that there is; empty
// for nothing.
std::string CheckInstrument(std::string_view instrument);

// The same for what stands behind the '=': what it must be; empty when it is that.
std::string CheckInstrumentValue(InstrumentValue kind, std::string_view value);

// Whether one of `instruments` has this name, whatever its value.
bool InstrumentIsOn(std::string_view name, const std::vector<std::string>& instruments);

// Those of this kind, in their order. What is not in the table is taken for a run-time instrument.
std::vector<std::string> InstrumentsOfKind(InstrumentKind kind,
                                           const std::vector<std::string>& instruments);

// All others.
std::vector<std::string> InstrumentsNotOfKind(InstrumentKind kind,
                                              const std::vector<std::string>& instruments);

// Sorted as the table is, each once: two sets are the same when they are equal then.
std::vector<std::string> InOrder(std::vector<std::string> instruments);

// "quarantine+asan"; "none" for none.
std::string InstrumentSetName(const std::vector<std::string>& instruments);
// " with quarantine+asan", for what stands before it; empty for none.
std::string WithInstruments(const std::vector<std::string>& instruments);

// "none,quarantine,guard+quarantine": sets as InstrumentSetName writes them. What is wrong goes to
// `error`; then the sets mean nothing.
std::vector<std::vector<std::string>> ParseInstrumentSets(std::string_view text,
                                                          std::string* error);

}  // namespace handrail
