// Plan B: engines in worker processes, one of which gets stuck.
//
// Story: a host gives each plugin a process and asks it over a socket. One plugin loops for ever;
// the host, which waits for its answer, stands still with it, although no plugin can crash it.
// Who: whoever writes the document's lines: start the worker, write the request, read to the end.
// Isolation is there, but nobody ends the wait; and a worker that serves on has no end.
// Rule: a process can be killed at any time, and that is what it is for: every wait for it needs a
// limit. After the kill its request is an error, and all others go on.
// Seen: requests answered against requests sent; the trial's time limit where the host waits.
// Reference: v8_isolate_restart_analysis, plan B
#include <thread>
#include <utility>
#include <vector>

#include "harness/embed/process_pool.h"
#include "scenarios/restart/sketch_worker.h"

namespace handrail {
namespace {

using embed::Frame;
using embed::FrameKind;
using embed::Outcome;
using embed::Reply;
using embed::Request;

constexpr int kWorkers = 2;
constexpr int kCallers = 3;
constexpr int64_t kRestartAfter = 25;

// A strategy is how long the host waits for one answer.

struct KilledInTime {
  static constexpr std::chrono::milliseconds kLimit{1000};
  static void StuckIsAsked(Trial&) {}
};

struct WaitsForEver {
  static constexpr std::chrono::milliseconds kLimit{0};
  static void StuckIsAsked(Trial& trial) {
    trial.Reached();
    trial.Triggered();  // a worker has the request, and no answer will come
  }
};

template <class Strategy>
void Run(Trial& trial) {
  embed::ExecutorOptions options = PlanOptions(kRestartAfter);
  options.time_limit = Strategy::kLimit;
  embed::ProcessPool pool(ServeCommand(), kWorkers, options);
  pool.WaitUntilReady();

  std::future<Reply> stuck = pool.Submit(Request::Script("for(;;);"));
  while (pool.waiting() > 0) std::this_thread::yield();  // until a worker has it
  Strategy::StuckIsAsked(trial);
  RequestCount count;
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; ++c) {
    callers.emplace_back([&] {
      for (int64_t i = 0; i < trial.size() / kCallers; ++i) {
        count.Await(trial, pool.Submit(Transaction(i)));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  trial.oracle().Text("answer of the stuck one", ToString(stuck.get().outcome),
                      ToString(Outcome::kTimeLimit));
  pool.Shutdown(embed::ShutdownMode::kDrain);
  count.Compare(trial);
  trial.oracle().Count("workers that were killed", pool.stats().replaced, 1);
}

// The document's lines, with a worker that serves more than one request.
struct ReadsToTheEnd {
  static void Run(Trial& trial) {
    const std::vector<std::string> argv = ServeCommand().argv;
    pid_t pid = 0;
    int fd = -1;
    trial.oracle().Count("error of the start", embed::SpawnWorker(argv, &pid, &fd), 0);
    embed::FrameSocket worker(fd, embed::kMaxFrame);
    Frame frame;
    worker.Receive(frame, embed::kNoDeadline);
    worker.Send({FrameKind::kLoad, 0, {"", "0", "1000"}}, embed::kNoDeadline);
    worker.Receive(frame, embed::kNoDeadline);
    worker.Send({FrameKind::kRequest, 1, {"1 + 1", "", ""}}, embed::kNoDeadline);
    worker.Receive(frame, embed::kNoDeadline);
    trial.Reached();
    if (frame.kind == FrameKind::kReply) trial.Triggered();  // the answer is here, the end is not
    worker.WaitForHangUp(embed::kNoDeadline);
  }
};

}  // namespace

Scenario PlanProcess() {
  return Scenario("restart/plan-process")
      .Title("plan B: worker processes, restarted under load, one of them stuck")
      .Story(
          "A host asks plugins in processes of their own. One never answers, and the host waits "
          "for it: its isolation is no use to who does not end it.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({60, 600}, 1500, 4'000)
      .Correct<KilledInTime>("killed-in-time", Run<KilledInTime>,
                             "embed::ProcessPool with a time limit: killed and replaced")
      .TimeLimit(20'000)
      .Fresh()
      .Broken<WaitsForEver>("waits-for-ever", Run<WaitsForEver>, "the same without a limit")
      .Gives({"PX003"})
      .TimeLimit(3'000)
      .Fresh()
      .Broken<ReadsToTheEnd>("reads-to-the-end", ReadsToTheEnd::Run,
                             "the document's lines: written to, then read until its end")
      .Gives({"PX003"})
      .TimeLimit(3'000)
      .Fresh();
}

}  // namespace handrail
