// The worker as a program, for engines that are a library: it owns V8.
//   --catalog        prints what it can run
//   --zygote         serves fork requests on the control descriptor
//   --trial          runs the one trial that its descriptors tell, with V8's own threads
//   --serve          is a worker of an embed::ProcessPool, which a trial may be about
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "harness/core/protocol.h"
#include "harness/embed/serve_requests.h"
#include "harness/engine/executable_engine.h"
#include "harness/worker/trial_process.h"
#include "harness/worker/zygote.h"

namespace handrail {
namespace {

using engine::ExecutableEngine;
using engine::PlatformThreads;

// Flags for V8 come by the environment: the runner starts one zygote for each set of them.
ExecutableEngine MakeEngine(PlatformThreads threads) {
  const char* flags = std::getenv("HANDRAIL_V8_FLAGS");
  return ExecutableEngine(HANDRAIL_ENGINE_ID, threads, flags != nullptr ? flags : "");
}

// Whether a child can make an isolate is tried, not known: it depends on the engine's build.
bool ForkWorks(engine::Engine& engine) {
  const pid_t pid = fork();
  if (pid == 0) {
    engine.Dispose(engine.NewIsolate({}));
    _exit(0);
  }
  int status = 0;
  return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int Run(const char* mode) {
  PrepareWorkerProcess();
  if (std::strcmp(mode, "--catalog") == 0) {
    ExecutableEngine engine = MakeEngine(PlatformThreads::kNone);
    return PrintCatalog(engine.id(), ForkWorks(engine));
  }
  if (std::strcmp(mode, "--zygote") == 0) {
    ExecutableEngine engine = MakeEngine(PlatformThreads::kNone);
    if (ServeZygote(kControlFd) == ZygoteRole::kParent) return 0;
    return RunTrialProcess(engine);
  }
  if (std::strcmp(mode, "--trial") == 0) {
    ExecutableEngine engine = MakeEngine(PlatformThreads::kSome);
    return RunTrialProcess(engine);
  }
  if (std::strcmp(mode, "--serve") == 0) {
    ExecutableEngine engine = MakeEngine(PlatformThreads::kSome);
    return embed::ServeRequests(embed::kRequestSocket, engine);
  }
  std::fprintf(stderr, "handrail worker: this program is started by handrail, not by hand; "
                       "try handrail --help\n");
  return 2;
}

}  // namespace
}  // namespace handrail

int main(int argc, char** argv) { return handrail::Run(argc > 1 ? argv[1] : ""); }
