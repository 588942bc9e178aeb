#include "harness/worker/trial_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/catalog.h"
#include "harness/engine/fatal_errors.h"
#include "harness/guard/trial_watch.h"
#include "harness/worker/registry.h"

namespace handrail {
namespace {

// V8's last words come without a data pointer, see engine/fatal_errors.cc.
EventWriter* g_events = nullptr;

std::string ReadAll(int fd) {
  std::string text;
  char part[4096];
  off_t offset = 0;
  for (;;) {
    const ssize_t n = pread(fd, part, sizeof part, offset);
    if (n <= 0) return text;
    text.append(part, static_cast<size_t>(n));
    offset += n;
  }
}

std::nullptr_t CannotStart(const std::string& why) {
  std::fprintf(stderr, "handrail worker: %s\n", why.c_str());
  return nullptr;
}

// What this worker was compiled with and for: "checked" is a V8 with its own checks compiled in.
std::vector<std::string> BuildInstruments() {
  return {
#ifdef HANDRAIL_ASAN
      "asan",
#endif
#ifdef HANDRAIL_GUARDED
      "guard",
#endif
#ifdef V8_ENABLE_CHECKS
      "checked",
#endif
  };
}

}  // namespace

TrialProcess::TrialProcess(TrialRequest request, Body body, bool in_node, Blackboard& board)
    : request_(std::move(request)),
      body_(body),
      in_node_(in_node),
      board_(board),
      events_(kEventFd) {
  g_events = &events_;
  engine::SetLastWords([](bool out_of_memory, const char* location, const char* message) {
    g_events->LastWords(out_of_memory, location, message);
  });
}

TrialProcess::~TrialProcess() {
  engine::SetLastWords(nullptr);
  g_events = nullptr;
}

std::unique_ptr<TrialProcess> TrialProcess::Open() {
  std::string error;
  std::optional<TrialRequest> request = ParseTrialRequest(ReadAll(kRequestFd), &error);
  if (!request) return CannotStart("cannot read the request: " + error);
  Body body = nullptr;
  bool in_node = false;
  for (const Scenario& scenario : AllScenarios()) {
    if (scenario.decl().id != request->scenario) continue;
    body = scenario.BodyOf(request->strategy);
    in_node = scenario.decl().in_node;
  }
  if (body == nullptr) {
    return CannotStart("this worker has no " + request->scenario + "/" + request->strategy);
  }
  Blackboard* board = MapBlackboard(kBlackboardFd);
  if (board == nullptr) {
    return CannotStart(std::string("cannot map the blackboard: ") + std::strerror(errno));
  }
  for (std::string& name : BuildInstruments()) request->instruments.push_back(std::move(name));
  return std::unique_ptr<TrialProcess>(
      new TrialProcess(*std::move(request), body, in_node, *board));
}

void TrialProcess::Run(engine::Engine& engine, napi_env__* napi) {
  trial_ = std::make_unique<Trial>(
      request_, engine, board_, [this](Finding finding) { events_.Report(std::move(finding)); },
      [this](const Place& place) {
        events_.Reached(place.file_name(), static_cast<int>(place.line()));
      },
      ReportMeasured{
          .figure = [this](Figure figure) { events_.Measured(std::move(figure)); },
          .claim = [this](ClaimOutcome outcome) { events_.Claim(std::move(outcome)); }},
      napi);
  watch_ = std::make_unique<guard::TrialWatch>(
      request_.instruments,
      [this](Finding finding) {
        finding.operation = board_.operations;
        events_.Report(std::move(finding));
      },
      [this](const std::string& what) { events_.Note(what); });
  try {
    body_(*trial_);
  } catch (const std::exception& error) {
    events_.Note(std::string("the strategy's C++ code threw: ") + error.what());
    std::_Exit(kStrategyThrew);
  }
}

void TrialProcess::End() {
  trial_.reset();
  watch_->Conclude();
  events_.Done();
}

int RunTrialProcess(engine::Engine& engine) {
  const std::unique_ptr<TrialProcess> process = TrialProcess::Open();
  if (process == nullptr) return kWorkerCannotStart;
  process->Run(engine);
  process->End();
  return 0;
}

int PrintCatalog(const char* engine_id, bool can_fork) {
  Catalog catalog;
  catalog.engine = engine_id;
  catalog.v8_version = engine::V8Version();
  catalog.can_fork = can_fork;
  catalog.instruments = BuildInstruments();
  catalog.can.push_back("quarantine");
  for (const Scenario& scenario : AllScenarios()) catalog.scenarios.push_back(scenario.decl());
  std::puts(ToJson(catalog).c_str());
  return std::fflush(stdout) == 0 ? 0 : kWorkerCannotStart;
}

void PrepareWorkerProcess() {
  // A runner that was killed must leave nothing behind. (A fork of the zygote says so for itself.)
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;  // a container may hide it: then the kernel chooses as it likes
  [[maybe_unused]] const ssize_t written = write(fd, "800", 3);
  close(fd);
}

}  // namespace handrail
