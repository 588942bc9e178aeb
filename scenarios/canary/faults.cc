// Hostile trials: what a trial can do to the harness itself. For the tests of the runner, which
// must give each a verdict, go on with the run and leave nothing behind.
//
// Story: a trial runs code that is known to be broken, in a process that holds the harness's own
// descriptors and memory. Sooner or later it writes over them.
// Who: us; any wild write, any loop over all descriptors, any forgotten child.
// Rule: nothing that a trial does may harm the runner, another trial or the machine.
// Seen: by the runner alone; no detector in the trial takes part.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/core/blackboard.h"
#include "harness/core/protocol.h"
#include "harness/scenario/scenario.h"

namespace handrail {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr unsigned kStraySeconds = 60;

// Nothing happens between the fault and its harm in these: both are said at once, before it.
void Begin(Trial& trial) {
  trial.Reached();
  trial.Triggered();
}

void WriteAll(int fd, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n <= 0) return;
    done += static_cast<size_t>(n);
  }
}

std::string RandomBytes(Trial& trial, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(trial.random()());
  return bytes;
}

struct IgnoresSigterm {
  static void Do(Trial& trial) {
    signal(SIGTERM, SIG_IGN);
    Begin(trial);
    for (;;) pause();
  }
};

struct Spins {
  static void Do(Trial& trial) {
    Begin(trial);
    for (volatile uint64_t turns = 0;;) turns = turns + 1;
  }
};

struct EatsMemory {
  static void Do(Trial& trial) {
    Begin(trial);
    std::vector<char*> eaten;
    for (;;) {
      eaten.push_back(new char[kMiB]);
      std::memset(eaten.back(), 1, kMiB);
    }
  }
};

struct Writes1Gb {
  static void Do(Trial& trial) {
    Begin(trial);
    const std::string line = std::string(kMiB - 1, 'x') + '\n';
    for (int i = 0; i < 1024; ++i) WriteAll(STDOUT_FILENO, line);
  }
};

struct ClosesDescriptors {
  static void Do(Trial& trial) {
    Begin(trial);
    for (int fd = 0; fd < 1024; ++fd) close(fd);
  }
};

struct FdExhaustion {
  static void Do(Trial& trial) {
    trial.Reached();
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, 1024);  // a million takes a second to fill
    setrlimit(RLIMIT_NOFILE, &limit);
    while (open("/dev/null", O_RDONLY) >= 0) {
    }
    trial.Triggered();
  }
};

struct LeavesChildren {
  static void Do(Trial& trial) {
    Begin(trial);
    if (fork() != 0) return;
    sleep(kStraySeconds);  // with all descriptors of the trial open
    _exit(0);
  }
};

struct LeavesDaemon {
  static void Do(Trial& trial) {
    Begin(trial);
    if (const pid_t child = fork(); child != 0) {
      waitpid(child, nullptr, 0);  // the daemon is on its way before the trial ends
      return;
    }
    setsid();
    if (fork() != 0) _exit(0);
    sleep(kStraySeconds);  // in a session of its own, its parent gone
    _exit(0);
  }
};

// The positions of the ring and its samples; the counters before them stay.
struct CorruptsRing {
  static void Do(Trial& trial) {
    Blackboard* board = MapBlackboard(kBlackboardFd);
    constexpr size_t kFrom = offsetof(Blackboard, written);
    const std::string bytes = RandomBytes(trial, sizeof(Blackboard) - kFrom);
    Begin(trial);
    std::memcpy(reinterpret_cast<char*>(board) + kFrom, bytes.data(), bytes.size());
  }
};

struct WipesBlackboard {
  static void Do(Trial& trial) {
    Blackboard* board = MapBlackboard(kBlackboardFd);
    Begin(trial);
    std::memset(static_cast<void*>(board), 0xff, sizeof *board);
  }
};

struct ScribblesEvents {
  static void Do(Trial& trial) {
    Begin(trial);
    WriteAll(kEventFd, "no event\n{\"event\": 7}\n[]\n{\"event\": \"finding\"\n\n");
    WriteAll(kEventFd, RandomBytes(trial, 4096) + '\n');
    WriteAll(kEventFd, std::string(10 * kMiB, '{'));
  }
};

struct ManyFindings {
  static void Do(Trial& trial) {
    Begin(trial);
    for (int i = 0; i < 10'000; ++i) trial.oracle().Count("a number of one place", i, -1);
  }
};

struct ExitsEarly {
  static void Do(Trial& trial) {
    Begin(trial);
    _exit(0);
  }
};

struct Throws {
  static void Do(Trial& trial) {
    Begin(trial);
    throw std::runtime_error("thrown by a canary");
  }
};

// Whether the parent of this process is a zygote; a trial that was started afresh has the runner.
bool ParentIsZygote() {
  char line[4096] = {};
  const std::string path = "/proc/" + std::to_string(getppid()) + "/cmdline";
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t size = fd >= 0 ? read(fd, line, sizeof line - 1) : 0;
  if (fd >= 0) close(fd);
  const std::string words(line, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  return words.find("--zygote") != std::string::npos;
}

// Where there is no zygote, or when its trial is started again without one, nothing happens: so it
// is declared correct, and must not be lost.
struct KillsZygote {
  static void Do(Trial& trial) {
    if (!ParentIsZygote()) return;
    Begin(trial);
    kill(getppid(), SIGKILL);
    pause();  // a child of a zygote dies with it
  }
};

}  // namespace

Scenario CanaryFaults() {
  return Scenario("canary/faults")
      .Title("what a trial can do to the harness itself")
      .Story("Trials that hang, print, eat, leave children and write over the harness's memory.")
      .Sizes({1}, 10, 0)
      .Broken<IgnoresSigterm>("ignores-sigterm", IgnoresSigterm::Do, "hangs and ignores SIGTERM")
      .Gives({"PX003"})
      .TimeLimit(700)
      .Broken<Spins>("spins", Spins::Do, "computes without end")
      .Gives({"PX003"})
      .TimeLimit(700)
      .Broken<EatsMemory>("eats-memory", EatsMemory::Do, "takes memory without end")
      .Gives({"PX004"})
      .Broken<Writes1Gb>("writes-1-gb", Writes1Gb::Do, "prints 1 GB")
      .Gives({"PX007"})
      .Broken<ClosesDescriptors>("closes-descriptors", ClosesDescriptors::Do,
                                 "closes every descriptor, the harness's too")
      .Gives({"PX001"}, {.engine = "node-*"})  // Node's event loop aborts without its own
      .Gives({"PX008"})
      .Correct<FdExhaustion>("fd-exhaustion", FdExhaustion::Do, "opens files until there are none")
      .Broken<LeavesChildren>("leaves-children", LeavesChildren::Do,
                              "leaves a child that holds all descriptors")
      .Gives({"PX009"})
      .Broken<LeavesDaemon>("leaves-daemon", LeavesDaemon::Do,
                            "leaves a daemon in a session of its own")
      .Gap("it is found and ended, but once it has left its session nothing tells whose it was")
      .May({"PX009"})
      .Broken<CorruptsRing>("corrupts-ring", CorruptsRing::Do, "writes over the sample ring")
      .Gives({"PX010"})
      .Broken<WipesBlackboard>("wipes-blackboard", WipesBlackboard::Do,
                               "writes over all of the shared memory, the counters too")
      .Gives({"PX010"})
      .Broken<ScribblesEvents>("scribbles-events", ScribblesEvents::Do,
                               "writes nonsense and 10 MB without a line break as events")
      .Gives({"PX010"})
      .May({"PX007", "PX008"})
      .Broken<ManyFindings>("many-findings", ManyFindings::Do, "10,000 findings of one place")
      .Gives({"PX011"})
      .Broken<ExitsEarly>("exits-early", ExitsEarly::Do, "leaves with status 0 before its end")
      .Gives({"PX008"})
      .Broken<Throws>("throws", Throws::Do, "throws a C++ exception")
      .Gives({"PX005"})
      .Correct<KillsZygote>("kills-zygote", KillsZygote::Do, "kills the process it came from");
}

}  // namespace handrail
