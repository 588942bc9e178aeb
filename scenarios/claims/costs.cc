// What the restart note says a thread and a process cost.
//
// Story: a host chooses between a thread for each restart and a pool of processes by a note's
// figures: about 1 ms for a thread, 10 to 50 ms for a process.
// Who: whoever plans how often an engine may be restarted.
// Rule: none of V8's. A thread or a process is cheap, bringing up V8 or an isolate in it is what
// costs.
// Seen: medians on this machine, beside the note's figures. A claim is upheld when its median lies
// in the note's range, for "about 1 ms" from half to double. A process is taken as the note means
// it, one that runs plugins: it has V8 up. The bare ones are shown beside them.
// Reference: v8_isolate_restart_analysis
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "harness/core/protocol.h"
#include "harness/scenario/scenario.h"
#include "scenarios/claims/measure.h"

namespace handrail {
namespace {

struct ThreadCost {
  static constexpr int kTimes = 200;
  static constexpr int kTimesWithIsolate = 20;
  static double Bare() {
    return TimeMs([] { std::thread([] {}).join(); });
  }
  static double WithIsolate(Trial& trial) {
    return TimeMs([&] {
      std::thread([&] {
        const OwnedIsolate isolate(trial);
        const v8::HandleScope scope(isolate.get());
        v8::Context::New(isolate.get());
      }).join();
    });
  }
};

struct ProcessCost {
  static constexpr int kTimes = 20;
  static constexpr int kTimesWithV8 = 5;
  // From start to end of a program that is told to do nothing else; its exit status must be 0.
  static double Of(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int fd : {kEventFd, kBlackboardFd, kRequestFd, kControlFd}) {
      posix_spawn_file_actions_addclose(&actions, fd);  // the trial's own
    }
    int status = -1;
    const double ms = TimeMs([&] {
      pid_t pid = 0;
      const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
      if (error != 0) throw std::system_error(error, std::generic_category(), words[0]);
      waitpid(pid, &status, 0);
    });
    posix_spawn_file_actions_destroy(&actions);
    if (status != 0) throw std::runtime_error(words[0] + " ended with " + std::to_string(status));
    return ms;
  }
  // This very program: a Node that runs nothing, or our worker, which brings V8 up and lists its
  // scenarios.
  static double WithV8() {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    if (self.ends_with("/node")) return Of({self, "-e", "0"});
    return Of({self, "--catalog"});
  }
};

bool Within(double value, double least, double most) { return value >= least && value <= most; }

void Threads(Trial& trial) {
  trial.Measuring();
  ThreadCost::Bare();
  const double bare = MedianOf(ThreadCost::kTimes, ThreadCost::Bare);
  trial.Measured("thread, made and joined", bare, "ms", "about 1 ms");
  trial.Measured("with an isolate and a context",
                 MedianOf(ThreadCost::kTimesWithIsolate,
                          [&] { return ThreadCost::WithIsolate(trial); }),
                 "ms");
  const bool holds = Within(bare, 0.5, 2);
  trial.ClaimHolds(holds, holds ? "the median is about 1 ms" : "the median is not near 1 ms");
}

void Processes(Trial& trial) {
  trial.Measuring();
  const double with_v8 = MedianOf(ProcessCost::kTimesWithV8, ProcessCost::WithV8);
  trial.Measured("process with V8 up, start to end", with_v8, "ms", "10 to 50 ms");
  trial.Measured("a bare one", MedianOf(ProcessCost::kTimes, [] {
                   return ProcessCost::Of({"/bin/true"});
                 }), "ms");
  const bool holds = Within(with_v8, 10, 50);
  trial.ClaimHolds(holds, holds ? "the median is within 10 to 50 ms"
                                : "the median is not within 10 to 50 ms");
}

}  // namespace

Scenario ClaimsCosts() {
  return Scenario("claims/costs")
      .Title("what a thread and a process cost")
      .Story("A note on restarting engines chooses between threads and processes by their cost.")
      .Reference("v8_isolate_restart_analysis")
      .Sizes({1}, 500, 0)
      .Claim<ThreadCost>("thread", Threads, "creating a thread costs about 1 ms")
      .Gives({}).Fresh()
      .Claim<ProcessCost>("process", Processes, "creating a process costs 10 to 50 ms")
      .Gives({}).Fresh();
}

}  // namespace handrail
