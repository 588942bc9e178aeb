#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "reports/detection.h"

namespace handrail {
namespace {

bool MisusesHandleOrPromise(const StrategyDecl& strategy) {
  const auto is_one = [](const std::vector<std::string>& codes) {
    return std::any_of(codes.begin(), codes.end(), [](const std::string& code) {
      return code.starts_with("HD") || code.starts_with("PR");
    });
  };
  return std::any_of(strategy.expectations.begin(), strategy.expectations.end(),
                     [&](const Expectation& one) { return is_one(one.any_of); }) ||
         std::any_of(strategy.demands.begin(), strategy.demands.end(),
                     [&](const Demand& one) { return is_one(one.any_of); });
}

// One trial with whatever instruments: who saw its harm.
struct Harm {
  bool came_about = false;
  std::set<std::string> detectors;
};

using Key = std::tuple<std::string, std::string, int64_t, uint64_t>;

// What became of each trial of such strategies on `engine`, over all sets of instruments; `order`
// is that of the record.
std::map<Key, Harm> HarmsOn(const RecordIndex& index, const std::string& engine,
                            std::vector<Key>& order) {
  std::map<Key, Harm> harms;
  for (const ResultRecord& result : index.record().results) {
    const StrategyDecl* strategy = index.Declaration(result);
    if (result.engine != engine || result.kind != StrategyKind::kBroken) continue;
    if (strategy == nullptr || !MisusesHandleOrPromise(*strategy)) continue;
    for (const TrialRecord* trial : index.TrialsOf(result)) {
      const Key key(trial->scenario, trial->strategy, trial->size, trial->seed);
      if (!harms.contains(key)) order.push_back(key);
      Harm& harm = harms[key];
      harm.came_about = harm.came_about || trial->evidence.triggered > 0;
      for (const Finding& finding : trial->evidence.findings) {
        harm.detectors.insert(finding.detector);
      }
    }
  }
  return harms;
}

bool IsCovered(const Harm& harm) {
  return std::any_of(
      std::begin(kCoverDetectors), std::end(kCoverDetectors),
      [&](std::string_view one) { return harm.detectors.contains(std::string(one)); });
}

}  // namespace

DetectionCover CoverOf(const RecordIndex& index, const std::string& engine) {
  DetectionCover cover;
  cover.engine = engine;
  std::vector<Key> order;
  std::map<Key, Harm> harms = HarmsOn(index, engine, order);
  std::map<std::string, int> counts;
  for (const Key& key : order) {
    const Harm& harm = harms[key];
    if (!harm.came_about) continue;
    ++cover.harmful;
    for (const std::string& detector : harm.detectors) ++counts[detector];
    const std::string name = std::get<0>(key) + "/" + std::get<1>(key);
    const auto named = std::find(cover.uncaught.begin(), cover.uncaught.end(), name);
    if (IsCovered(harm)) {
      ++cover.caught;
    } else if (named == cover.uncaught.end()) {
      cover.uncaught.push_back(name);
    }
  }
  cover.by_detector.assign(counts.begin(), counts.end());
  std::stable_sort(cover.by_detector.begin(), cover.by_detector.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return cover;
}

}  // namespace handrail
