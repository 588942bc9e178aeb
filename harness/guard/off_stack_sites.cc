#include "harness/guard/off_stack_sites.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include "harness/guard/off_stack_blame.h"
#include "harness/guard/off_stack_stacks.h"
#include "harness/guard/off_stack_trace.h"

namespace handrail::guard {
namespace {

constexpr size_t kMostSites = 1'000;
constexpr size_t kMostTraces = 10'000;  // different stacks, many of which may end in one site

struct Table {
  std::mutex mutex;  // guards all below, and Symbolize
  ReportHandler handler;
  std::vector<OffStackSite> sites;
  // By place, handle and storage; and by the hash of a whole stack, which saves looking it up
  // again.
  std::map<std::string, size_t> by_name;
  std::unordered_map<uint64_t, size_t> by_trace;
  int64_t total = 0;
  bool tells_at_exit = false;
};

// Never destroyed: see off_stack_stacks.cc.
Table& table() {
  static auto& all = *new Table;
  return all;
}

uint64_t Hash(const Trace& trace) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, a word at a time
  for (const uintptr_t call : trace.all()) hash = (hash ^ call) * 0x100000001b3;
  return hash;
}

Storage StorageOf(uintptr_t address, const Frame& place) {
  if (IsThreadLocal(address)) return Storage::kThreadLocal;
  if (IsStatic(address)) return Storage::kStatic;
  return place.resumed ? Storage::kCoroutine : Storage::kHeap;
}

void TellAtExit() {
  Table& all = table();
  const std::lock_guard<std::mutex> lock(all.mutex);
  if (all.handler || all.total == 0) return;
  std::fprintf(stderr, "handrail guard: %lld v8::Local off the stack, at %zu %s\n",
               static_cast<long long>(all.total), all.sites.size(),
               all.sites.size() == 1 ? "site" : "sites");
  for (const OffStackSite& site : all.sites) {
    std::fprintf(stderr, "  %8lld  %s  %s, %s\n", static_cast<long long>(site.count),
                 PlaceOf(site.where()).c_str(), site.handle.c_str(),
                 std::string(ToString(site.storage)).c_str());
  }
}

// Adds the site of `trace` if it is new. Nothing when the table is full.
std::optional<size_t> SiteOf(Table& all, const Trace& trace, uintptr_t address, bool& is_new) {
  const uint64_t hash = Hash(trace);
  if (const auto known = all.by_trace.find(hash); known != all.by_trace.end()) return known->second;
  if (all.by_trace.size() >= kMostTraces || trace.count == 0) return std::nullopt;
  const std::vector<Frame> frames = Symbolize(trace);
  if (frames.empty()) return std::nullopt;
  OffStackSite site;
  site.handle = HandleOf(frames);
  Blame blame = BlameOf(frames);
  site.stack = std::move(blame.stack);
  site.place = blame.place;
  site.storage = StorageOf(address, site.where());
  if (site.storage == Storage::kStatic) site.variable = VariableAt(address);
  std::string name = PlaceOf(site.where()) + '|' + site.handle + '|' + site.variable + '|';
  name += ToString(site.storage);
  auto at = all.by_name.find(name);
  if (at == all.by_name.end()) {
    if (all.sites.size() >= kMostSites) return std::nullopt;
    at = all.by_name.emplace(std::move(name), all.sites.size()).first;
    all.sites.push_back(std::move(site));
    is_new = true;
  }
  all.by_trace.emplace(hash, at->second);
  return at->second;
}

}  // namespace

void Found(uintptr_t address, void* caller, Mode mode) {
  const Trace trace = TraceFrom(caller);
  Table& all = table();
  std::optional<OffStackSite> told;
  ReportHandler handler;
  {
    const std::lock_guard<std::mutex> lock(all.mutex);
    ++all.total;
    // Bound to this module: it is called before an addon is unloaded, too.
    if (!std::exchange(all.tells_at_exit, true)) std::atexit(TellAtExit);
    bool is_new = false;
    const std::optional<size_t> site = SiteOf(all, trace, address, is_new);
    if (site) ++all.sites[*site].count;
    if (is_new && mode != Mode::kCount) {
      told = all.sites[*site];
      handler = all.handler;
    }
  }
  if (told && handler) handler(*told);
  if (told && !handler) std::fputs(ToText(*told).c_str(), stderr);
  if (mode == Mode::kAbort) std::abort();
}

void SetReportHandler(ReportHandler handler) {
  Table& all = table();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.handler = std::move(handler);
}

std::vector<OffStackSite> Sites() {
  Table& all = table();
  const std::lock_guard<std::mutex> lock(all.mutex);
  return all.sites;
}

int64_t OffStackCount() {
  Table& all = table();
  const std::lock_guard<std::mutex> lock(all.mutex);
  return all.total;
}

void Forget() {
  Table& all = table();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.sites.clear();
  all.by_name.clear();
  all.by_trace.clear();
  all.total = 0;
}

}  // namespace handrail::guard
