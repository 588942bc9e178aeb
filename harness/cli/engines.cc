// Which engines a run is about, and which of their variants its instruments need.
#include <algorithm>
#include <utility>

#include "harness/cli/context.h"
#include "harness/cli/session.h"
#include "harness/core/instruments.h"
#include "harness/runner/absent_engines.h"

namespace handrail {
namespace {

using Instruments = std::vector<std::string>;

constexpr const char* kEnginesToHave = "/engines-to-have.json";

std::string NotBuilt(const std::string& name) {
  return "no worker is built with " + name + "; scripts/run.sh --instrument " + name +
         " builds it first";
}

// Without a word about engines or instruments, those of this very build.
std::vector<EngineRow> OfThisBuild(std::vector<EngineRow> rows) {
  std::erase_if(rows, [&](const EngineRow& row) { return row.sibling; });
  return rows;
}

void AddOnce(std::vector<size_t>& places, size_t place) {
  if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
}

// The rows that these sets need, and for each engine the one it is listed with when it has none.
absl::StatusOr<std::vector<size_t>> PlacesOf(const std::vector<EngineRow>& rows,
                                             const std::vector<Instruments>& sets) {
  std::vector<size_t> places;
  for (const Instruments& set : sets) {
    const Instruments build = InstrumentsOfKind(InstrumentKind::kBuild, set);
    bool found = false;
    for (const EngineRow& row : rows) {
      const auto place = VariantOf(rows, row.id, build);
      if (place) AddOnce(places, *place);
      found = found || place.has_value();
    }
    if (!found) return absl::FailedPreconditionError(NotBuilt(InstrumentSetName(build)));
  }
  for (const EngineRow& row : rows) {
    const bool listed = std::any_of(places.begin(), places.end(),
                                    [&](size_t place) { return rows[place].id == row.id; });
    if (!listed) AddOnce(places, *VariantOf(rows, row.id, {}));
  }
  std::sort(places.begin(), places.end());
  return places;
}

absl::Status NotAbsent(const std::vector<EngineRow>& rows, const std::vector<std::string>& globs) {
  return CheckNotAbsent(ReadAbsentEngines(BinFolder() + kEnginesToHave, rows), rows, globs);
}

// Whether one of the engines has all that this set asks for.
bool CanBeHad(const Instruments& set, const std::vector<Engine>& engines) {
  const Instruments build = InstrumentsOfKind(InstrumentKind::kBuild, set);
  return std::any_of(engines.begin(), engines.end(), [&](const Engine& engine) {
    if (!engine.catalog || engine.row.instruments != InOrder(build)) return false;
    return std::all_of(set.begin(), set.end(), [&](const std::string& one) {
      return !IsInstrument(one, InstrumentKind::kRunTime) ||
             InstrumentIsOn(InstrumentName(one), engine.catalog->can);
    });
  });
}

}  // namespace

absl::StatusOr<std::vector<Engine>> FindEngines(const std::vector<std::string>& globs,
                                                const std::vector<Instruments>& sets) {
  auto rows = ReadEngineTable(BinFolder() + "/engines.json");
  if (!rows.ok()) return absl::FailedPreconditionError(rows.status().message());
  if (const absl::Status status = NotAbsent(*rows, globs); !status.ok()) return status;
  const bool plain = sets.empty() || sets == std::vector<Instruments>{{}};
  auto chosen = ChooseEngines(globs.empty() && plain ? OfThisBuild(*rows) : *rows, globs);
  if (!chosen.ok()) return chosen.status();
  const auto places = PlacesOf(*chosen, sets.empty() ? std::vector<Instruments>{{}} : sets);
  if (!places.ok()) return places.status();
  std::vector<Engine> engines;
  for (const size_t place : *places) engines.push_back(Probe((*chosen)[place]));
  return engines;
}

absl::StatusOr<std::vector<Engine>> FindVariants(const std::vector<std::string>& globs) {
  auto rows = ReadEngineTable(BinFolder() + "/engines.json");
  if (!rows.ok()) return absl::FailedPreconditionError(rows.status().message());
  if (const absl::Status status = NotAbsent(*rows, globs); !status.ok()) return status;
  auto chosen = ChooseEngines(*rows, globs);
  if (!chosen.ok()) return chosen.status();
  std::vector<Engine> engines;
  for (const EngineRow& row : *chosen) engines.push_back(Probe(row));
  return engines;
}

std::vector<AbsentEngine> FindAbsentEngines() {
  const auto rows = ReadEngineTable(BinFolder() + "/engines.json");
  if (!rows.ok()) return {};
  return ReadAbsentEngines(BinFolder() + kEnginesToHave, *rows);
}

std::vector<Instruments> WholeMatrix(const std::vector<Engine>& variants) {
  std::vector<Instruments> sets = {{}, {"guard"}, {"quarantine"}, {"asan"}};
  std::erase_if(sets, [&](const Instruments& set) {
    return !set.empty() && !CanBeHad(set, variants);
  });
  return sets;
}

}  // namespace handrail
