// Look-ups in a run record that several reports need: which trials stand behind a result, which of
// them shows best what went wrong, which codes tell most. Pure; any thread.
//
// Points into the record, which must outlive it and not change. Costs one pass over the record.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/core/run_record.h"

namespace handrail {

class RecordIndex {
 public:
  explicit RecordIndex(const RunRecord& record);

  const RunRecord& record() const { return record_; }

  // Engines that have a result, in the context's order, then any others.
  const std::vector<std::string>& engines() const { return engines_; }

  // Empty version when the context does not know the engine.
  std::string_view V8Version(std::string_view engine) const;

  const std::vector<const TrialRecord*>& TrialsOf(const ResultRecord& result) const;

  // nullptr when the record has no such declaration.
  const StrategyDecl* Declaration(const ResultRecord& result) const;

  // The document that the result's scenario refers to; empty when that is not known.
  std::string Document(const ResultRecord& result) const;

  // Where that declaration stands; an empty file when that is not known.
  LifeEvent Place(const ResultRecord& result) const;

  // The first trial with the result's own verdict, else the first that failed, else the first;
  // nullptr when there is none.
  const TrialRecord* Witness(const ResultRecord& result) const;

  // Distinct codes of the trials that share the result's verdict, the most telling first: declared
  // before others (behind them where being undeclared is the fault), the process's end last.
  std::vector<std::string> Codes(const ResultRecord& result) const;

  // The finding of `trial` with the most telling code; nullptr when it has none.
  const Finding* Telling(const ResultRecord& result, const TrialRecord& trial) const;

 private:
  int Rank(const ResultRecord& result, const TrialRecord& trial, const std::string& code) const;

  const RunRecord& record_;
  std::vector<std::string> engines_;
  std::unordered_map<std::string, std::vector<const TrialRecord*>> trials_;
  std::unordered_map<std::string_view, const ScenarioDecl*> scenarios_;
};

}  // namespace handrail
