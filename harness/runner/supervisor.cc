#include "harness/runner/supervisor.h"

#include <signal.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <utility>

#include "harness/runner/fresh_process.h"
#include "harness/runner/sanitizer_files.h"
#include "harness/runner/strays.h"
#include "harness/runner/zygote_client.h"

namespace handrail {
namespace {

constexpr uint64_t kTickMs = 20;
// So often is a trial begun again after its zygote died under it; then it gets a fresh process.
constexpr int kZygoteTries = 2;

}  // namespace

class Supervisor::Loop {
 public:
  Loop(const std::vector<Engine>& engines, int jobs) : engines_(engines), jobs_(jobs) {
    uv_loop_init(&loop_);
    zygotes_.resize(engines.size());
  }
  ~Loop();

  absl::Status Run(const std::vector<PlannedTrial>& plan, const Callbacks& callbacks);

 private:
  struct Active {
    const PlannedTrial* trial = nullptr;
    std::unique_ptr<TrialRun> run;
    bool from_zygote = false;
    pid_t fresh_pid = 0;  // of a fresh process: our own child
    int tries = 1;
  };
  struct Waiting {
    const PlannedTrial* trial;
    int tries;  // with a zygote, so far
  };

  void Fill();
  void Begin(const Waiting& waiting);
  bool BeginFresh(uint64_t id, Active& active);
  void OnReport(const ForkReport& report);
  void OnZygoteDeath(size_t engine, const std::string& why);
  void Finish(uint64_t id, int wait_status, int64_t cpu_us, int64_t max_rss);
  void CannotRun(const PlannedTrial& trial, std::string why);
  void Tick();
  void Interrupt();
  void StopAll();
  ZygoteClient& ZygoteOf(size_t engine);
  bool IsOurs(pid_t pid) const;
  Command WorkerCommand(size_t engine, const char* mode) const;

  const std::vector<Engine>& engines_;
  const int jobs_;
  uv_loop_t loop_;
  uv_timer_t timer_;
  uv_signal_t signals_[3];
  Strays strays_;
  SanitizerFiles sanitizer_files_;
  std::vector<std::unique_ptr<ZygoteClient>> zygotes_;
  std::deque<Waiting> waiting_;
  std::map<uint64_t, Active> active_;
  uint64_t next_id_ = 1;
  const Callbacks* callbacks_ = nullptr;
  bool interrupted_ = false;
  bool open_ = false;  // timer and signal handlers are running
};

Supervisor::Loop::~Loop() {
  StopAll();
  uv_run(&loop_, UV_RUN_DEFAULT);  // close callbacks, and zygotes on their way out
  uv_loop_close(&loop_);
}

Command Supervisor::Loop::WorkerCommand(size_t engine, const char* mode) const {
  Command command = engines_[engine].row.WorkerCommand(mode);
  command.environment.push_back(sanitizer_files_.Options());
  return command;
}

ZygoteClient& Supervisor::Loop::ZygoteOf(size_t engine) {
  std::unique_ptr<ZygoteClient>& zygote = zygotes_[engine];
  if (zygote == nullptr) {
    zygote = std::make_unique<ZygoteClient>(
        &loop_, WorkerCommand(engine, "--zygote"),
        ZygoteClient::Callbacks{
            [this](const ForkReport& report) { OnReport(report); },
            [this, engine](const std::string& why) { OnZygoteDeath(engine, why); }});
  }
  return *zygote;
}

absl::Status Supervisor::Loop::Run(const std::vector<PlannedTrial>& plan,
                                   const Callbacks& callbacks) {
  callbacks_ = &callbacks;
  interrupted_ = false;
  for (const PlannedTrial& trial : plan) waiting_.push_back({&trial, 0});
  uv_timer_init(&loop_, &timer_);
  timer_.data = this;
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<Loop*>(timer->data)->Tick(); }, kTickMs,
      kTickMs);
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  for (int i = 0; i < 3; ++i) {
    uv_signal_init(&loop_, &signals_[i]);
    signals_[i].data = this;
    uv_signal_start(
        &signals_[i],
        [](uv_signal_t* handle, int) { static_cast<Loop*>(handle->data)->Interrupt(); },
        numbers[i]);
  }
  open_ = true;
  Fill();
  while (!active_.empty() || !waiting_.empty()) uv_run(&loop_, UV_RUN_ONCE);
  StopAll();
  callbacks_ = nullptr;
  return interrupted_ ? absl::CancelledError("interrupted") : absl::OkStatus();
}

void Supervisor::Loop::StopAll() {
  for (std::unique_ptr<ZygoteClient>& zygote : zygotes_) zygote.reset();
  if (std::exchange(open_, false)) {
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
    for (uv_signal_t& handle : signals_) uv_close(reinterpret_cast<uv_handle_t*>(&handle), nullptr);
  }
  // Waits for the zygotes too.
  uv_run(&loop_, UV_RUN_DEFAULT);
  strays_.Sweep([this](pid_t pid) { return IsOurs(pid); });
}

void Supervisor::Loop::Interrupt() {
  interrupted_ = true;
  waiting_.clear();
  for (auto& [id, active] : active_) {
    if (active.run->pid() != 0) active.run->Kill();
  }
}

bool Supervisor::Loop::IsOurs(pid_t pid) const {
  for (const std::unique_ptr<ZygoteClient>& zygote : zygotes_) {
    if (zygote != nullptr && zygote->pid() == pid) return true;
  }
  for (const auto& [id, active] : active_) {
    // Also what a trial that still runs has started: it is looked at when that trial ends.
    if (active.fresh_pid == pid || active.run->Owns(pid)) return true;
  }
  return false;
}

void Supervisor::Loop::Fill() {
  while (active_.size() < static_cast<size_t>(jobs_) && !waiting_.empty()) {
    const Waiting next = waiting_.front();
    waiting_.pop_front();
    Begin(next);
  }
}

void Supervisor::Loop::CannotRun(const PlannedTrial& trial, std::string why) {
  Evidence evidence;
  evidence.harness_error = std::move(why);
  callbacks_->on_end(trial, std::move(evidence));
}

void Supervisor::Loop::Begin(const Waiting& waiting) {
  const PlannedTrial& trial = *waiting.trial;
  if (callbacks_->on_start && waiting.tries == 0) callbacks_->on_start(trial);
  auto run = TrialRun::Prepare(trial.request, trial.limits);
  if (!run.ok()) return CannotRun(trial, std::string(run.status().message()));
  const uint64_t id = next_id_++;
  Active& active = active_[id];
  active.trial = &trial;
  active.run = *std::move(run);
  active.tries = waiting.tries + 1;
  const Engine& engine = engines_[trial.engine];
  active.from_zygote = engine.catalog->can_fork && !trial.fresh && waiting.tries < kZygoteTries;
  const bool begun =
      active.from_zygote
          ? ZygoteOf(trial.engine).Request({id}, active.run->ChildDescriptors())
          : BeginFresh(id, active);
  if (begun) return;
  active_.erase(id);
  CannotRun(trial, "no process could be started for it: " +
                       WorkerCommand(trial.engine, "--trial").ToShell());
}

bool Supervisor::Loop::BeginFresh(uint64_t id, Active& active) {
  const pid_t pid = StartFresh(
      &loop_, WorkerCommand(active.trial->engine, "--trial"), active.run->ChildDescriptors(),
      [this, id](int wait_status) { Finish(id, wait_status, 0, kNotMeasured); });
  if (pid < 0) return false;
  active.fresh_pid = pid;
  active.run->Begin(&loop_, pid);
  return true;
}

void Supervisor::Loop::OnReport(const ForkReport& report) {
  const auto it = active_.find(report.id);
  if (it == active_.end()) return;
  switch (report.kind) {
    case ForkReport::kStarted:
      if (report.pid <= 1) break;  // no zygote of ours says that; the time limit is not needed
      it->second.run->Begin(&loop_, report.pid);
      if (interrupted_) it->second.run->Kill();
      break;
    case ForkReport::kEnded:
      Finish(report.id, report.status, report.cpu_us, report.max_rss);
      break;
    case ForkReport::kFailed: {
      const PlannedTrial& trial = *it->second.trial;
      active_.erase(it);
      CannotRun(trial, std::string("fork failed: ") + strerror(report.status));
      Fill();
      break;
    }
  }
}

void Supervisor::Loop::OnZygoteDeath(size_t engine, const std::string& why) {
  std::vector<Waiting> again;
  for (auto it = active_.begin(); it != active_.end();) {
    Active& active = it->second;
    if (!active.from_zygote || active.trial->engine != engine) {
      ++it;
      continue;
    }
    // Its process died with the zygote; what it left in its session is ended here.
    if (active.run->pid() != 0) active.run->Kill();
    again.push_back({active.trial, active.tries});
    it = active_.erase(it);
  }
  if (!interrupted_) waiting_.insert(waiting_.begin(), again.begin(), again.end());
  static_cast<void>(why);
  Fill();
}

void Supervisor::Loop::Finish(uint64_t id, int wait_status, int64_t cpu_us, int64_t max_rss) {
  auto node = active_.extract(id);
  if (node.empty()) return;
  Active& active = node.mapped();
  // What another trial has left is kept for when that one's end is told, or nobody would answer for it.
  const auto not_its = [this](pid_t pid) {
    return IsOurs(pid) || std::any_of(active_.begin(), active_.end(), [pid](const auto& other) {
             return other.second.run->Owns(pid);
           });
  };
  const std::vector<pid_t> running = strays_.Running(not_its);
  const auto its = std::count_if(running.begin(), running.end(), [&](pid_t pid) {
    return active_.empty() || active.run->Owns(pid);  // no other trial runs: whose else?
  });
  Evidence evidence = active.run->End(wait_status, sanitizer_files_.Take(active.run->pid()),
                                      static_cast<int>(its));
  if (!running.empty()) strays_.Sweep(not_its);
  evidence.cpu_ms = static_cast<double>(cpu_us) / 1000;
  evidence.peak_rss = std::max(evidence.peak_rss, max_rss);
  if (active.tries > 1) {
    evidence.notes.push_back("its zygote died under it " + std::to_string(active.tries - 1) +
                             " time(s); this is the evidence of a later try");
  }
  if (!interrupted_) callbacks_->on_end(*active.trial, std::move(evidence));
  Fill();
}

void Supervisor::Loop::Tick() {
  for (auto& [id, active] : active_) {
    active.run->Tick();
    // Its zygote reports nothing any more (stopped, or stuck): ended, it is noticed as dead.
    if (active.from_zygote && active.run->Overdue()) ZygoteOf(active.trial->engine).Kill();
  }
  if (callbacks_->on_tick) callbacks_->on_tick();
}

Supervisor::Supervisor(const std::vector<Engine>& engines, int jobs)
    : loop_(std::make_unique<Loop>(engines, jobs)) {}
Supervisor::~Supervisor() = default;

absl::Status Supervisor::Run(const std::vector<PlannedTrial>& plan, const Callbacks& callbacks) {
  return loop_->Run(plan, callbacks);
}

}  // namespace handrail
